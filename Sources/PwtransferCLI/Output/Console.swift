internal import Glibc
internal import SerialPort

/// What the user reads: standard error. Standard output carries data only.
enum Console {
    /// Writes a line to standard error.
    static func note(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes text to standard error as it is.
    static func put(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// Writes a line that was asked for to standard output, at once.
    static func print(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    static func report(_ problem: Problem) {
        // File names may contain anything.
        var text = "\(Program.name): \(DeviceText.visible(problem.message))\n"
        if let cause = problem.cause { text += "  cause: \(cause)\n" }
        if let hint = problem.hint { text += "  try:   \(hint)\n" }
        put(text)
    }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                // Nobody is left to be told when the console is gone.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}

internal import Glibc
internal import SerialPort
internal import Synchronization
internal import SystemPackage

/// The standard streams as the user sees them: prose on standard error, what was asked for on standard output.
enum Console {
    private static let outputFailureCode = Mutex<Errno?>(nil)

    /// Writes a line to standard error.
    static func note(_ line: String) {
        put(line + "\n")
    }

    /// Writes text to standard error as it is.
    static func put(_ text: String) {
        // Nobody is left to be told when standard error is gone.
        _ = write(text, to: STDERR_FILENO)
    }

    /// Writes a line that was asked for to standard output, at once.
    static func print(_ line: String) {
        if let failure = write(line + "\n", to: STDOUT_FILENO) {
            outputFailureCode.withLock { $0 = $0 ?? failure }
        }
    }

    /// Why a line could not be written to standard output, if one could not.
    static var outputFailure: Errno? { outputFailureCode.withLock { $0 } }

    static func report(_ problem: Problem, _ palette: Palette) {
        // File names may contain anything.
        let name = palette.paint("\(Program.name):", .red)
        var text = "\(name) \(DeviceText.visible(problem.message))\n"
        if let cause = problem.cause {
            text += "  \(palette.paint("cause:", .bold)) \(visibleLines(cause))\n"
        }
        if let hint = problem.hint {
            text += "  \(palette.paint("try:", .bold))   \(visibleLines(hint))\n"
        }
        put(text)
    }

    /// Some causes and hints have several lines.
    private static func visibleLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { DeviceText.visible(String($0)) }
            .joined(separator: "\n")
    }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether the terminal, if there is one, understands no control sequences.
    static var isDumb: Bool {
        guard let name = getenv("TERM") else { return true }
        return strcmp(name, "dumb") == 0 || name.pointee == 0
    }

    /// The width of the terminal of standard error as it is now; 80 if it does not tell.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// The height of the terminal of standard error as it is now; 24 if it does not tell.
    static var rows: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }

    private static func write(_ text: String, to descriptor: Int32) -> Errno? {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                    continue
                }
                let code = Errno(rawValue: errno)
                guard code == .interrupted || code == .wouldBlock else { return code }
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&request, 1, -1)
            }
            return nil
        }
    }
}

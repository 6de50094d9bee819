internal import CLibrary
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// The standard streams: prose goes to standard error, output that the user asked for to standard output.
enum Console {
    private static let output = MessageStream(STDOUT_FILENO)
    private static let errors = MessageStream(STDERR_FILENO)
    /// The signal that has asked to stop.
    private static let stopSignal = Mutex<Int32?>(nil)

    /// Prints prose on standard error, and wraps it if that is a terminal.
    static func note(_ text: String, _ importance: MessageStream.Importance = .note) {
        put(WrappedText.text(text, columns: columns(of: STDERR_FILENO)) + "\n", importance)
    }

    /// Prints text on standard error unchanged.
    ///
    /// - Returns: false if the text was dropped, because nobody reads or writing fails.
    @discardableResult
    static func put(_ text: String, _ importance: MessageStream.Importance = .note) -> Bool {
        output.settle()
        return errors.put(text, importance)
    }

    /// Prints a line on standard output. Waits if the user asked for the line and its reader is slow.
    static func print(_ line: String, _ importance: MessageStream.Importance = .wanted) {
        errors.settle()
        output.put(line + "\n", importance)
    }

    /// Prints prose on standard output, and wraps it if that is a terminal.
    static func printProse(_ text: String) {
        print(WrappedText.text(text, columns: columns(of: STDOUT_FILENO)))
    }

    /// The error for which a line could not be written to standard output.
    static var outputFailure: Errno? { output.failure }

    /// How many messages were dropped, because nobody read them.
    static var droppedCount: Int { output.droppedCount + errors.droppedCount }

    /// From now on, nothing waits for a reader beyond this time. It replaces an earlier time, since each device of a
    /// tray has its own; but a signal to stop is final.
    static func limit(to time: Instant) {
        stopSignal.withLock { signal in
            if signal == nil { setLimit(time) }
        }
    }

    /// From now on, nothing waits for a reader, because a signal has asked to stop.
    static func stop(signal: Int32) {
        stopSignal.withLock { stopSignal in
            stopSignal = signal
            setLimit(MonotonicClock.now)
        }
    }

    private static func setLimit(_ time: Instant) {
        for stream in [output, errors] { stream.limit(to: time) }
    }

    /// Waits until all messages are written, or the time is over.
    ///
    /// - Returns: a failure if something that the user asked for was not written to standard output.
    static func finish() -> Failure? {
        let isComplete = output.finish()
        // If nobody reads standard error, nobody can learn of its failure.
        _ = errors.finish()
        guard !isComplete else { return nil }
        if let failure = outputFailure { return .output(failure) }
        return .outputNotRead(stoppedBy: stopSignal.withLock(\.self))
    }

    static func report(_ problem: Problem, _ palette: Palette) {
        // The message may contain the name of a file, which may contain anything.
        let name = palette.paint("\(Program.name):", .red)
        var lines = ["\(name) \(DeviceText.visible(problem.message))"]
        if let cause = problem.cause {
            lines.append("  \(palette.paint("cause:", .bold)) \(visibleLines(cause))")
        }
        if let hint = problem.hint {
            lines.append("  \(palette.paint("try:", .bold))   \(visibleLines(hint))")
        }
        note(lines.joined(separator: "\n"), .result)
    }

    /// Makes each line visible. Some causes and hints have several lines.
    static func visibleLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { DeviceText.visible(String($0)) }
            .joined(separator: "\n")
    }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether the terminal understands no control sequences. True if its type is unknown.
    static var isDumb: Bool {
        guard let name = getenv("TERM") else { return true }
        return strcmp(name, "dumb") == 0 || name.pointee == 0
    }

    /// The width of the terminal of standard error as it is now; 80 if it is unknown.
    static var columns: Int { columns(of: STDERR_FILENO) ?? 80 }

    /// The width of a terminal as it is now, 80 if it is unknown; `nil` if the descriptor is no terminal.
    private static func columns(of descriptor: Int32) -> Int? {
        size(of: descriptor).map { $0.ws_col > 0 ? Int($0.ws_col) : 80 }
    }

    /// The height of the terminal of standard error as it is now; 24 if it is unknown.
    static var rows: Int { size(of: STDERR_FILENO).map { $0.ws_row > 0 ? Int($0.ws_row) : 24 } ?? 24 }

    private static func size(of descriptor: Int32) -> winsize? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }
}

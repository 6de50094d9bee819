internal import TransferClient

/// Reports events to programs: one JSON object a line.
struct JSONPresentation: Presentation {
    private let style: OutputStyle
    private let start = MonotonicClock.now
    private let started = MonotonicClock.timeSince1970

    /// Reports the event `start`.
    init(_ style: OutputStyle) {
        self.style = style
        write(.start(command: style.command, version: Program.version), .result)
    }

    var progressSchedule: ProgressSchedule? {
        style.progress != .none ? ProgressSchedule(interval: .milliseconds(500)) : nil
    }

    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration) {
        switch event {
        case .portOpened: write(JSONEvent("port_opened"), of: port)
        case .accepted(let version):
            write(JSONEvent("accepted", ["protocol": JSONEvent.name(version)]), of: port)
        case .progress(let snapshot): write(.progress(snapshot), .progress, of: port)
        case .transferEnded, .checkEnded, .trace: break
        case .verification(let verification): write(.verification(verification), of: port)
        case .skipped(let text): if !style.isQuiet { write(.note(code: "skipped", text), of: port) }
        case .note(let code, let text):
            // Nobody shall take simulated devices for real.
            if !style.isQuiet || code == .simulatedPorts { write(.note(code: code.rawValue, text), of: port) }
        case .log(let level, let text):
            if level.isTold(at: style.verbosity) { write(.log(level, text), .detail, of: port) }
        case .deviceOutput(let message): write(.deviceOutput(message), .detail, of: port)
        }
    }

    mutating func begin(_ devices: [TrayDevice]) {}

    mutating func conclude(_ result: DeviceResult) {
        write(.result(result.outcome, of: result), .result)
    }

    mutating func conclude(_ result: CommandResult) {
        write(.result(result), .result)
    }

    /// Writes an event as a line of its own.
    func write(_ event: JSONEvent, _ importance: MessageStream.Importance = .note, of port: String? = nil) {
        let line = event.line(of: port, started: started, elapsed: MonotonicClock.now - start)
        if style.isDataOnOutput {
            Console.put(line + "\n", importance)
        } else {
            Console.print(line, importance)
        }
    }
}

internal import FoundationEssentials
internal import SerialPort
internal import TransferClient

/// Reports events to programs: one JSON object a line.
struct JSONPresentation: Presentation {
    private let isDataOnOutput: Bool
    private let isQuiet: Bool
    private let verbosity: Int
    private let showsProgress: Bool
    private let start = MonotonicClock.now
    private let started = MonotonicClock.timeSince1970

    /// Reports the event `start`.
    init(_ style: OutputStyle) {
        isDataOnOutput = style.isDataOnOutput
        isQuiet = style.isQuiet
        verbosity = style.verbosity
        showsProgress = style.progress != .none
        write(JSONEvents.Start(command: style.command, version: Program.version), .result)
    }

    var progressSchedule: ProgressSchedule? {
        showsProgress ? ProgressSchedule(interval: .milliseconds(500)) : nil
    }

    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration) {
        func write(_ event: some JSONEvent, _ importance: MessageStream.Importance = .note) {
            self.write(event, importance, of: port)
        }
        switch event {
        case .portOpened: write(JSONEvents.PortOpened())
        case .accepted(let version): write(JSONEvents.Accepted(protocol: JSONEvents.name(version)))
        case .progress(let snapshot): write(JSONEvents.Progress(snapshot), .progress)
        case .transferEnded, .checkEnded, .trace: break
        case .verification(let verification): write(VerificationEvent(verification))
        case .skipped(let text):
            guard !isQuiet else { return }
            write(JSONEvents.Note(code: "skipped", message: text))
        case .note(let code, let text):
            guard !isQuiet else { return }
            write(JSONEvents.Note(code: code.rawValue, message: text))
        case .log(let level, let text):
            guard level.isTold(at: verbosity) else { return }
            write(JSONEvents.Log(level: level.rawValue, message: text), .detail)
        case .deviceOutput(let message): write(JSONEvents.DeviceOutput(message), .detail)
        }
    }

    mutating func conclude(_ result: DeviceResult) {
        write(JSONEvents.Result(result.outcome, of: result), .result)
    }

    mutating func conclude(_ result: CommandResult) {
        write(JSONEvents.Result(result), .result)
    }

    /// Writes an event as a line of its own.
    func write(_ event: some JSONEvent, _ importance: MessageStream.Importance, of port: String? = nil) {
        let moment = EventMoment(port: port, started: started, elapsed: MonotonicClock.now - start)
        let line = Self.line(event, moment)
        if isDataOnOutput { Console.put(line + "\n", importance) } else { Console.print(line, importance) }
    }

    /// The text of an event, with its keys in alphabetical order.
    static func line(_ event: some JSONEvent, _ moment: EventMoment) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return DeviceText.visibleInJSON(
                String(
                    decoding: try encoder.encode(MomentousEvent(event: event, moment: moment)), as: UTF8.self)
            )
        } catch {
            // Only numbers that are not finite cannot be encoded. A line without details is better than no line.
            return #"{"type":"\(event.type)"}"#
        }
    }
}

/// An event and its moment as one object.
private struct MomentousEvent<Event: JSONEvent>: Encodable {
    let event: Event
    let moment: EventMoment

    func encode(to encoder: any Encoder) throws {
        try event.encode(to: encoder)
        try moment.encode(to: encoder)
    }
}

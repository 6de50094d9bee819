internal import Machine
internal import PigweedTransfer
internal import TransferClient

/// The output of a command, in the form that the user asked for. Any number of transfers can share it.
struct Output: Sendable {
    /// How much is logged: 0 for nothing, 1 for `-v`, 2 for `-vv`.
    let verbosity: Int
    /// When progress must be printed; `nil` for never.
    let progressSchedule: ProgressSchedule?
    /// Whether events are printed as JSON instead of prose.
    let isJSON: Bool

    /// What has been reported about a device.
    fileprivate struct Record {
        var start: Instant
        var port: String?
        var reports: [TransferReport] = []
        var moved: UInt64 = 0
        var verified: VerificationMeans?
        var isSkipped = false
        var isTransferring = false
        var isConcluded = false

        /// The last report of the transfer, if there was exactly one transfer.
        var report: TransferReport? { reports.count == 1 ? reports.first : nil }
    }

    private struct State {
        var presentation: any Presentation
        var isConcluded = false
        /// The records of the devices, by the devices' numbers.
        var devices: [Int: Record] = [:]
        var failedDevices = 0
    }

    /// The parts that the outputs of a command and of its devices share.
    private final class Shared: Sendable {
        let start = MonotonicClock.now
        let state: Monitor<State>

        init(_ presentation: any Presentation) {
            state = Monitor(State(presentation: presentation))
        }
    }

    /// How long the end by a signal waits for another thread that is reporting.
    private static let abortPatience = Duration.milliseconds(200)

    private let shared: Shared
    /// The device that reports are about; `nil` for the command itself.
    private var device: TrayDevice?
    /// The port of the transfer that reports are about, if they are about one.
    private var port: String?

    /// The output of a command.
    init(_ style: OutputStyle) {
        let presentation: any Presentation =
            style.isJSON ? JSONPresentation(style) : ProsePresentation(style)
        verbosity = style.verbosity
        isJSON = style.isJSON
        progressSchedule = presentation.progressSchedule
        shared = Shared(presentation)
    }

    /// The output for reports about one device. Its ``conclude(_:)`` ends the work with the device, not the command.
    func forDevice(_ device: TrayDevice) -> Output {
        shared.state.change { $0.devices[device.index] = Record(start: MonotonicClock.now) }
        var output = self
        output.device = device
        return output
    }

    /// An output whose reports name this port.
    func forPort(_ port: String) -> Output {
        var output = self
        output.port = port
        return output
    }

    /// Reports which devices take part.
    func begin(_ devices: [TrayDevice]) {
        shared.state.change { $0.presentation.begin(devices) }
    }

    /// Reports something that the user should know.
    func note(_ kind: CommandEvent.Note, _ text: String) { tell(.note(kind, text)) }

    /// Reports a detail of what the program does.
    func log(_ level: LogLevel, _ text: String) { tell(.log(level, text)) }

    /// Reports an event.
    func tell(_ event: CommandEvent) {
        shared.state.change { state in
            guard !state.isConcluded else { return }
            if let device {
                guard state.devices[device.index]?.isConcluded != true else { return }
                state.devices[device.index]?.note(event, of: port)
            }
            state.presentation.tell(
                event, of: port ?? device?.name, device: device, elapsed: MonotonicClock.now - shared.start)
        }
    }

    /// Writes an event that exists only in JSON. Does nothing if the user did not ask for JSON.
    func emit(_ event: JSONEvent, _ importance: MessageStream.Importance = .wanted) {
        guard isJSON else { return }
        shared.state.change { state in
            guard !state.isConcluded else { return }
            (state.presentation as? JSONPresentation)?.write(event, importance, of: port)
        }
    }

    /// Reports the end of the command, or of the device. After the end of the command, nothing is reported.
    func conclude(_ problem: Problem?) {
        shared.state.change { state in
            if let device {
                Self.conclude(device, problem, &state)
            } else {
                Self.conclude(problem, elapsed: MonotonicClock.now - shared.start, &state)
            }
        }
    }

    /// Reports that a signal ends the program at once. The thread that watches for signals calls this.
    ///
    /// Waits a moment for another thread that is reporting, but no longer, since that thread may be stuck.
    func abort(signal: Int32) {
        _ = shared.state.change(before: MonotonicClock.now + Self.abortPatience) { state in
            let isTransferring = state.devices.values.contains(where: \.isTransferring)
            let failure = Failure.stoppedAtOnce(signal: signal, isTransferring: isTransferring)
            Self.conclude(Problem(failure), elapsed: MonotonicClock.now - shared.start, &state)
        }
    }

    private static func conclude(_ device: TrayDevice, _ problem: Problem?, _ state: inout State) {
        guard !state.isConcluded, let record = state.devices[device.index], !record.isConcluded else {
            return
        }
        state.devices[device.index]?.isConcluded = true
        state.devices[device.index]?.isTransferring = false
        if problem != nil { state.failedDevices += 1 }
        state.presentation.conclude(
            DeviceResult(
                device: device, port: record.port,
                outcome: CommandResult(
                    problem: problem, report: record.report, moved: record.moved,
                    elapsed: MonotonicClock.now - record.start,
                    verified: problem == nil ? record.verified : nil, isSkipped: record.isSkipped)))
    }

    private static func conclude(_ problem: Problem?, elapsed: Duration, _ state: inout State) {
        guard !state.isConcluded else { return }
        state.isConcluded = true
        let devices = state.devices.values
        // The result of the only device is the result of the command.
        let only = devices.count == 1 ? devices.first : nil
        var result = CommandResult(
            problem: problem, report: only?.report, moved: devices.reduce(0) { $0 + $1.moved },
            elapsed: elapsed,
            verified: problem == nil ? only?.verified : nil, isSkipped: only?.isSkipped ?? false)
        if !devices.isEmpty {
            result.devices = (devices.count, state.failedDevices)
        }
        result.droppedMessages = Console.droppedCount
        state.presentation.conclude(result)
    }
}

extension Output.Record {
    fileprivate mutating func note(_ event: CommandEvent, of port: String?) {
        switch event {
        case .portOpened:
            isTransferring = true
            self.port = self.port ?? port
        case .transferEnded(let report, _):
            isTransferring = false
            if reports.count < 2 { reports.append(report) }
            moved += report.progress.moved
        case .checkEnded: isTransferring = false
        case .verification(let verification):
            verified = verification.isSame ? verification.means : nil
        case .skipped: isSkipped = true
        default: break
        }
    }
}

internal import PigweedTransfer
internal import Synchronization
internal import TransferClient

/// What a command tells, in the form that the user asked for. Any number of transfers can tell at the same time.
final class Output: Sendable {
    /// How much is logged: 0, 1 for `-v`, 2 for `-vv`.
    let verbosity: Int
    /// When progress must be told; `nil` for never.
    let progressSchedule: ProgressSchedule?
    /// Whether events are told as JSON, and prose nowhere.
    let isJSON: Bool

    private struct State {
        var presentation: any Presentation
        var reports: [TransferReport] = []
        var moved: UInt64 = 0
        var verified: VerificationMeans?
        var isSkipped = false
        var isTransferring = false
        var isConcluded = false
    }

    private let start = MonotonicClock.now
    private let state: Mutex<State>

    /// An output for one command.
    init(_ style: OutputStyle) {
        let presentation: any Presentation =
            style.isJSON ? JSONPresentation(style) : ProsePresentation(style)
        verbosity = style.verbosity
        isJSON = style.isJSON
        progressSchedule = presentation.progressSchedule
        state = Mutex(State(presentation: presentation))
    }

    /// Tells an event, of the transfer on `port` if it belongs to one.
    func tell(_ event: CommandEvent, of port: String? = nil) {
        state.withLock { state in
            guard !state.isConcluded else { return }
            switch event {
            case .portOpened: state.isTransferring = true
            case .transferEnded(let report, _):
                state.isTransferring = false
                if state.reports.count < 2 { state.reports.append(report) }
                state.moved += report.progress.moved
            case .checkEnded: state.isTransferring = false
            case .verification(let verification):
                state.verified = verification.isSame ? verification.means : nil
            case .skipped: state.isSkipped = true
            default: break
            }
            state.presentation.tell(event, of: port, elapsed: MonotonicClock.now - start)
        }
    }

    /// Writes an event of a command of its own as JSON, if that was asked for.
    func emit(_ event: some JSONEvent) {
        guard isJSON else { return }
        state.withLock { state in
            guard !state.isConcluded else { return }
            (state.presentation as? JSONPresentation)?.write(event)
        }
    }

    /// Tells the end of the command; what is told later is lost.
    func conclude(_ problem: Problem?) {
        state.withLock { Self.conclude(problem, elapsed: MonotonicClock.now - start, &$0) }
    }

    /// Tells that a signal ends the program at once, from the thread that watches for signals.
    ///
    /// Says nothing if another thread is in the middle of telling something, since it may be stuck there.
    func abort(signal: Int32) {
        _ = state.withLockIfAvailable { state in
            let problem = Problem(
                status: .interrupted(signal: signal), message: "stopped at once",
                hint: state.isTransferring
                    ? "the device may be busy with the transfer for 10 seconds more; then try again" : nil)
            Self.conclude(problem, elapsed: MonotonicClock.now - start, &state)
        }
    }

    private static func conclude(_ problem: Problem?, elapsed: Duration, _ state: inout State) {
        guard !state.isConcluded else { return }
        state.isConcluded = true
        state.presentation.conclude(
            CommandResult(
                problem: problem, report: state.reports.count == 1 ? state.reports.first : nil,
                moved: state.moved, elapsed: elapsed,
                verified: problem == nil ? state.verified : nil, isSkipped: state.isSkipped))
    }
}

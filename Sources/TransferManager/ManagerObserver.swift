internal import PigweedTransfer
internal import TransferClient

/// Passes on the events that a `TransferLoop` reports of a manager's transfer.
final class ManagerObserver: TransferObserver {
    private let progress: TransferProgress?
    private let output: OutputStreams
    private let tell: @Sendable (ReconnectionNews) -> Void
    private var toldProgress: TransferEngine.Progress?
    private var tellAgainAt = Instant(nanoseconds: .min)

    let nextUpdate: Instant? = nil
    /// The report at the last event.
    private(set) var lastReport: TransferReport?

    init(
        _ progress: TransferProgress?, _ output: OutputStreams,
        reconnection: @escaping @Sendable (ReconnectionNews) -> Void
    ) {
        self.progress = progress
        self.output = output
        tell = reconnection
    }

    func take(_ event: TransferEvent, _ report: TransferReport, at now: Instant) {
        switch event {
        case .round:
            lastReport = report
            guard let progress, now >= tellAgainAt, report.progress != toldProgress else { return }
            toldProgress = report.progress
            tellAgainAt = now + progress.interval
            progress.tell(report)
        case .deviceOutput(let bytes, _): output.tell(bytes)
        case .reconnection(let news): tell(news)
        case .streamReopened, .restarted, .slowedDown, .readsAgain, .deviceBusy, .triedAgain: break
        }
    }
}

internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

/// Passes on what a `TransferLoop` tells of a transfer of a manager.
final class ManagerObserver: TransferObserver {
    private let progress: TransferProgress?
    private let output: @Sendable ([UInt8]) -> Void
    private let tell: @Sendable (ReconnectionNews) -> Void
    private var toldProgress: TransferEngine.Progress?
    private var tellAgainAt = Instant(nanoseconds: .min)

    let nextUpdate: Instant? = nil
    /// What the transfer did when the loop came round last.
    private(set) var lastReport: TransferReport?

    init(
        _ progress: TransferProgress?, deviceOutput: @escaping @Sendable ([UInt8]) -> Void,
        reconnection: @escaping @Sendable (ReconnectionNews) -> Void
    ) {
        self.progress = progress
        output = deviceOutput
        tell = reconnection
    }

    func update(_ report: TransferReport, at now: Instant) {
        lastReport = report
        guard let progress, now >= tellAgainAt, report.progress != toldProgress else { return }
        toldProgress = report.progress
        tellAgainAt = now + progress.interval
        progress.tell(report)
    }

    func deviceOutput(_ bytes: Span<UInt8>) {
        output(bytes.withUnsafeBufferPointer { Array($0) })
    }

    func streamReopened() {}

    func transferRestarted(at offset: UInt64) {}

    func readSlowedDown(after status: Status, at offset: UInt64) {}

    func readBeganAgain(at offset: UInt64) {}

    func deviceBusy() {}

    func reconnection(_ news: ReconnectionNews, _ report: TransferReport) {
        tell(news)
    }
}

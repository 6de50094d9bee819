public import TransferClient

/// How one transfer of a ``TransferManager`` goes, as an asynchronous sequence.
///
/// The first report comes when the transfer begins, further ones at most once an interval and only if something
/// changed, the last one when it is over; then the sequence ends. A slow reader misses reports, but never the last.
///
/// ```swift
/// let progress = TransferProgress()
/// Task { for await report in progress { print(report.progress.moved, report.progress.total ?? 0) } }
/// let data = try await manager.read(resource: 3, progress: progress)
/// ```
///
/// It serves one transfer, and one reader.
public struct TransferProgress: AsyncSequence, Sendable {
    /// What the transfer did so far.
    public typealias Element = TransferReport
    /// Reports never fail: the transfer does.
    public typealias Failure = Never
    /// Gives the reports.
    public typealias AsyncIterator = AsyncStream<TransferReport>.Iterator

    /// The shortest time between two reports.
    public let interval: Duration

    private let stream: AsyncStream<TransferReport>
    private let continuation: AsyncStream<TransferReport>.Continuation

    /// Progress of a transfer that is still to be asked for.
    ///
    /// - Parameter interval: the shortest time between two reports.
    public init(every interval: Duration = .milliseconds(100)) {
        self.interval = interval
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The reports.
    public func makeAsyncIterator() -> AsyncIterator { stream.makeAsyncIterator() }

    func tell(_ report: TransferReport) {
        continuation.yield(report)
    }

    /// Tells the last report and ends the sequence.
    func end(_ report: TransferReport) {
        continuation.yield(report)
        continuation.finish()
    }
}

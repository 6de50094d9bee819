public import TransferClient

/// The reports of one transfer of a ``TransferManager``, as an asynchronous sequence.
///
/// The first report comes when the transfer begins. Further reports come at most once in an interval, and only if
/// something changed. The last one comes when the transfer is over, and then the sequence ends. A slow reader misses
/// reports, but never the last one.
///
/// ```swift
/// let progress = TransferProgress()
/// Task { for await report in progress { print(report.progress.moved, report.progress.total ?? 0) } }
/// let data = try await manager.read(resource: 3, progress: progress)
/// ```
///
/// A progress serves one transfer and one reader.
public struct TransferProgress: AsyncSequence, Sendable {
    /// A report of the transfer so far.
    public typealias Element = TransferReport
    /// The sequence never fails, even if the transfer does.
    public typealias Failure = Never
    /// An iterator over the reports.
    public typealias AsyncIterator = AsyncStream<TransferReport>.Iterator

    /// The shortest time between two reports.
    package let interval: Duration

    private let stream: AsyncStream<TransferReport>
    private let continuation: AsyncStream<TransferReport>.Continuation

    /// Progress of a transfer that is still to be asked for.
    ///
    /// - Parameter interval: the shortest time between two reports.
    public init(every interval: Duration = .milliseconds(100)) {
        self.interval = interval
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// An iterator over the reports; there may be only one.
    public func makeAsyncIterator() -> AsyncIterator { stream.makeAsyncIterator() }

    func tell(_ report: TransferReport) {
        continuation.yield(report)
    }

    /// Gives the last report and ends the sequence.
    func end(_ report: TransferReport) {
        continuation.yield(report)
        continuation.finish()
    }
}

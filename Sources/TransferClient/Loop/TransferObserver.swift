public import PigweedRPC
public import PigweedTransfer

/// Who wants to know how a transfer goes. Called on the thread of the loop, which waits meanwhile.
public protocol TransferObserver: AnyObject {
    /// When ``update(_:at:)`` must be called, whether or not something happened; `nil` for never.
    var nextUpdate: Instant? { get }

    /// Called after every round of the loop.
    func update(_ report: TransferReport, at now: Instant)

    /// The device no longer knew the stream, so the transfer starts once more.
    func streamReopened()

    /// The device lost the transfer, which goes on from this offset of the resource.
    func transferRestarted(at offset: UInt64)

    /// The device failed in the middle of a read with this status; the read goes on from this offset of the resource with
    /// `TransferRequest.fallback`, which asks for less.
    func readSlowedDown(after status: Status, at offset: UInt64)

    /// Something was lost, and the device cannot go back in the resource: the read begins again. The next byte that is handed
    /// out is that at this offset.
    func readBeganAgain(at offset: UInt64)

    /// The device is busy with other transfers; the start is repeated.
    func deviceBusy()

    /// The line to the device broke or is there again.
    func reconnection(_ news: ReconnectionNews, _ report: TransferReport)

    /// The device printed something.
    func deviceOutput(_ bytes: Span<UInt8>)
}

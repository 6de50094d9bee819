package import PigweedRPC
internal import PigweedTransfer

/// An event in a transfer.
package enum TransferEvent: Hashable, Sendable {
    /// A round of the loop is over; the report says how far the transfer is.
    case round
    /// The device printed something.
    case deviceOutput([UInt8], DeviceOutputPlace)
    /// The device no longer knew the stream, so the transfer starts once more.
    case streamReopened
    /// The device lost the transfer, which goes on from this offset of the resource.
    case restarted(offset: UInt64)
    /// The device failed in the middle of a read with this status. The read goes on from this offset of the resource at
    /// a gentler pace, `TransferRequest.fallback`.
    case slowedDown(after: Status, offset: UInt64)
    /// Something was lost, and the device cannot go back in the resource, so the read begins again. The next byte that
    /// is handed out is at this offset.
    case readsAgain(offset: UInt64)
    /// The device is busy with other transfers; the start is repeated.
    case deviceBusy
    /// The transfer failed, and is tried again in another way.
    case triedAgain(Remedy)
    /// The line to the device broke or is there again.
    case reconnection(ReconnectionNews)
}

/// An observer of transfers. It is called on the thread of the loop, which waits meanwhile.
package protocol TransferObserver: AnyObject {
    /// When ``TransferEvent/round`` must come next, even if nothing happens; `nil` for no such time.
    var nextUpdate: Instant? { get }

    /// Takes an event.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - report: the state of the transfer at the end of the last round.
    ///   - now: the time of the loop's clock.
    func take(_ event: TransferEvent, _ report: TransferReport, at now: Instant)
}

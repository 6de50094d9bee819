internal import PigweedRPC

/// How far a session is, and with which request the transfer may go on after it.
extension Session {
    /// The request that goes on where this session was, after the device lost it; `nil` if that is not possible or not
    /// wanted.
    var continuation: TransferRequest? {
        guard state == .transfer else { return nil }
        guard let receiver else { return request.settings.restartsWrite ? request : nil }
        guard version == .version2 else { return receiver.window.delivered == 0 ? request : nil }
        var next = request
        next.initialOffset = receiver.window.delivered
        return next
    }

    /// The request that goes on at a gentler pace where this session of a read was, after the device failed in the middle as
    /// one does that was asked for too much: the reference ends with `DATA_LOSS` when it cannot send a chunk, other firmware
    /// with a status for what it ran out of. `nil` if it failed otherwise, or there is no gentler pace.
    var gentlerRequest: TransferRequest? {
        guard let receiver, let fallback = request.fallback, isAccepted, case .device(let status)? = failure,
            [.dataLoss, .internal, .resourceExhausted].contains(status)
        else { return nil }
        var next = request
        next.fallback = nil
        next.isFallback = true
        next.settings.chunkSize = fallback.chunkSize
        next.settings.minDelay = fallback.minDelay
        if version == .version2 { next.initialOffset = receiver.window.delivered }
        return next
    }

    /// Whether the device cannot begin where the request says.
    var hasRefusedOffset: Bool {
        !isAccepted && (failure == .offsetNotSupported || failure == .device(.unimplemented))
    }

    /// How far the transfer is that began, perhaps with an earlier session, at `start`.
    func progress(from start: UInt64) -> TransferEngine.Progress {
        receiver?.progress(from: start)
            ?? transmitter?.progress(from: start, isSuccess: state == .over && failure == nil) ?? .init()
    }
}

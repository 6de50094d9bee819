internal import PigweedRPC

/// The progress of a session, and the requests with which the transfer may go on after it.
extension Session {
    /// The request that goes on where this session was, after the device lost the stream; `nil` if the transfer cannot
    /// or must not go on.
    var continuation: TransferRequest? {
        guard state == .transfer else { return nil }
        guard let receiver else { return request.settings.restartsWrite ? request : nil }
        guard version == .version2 else { return receiver.window.delivered == 0 ? request : nil }
        var next = request
        next.initialOffset = receiver.window.delivered
        return next
    }

    /// The request that goes on at a gentler pace where this session of a read was; `nil` if there is no gentler pace,
    /// or if the device failed for another reason than being asked for too much. Asked for too much, the reference ends
    /// with `DATA_LOSS` when it cannot send a chunk, and other firmware ends with a status for what it ran out of.
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

    /// The progress of the transfer, which began at `start`, perhaps with an earlier session.
    func progress(from start: UInt64) -> TransferEngine.Progress {
        receiver?.progress(from: start)
            ?? transmitter?.progress(from: start, isSuccess: state == .over && failure == nil) ?? .init()
    }
}

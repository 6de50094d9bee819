internal import PigweedRPC

/// What the engine must do for a session, how far it is, and what remains of one that ends.
extension Session {
    /// What the caller must do with the data of a chunk, or with the session.
    enum Action: Hashable {
        case nothing
        /// Store the data of the chunk but for the first `skip` bytes, then call ``stored(_:at:)``.
        case store(skip: Int)
        /// Hold the data of the chunk, which belong at this offset: something before them is missing.
        case hold(offset: UInt64)
        /// Store held data of this range, or the beginning of it, then call ``stored(_:at:)``.
        case storeHeld(Range<UInt64>)
        /// Begin again with a new session.
        case startOver
        /// Begin again with a new session, and repeat its confirmation until data arrive.
        case confirmAgain
        /// Begin again with a new session after a while: the device has no free context.
        case startLater
        /// Open the stream again for a last start: the device may never have installed it.
        case reopen
    }

    /// Whether the device has taken a session on, so that it confirms its end.
    var isEstablished: Bool { version == .version2 && isAccepted }

    /// Why the transfer failed, or will have failed when the device has acknowledged it.
    var failure: TransferFailure? {
        guard case .failure(let failure) = outcome else { return nil }
        return failure
    }

    /// The request that goes on where this session was, after the device lost it; `nil` if that is not possible or not
    /// wanted.
    var continuation: TransferRequest? {
        guard state == .waiting || state == .recovery || state == .transmitting else { return nil }
        var next = request
        switch request.direction {
        case .read where version == .version2: next.initialOffset = receiveWindow.delivered
        case .read: return receiveWindow.delivered == 0 ? request : nil
        case .write: return request.restartsWrite ? request : nil
        }
        return next
    }

    /// The request that goes on at a gentler pace where this session of a read was, after the device failed in the middle as
    /// one does that was asked for too much: the reference ends with `DATA_LOSS` when it cannot send a chunk, other firmware
    /// with a status for what it ran out of. `nil` if it failed otherwise, or there is no gentler pace.
    var gentlerRequest: TransferRequest? {
        guard let fallback = request.fallback, isAccepted, case .device(let status)? = failure,
            [.dataLoss, .internal, .resourceExhausted].contains(status)
        else { return nil }
        var next = request
        next.fallback = nil
        next.isFallback = true
        next.chunkSize = fallback.chunkSize
        next.minDelay = fallback.minDelay
        if version == .version2 { next.initialOffset = receiveWindow.delivered }
        return next
    }

    /// Whether the device cannot begin where the request says.
    var hasRefusedOffset: Bool {
        !isAccepted && (failure == .offsetNotSupported || failure == .device(.unimplemented))
    }

    /// How far the transfer is that began, perhaps with an earlier session, at `start`.
    func progress(from start: UInt64) -> TransferEngine.Progress {
        switch request.direction {
        case .read:
            let end = receiveWindow.endOfData ?? receiveWindow.announcedEnd
            return .init(moved: receiveWindow.delivered - start, total: end.map { max($0, start) - start })
        case .write:
            let isComplete = transmitWindow.hasSentFinalChunk && failure == nil && state == .done
            let confirmed =
                isComplete ? transmitWindow.endOfData ?? transmitWindow.confirmed : transmitWindow.confirmed
            return .init(moved: confirmed - start, total: transmitWindow.endOfData.map { $0 - start })
        }
    }
}

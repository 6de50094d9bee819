internal import PigweedRPC

/// The chunks of a session: which of the device's are its own, and those that it sends, with the fields that each must
/// have (protocol: which fields on which chunk).
extension Session {
    /// Whether a received chunk belongs to this transfer: by session id, or in the legacy protocol by resource.
    func owns(_ chunk: Chunk, from direction: Direction) -> Bool {
        if let sessionID = chunk.sessionID { return version == .version2 && sessionID == id }
        guard chunk.version == .legacy, direction == request.direction else { return false }
        let isRejection = chunk.kind == .completion && chunk.transferID == id
        return chunk.transferID == request.resource || isRejection
    }

    /// A chunk with nothing but its kind and the name of the transfer.
    func chunk(_ kind: Chunk.Kind) -> Chunk {
        var chunk = Chunk(kind)
        switch version {
        case .version2: chunk.sessionID = id
        case .legacy: chunk.transferID = request.resource
        }
        return chunk
    }

    /// Asks for a transfer. Carries everything for both protocol versions: a legacy device takes the fields it knows.
    func startChunk() -> Chunk {
        var chunk = Chunk(.start)
        chunk.transferID = request.resource
        chunk.resourceID = request.resource
        if version == .version2 {
            chunk.protocolVersion = .version2
            chunk.desiredSessionID = id
            chunk.initialOffset = request.initialOffset
        }
        if request.direction == .read {
            setParameters(of: &chunk, request.initialOffset..<receiveWindow.end)
            chunk.pendingBytes = chunk.windowEndOffset &- UInt32(truncatingIfNeeded: chunk.offset)
        }
        return chunk
    }

    /// Answers the device's acknowledgement of the start; in a read with the first parameters.
    func confirmation() -> Chunk {
        var chunk = chunk(.startAckConfirmation)
        chunk.protocolVersion = .version2
        switch request.direction {
        case .read: setParameters(of: &chunk, request.initialOffset..<receiveWindow.end)
        case .write: chunk.offset = request.initialOffset
        }
        return chunk
    }

    /// Tells the transmitter which data the receiver wants.
    func parameters(_ kind: Chunk.Kind, _ range: Range<UInt64>) -> Chunk {
        var chunk = chunk(kind)
        setParameters(of: &chunk, range)
        if version == .legacy {
            chunk.pendingBytes = chunk.windowEndOffset &- UInt32(truncatingIfNeeded: chunk.offset)
        }
        return chunk
    }

    /// Ends the transfer with the status of its outcome. A session without one has been begun again under another id:
    /// it never told the device that all is well.
    func completion() -> Chunk {
        var chunk = chunk(.completion)
        let status: Status
        switch outcome {
        case .success: status = .ok
        case .failure(let failure): status = failure.status
        case nil: status = .cancelled
        }
        chunk.status = status.rawValue
        return chunk
    }

    private func setParameters(of chunk: inout Chunk, _ range: Range<UInt64>) {
        chunk.offset = range.lowerBound
        chunk.windowEndOffset = UInt32(clamping: range.upperBound)
        chunk.maxChunkSizeBytes = request.chunkSize
        chunk.minDelayMicroseconds = request.minDelay.map {
            UInt32(clamping: $0.saturatedNanoseconds / 1000)
        }
    }
}

import PigweedRPC
import PigweedTransfer

/// The transitions of a client's write: data are stored, and parameters open the window further or ask for lost data.
extension TransferContext {
    /// How long the handler works on a chunk that is about to be received: it stores data, and ends the write.
    func handlingTime(_ chunk: Chunk, dataCount: Int, _ configuration: DeviceConfiguration) -> Duration {
        guard transfer.direction == .write, state == .waiting || state == .recovery,
            chunk.effectiveKind(dataCount: dataCount) == .data, chunk.version == transfer.version,
            chunk.offset == UInt64(offset), UInt64(offset) + UInt64(dataCount) <= UInt64(windowEnd)
        else { return .zero }
        let storing = dataCount > 0 ? configuration.writeDelay : .zero
        return storing + (chunk.remainingBytes == 0 ? configuration.finalizeDelay : .zero)
    }

    mutating func receiveData(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) {
        timer = now + io.configuration.chunkTimeout
        guard let start = UInt32(exactly: chunk.offset) else { return }
        let end = UInt64(start) + UInt64(data.count)

        if state == .recovery, start != offset {
            if start == lastChunkOffset {
                sendParameters(.shrink, .parametersRetransmit, at: now, io: &io)
            } else {
                lastChunkOffset = start
            }
            return
        }
        state = .waiting
        if start != offset, end <= UInt64(offset), kind != .startAckConfirmation {
            return sendParameters(.shrink, .parametersContinue, at: now, io: &io)
        }
        if start != offset {
            return recover(lastSeen: start, at: now, io: &io)
        }
        if end > UInt64(windowEnd) {
            lifetimeRetries += 1
            guard lifetimeRetries <= io.configuration.lifetimeRetries else {
                return terminate(.internal, at: now, io: &io)
            }
            return recover(lastSeen: start, at: now, io: &io)
        }
        store(kind, chunk, data: data, at: now, io: &io)
    }

    private mutating func recover(lastSeen: UInt32, at now: Instant, io: inout ServerIO) {
        state = .recovery
        lastChunkOffset = lastSeen
        sendParameters(.shrink, .parametersRetransmit, at: now, io: &io)
    }

    private mutating func store(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) {
        lastChunkOffset = offset
        guard data.isEmpty || resource?.write(data, at: offset) == true else {
            return terminate(.dataLoss, at: now, io: &io)
        }
        offset += UInt32(data.count)
        io.movedBytes += data.count
        if chunk.remainingBytes == 0 { return terminate(.ok, at: now, io: &io) }

        let lowered = UInt32(truncatingIfNeeded: chunk.effectiveWindowEnd)
        if lowered != 0 {
            guard (offset...windowEnd).contains(lowered) else {
                return terminate(.internal, at: now, io: &io)
            }
            windowEnd = lowered
        }
        if kind == .startAckConfirmation {
            return sendParameters(.first, .parametersRetransmit, at: now, io: &io)
        }
        let left = windowEnd - offset
        if left == 0 || left <= window.size / max(io.configuration.extendWindowDivisor, 1) {
            sendParameters(.extend, .parametersContinue, at: now, io: &io)
        }
    }

    mutating func sendParameters(
        _ action: ReceiveWindow.Action, _ kind: Chunk.Kind, at now: Instant, io: inout ServerIO
    ) {
        let configuration = io.configuration
        let chunkSize = ReceiveWindow.chunkSize(
            buffer: configuration.chunkBuffer, channel: configuration.channel,
            sessionID: transfer.sessionID, windowEnd: windowEnd)
        window.update(
            action, chunkSize: chunkSize, maximum: configuration.window,
            limit: min(resource?.writeLimit ?? 0, .max - offset))
        windowEnd = offset + window.size

        let isSent = io.sendParameters(
            kind, of: transfer, offset: offset, window: window.size, chunkSize: chunkSize)
        if !isSent { terminate(.internal, at: now, io: &io) }
    }
}

import PigweedRPC
import PigweedTransfer

/// The transitions of a client's read: parameters open the window, and the data of the resource are sent into it.
extension TransferContext {
    mutating func updateParameters(
        _ kind: Chunk.Kind, _ chunk: Chunk, at now: Instant, io: inout ServerIO
    ) {
        let size = resource?.size ?? 0
        let windowEnd = UInt32(truncatingIfNeeded: chunk.effectiveWindowEnd)
        switch kind {
        case .parametersRetransmit, .startAckConfirmation, .start:
            guard io.configuration.canSeek || chunk.offset == UInt64(offset) else {
                return terminate(.unimplemented, at: now, io: &io)
            }
            guard let offset = UInt32(exactly: chunk.offset), offset <= size else {
                return terminate(.internal, at: now, io: &io)
            }
            self.offset = offset
        default:
            guard windowEnd > offset else {
                // The reference waits for the client now, even in the middle of a window.
                timer = now + io.configuration.chunkTimeout
                return
            }
        }
        self.windowEnd = windowEnd
        if let size = chunk.maxChunkSizeBytes { maxChunkSize = Int(size) }
        if let delay = chunk.minDelayMicroseconds { interchunkDelay = .microseconds(Int64(delay)) }

        guard windowEnd != offset || offset >= size, maxChunkSize > 0 else {
            return terminate(.resourceExhausted, at: now, io: &io)
        }
        state = .transmitting
        timer = now
    }

    /// Sends the next chunk. No correct client sends a window end below the offset. If one does, the size of the window
    /// wraps around and there is no flow control, as in the reference.
    mutating func transmit(at now: Instant, io: inout ServerIO) {
        guard let resource else { return }
        var chunk = Chunk(.data, of: transfer)
        chunk.offset = UInt64(offset)
        io.data.removeAll(keepingCapacity: true)

        if offset >= resource.size {
            chunk.remainingBytes = 0
            windowEnd = offset
        } else {
            let count = min(
                Int(windowEnd &- offset), Int(resource.size - offset), maxChunkSize,
                io.dataLimit(of: chunk, size: resource.size))
            guard windowEnd != offset else { return wait(at: now, io: &io) }
            guard count > 0, resource.read(at: offset, count: count, into: &io.data) else {
                return terminate(.dataLoss, at: now, io: &io)
            }
            lastChunkOffset = offset
            offset += UInt32(count)
            io.movedBytes += count
            if io.configuration.announcesSize { chunk.remainingBytes = UInt64(resource.size - offset) }
        }
        guard io.sendData(chunk, at: now) else { return terminate(.dataLoss, at: now, io: &io) }

        if offset == windowEnd || chunk.remainingBytes == 0 {
            wait(at: now, io: &io)
        } else {
            state = .transmitting
            timer = now + interchunkDelay
        }
    }

    /// Whether the pause between two chunks began now.
    func hasSentData(at now: Instant) -> Bool { state == .transmitting && timer == now + interchunkDelay }

    private mutating func wait(at now: Instant, io: inout ServerIO) {
        state = .waiting
        timer = now + io.configuration.chunkTimeout
    }
}

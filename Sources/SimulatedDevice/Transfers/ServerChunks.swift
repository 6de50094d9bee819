import PigweedRPC
import PigweedTransfer

/// The chunks that a server sends, with the fields that each has (protocol: which fields on which chunk).
extension ServerIO {
    /// Accepts a transfer.
    mutating func sendStartAck(of transfer: DeviceTransfer, initialOffset: UInt32) {
        var chunk = Chunk(.startAck, of: transfer)
        chunk.resourceID = transfer.resourceID
        chunk.protocolVersion = .version2
        chunk.initialOffset = UInt64(initialOffset)
        _ = send(chunk, on: transfer.direction)
    }

    /// Asks for data of a write.
    ///
    /// - Returns: whether the chunk could be sent.
    mutating func sendParameters(
        _ kind: Chunk.Kind, of transfer: DeviceTransfer, offset: UInt32, window: UInt32, chunkSize: UInt32
    ) -> Bool {
        var chunk = Chunk(kind, of: transfer)
        chunk.offset = UInt64(offset)
        chunk.windowEndOffset = offset + window
        if transfer.version == .legacy, chunk.windowEndOffset != 0 { chunk.pendingBytes = window }
        chunk.maxChunkSizeBytes = chunkSize
        chunk.minDelayMicroseconds = UInt32(clamping: configuration.minDelay.saturatedNanoseconds / 1000)
        return send(chunk, on: .write)
    }

    /// The most data bytes that fit into a data chunk and the buffers around it.
    func dataLimit(of chunk: Chunk, size: UInt32) -> Int {
        let overhead = chunk.dataOverhead(announcedSize: configuration.announcesSize ? size : nil)
        return min(configuration.chunkBuffer, configuration.encodeBuffer - overhead)
    }

    /// Ends a transfer.
    mutating func sendCompletion(
        _ status: Status, of transfer: DeviceTransfer, withResource: Bool = false
    ) {
        var chunk = Chunk(.completion, of: transfer)
        chunk.status = status.rawValue
        if withResource, transfer.version == .version2 { chunk.resourceID = transfer.resourceID }
        _ = send(chunk, on: transfer.direction)
    }

    /// Acknowledges the client's completion of a transfer.
    mutating func sendCompletionAck(of transfer: DeviceTransfer) {
        let chunk = Chunk(.completionAck, of: transfer)
        _ = send(chunk, on: transfer.direction)
    }
}

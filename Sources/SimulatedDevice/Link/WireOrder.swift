import PigweedRPC
import PigweedTransfer
import ProtobufWire

// The reference device writes its fields in the order of its code, not of their numbers. A client must take them in any
// order, so the simulated device writes them in the order of the real one.

extension Packet {
    /// Appends the packet with its payload first. Status and call id are left out if they are zero; the other fields
    /// are not.
    func encodeInDeviceOrder(payload: Span<UInt8>, into writer: inout FieldWriter) {
        if !payload.isEmpty { writer.bytes(5, payload) }
        writer.varint(1, UInt64(kind.rawValue))
        writer.varint(2, UInt64(channel))
        writer.fixed32(3, method.service)
        writer.fixed32(4, method.method)
        writer.varint(6, unlessZero: UInt64(status.rawValue))
        writer.varint(7, unlessZero: UInt64(callID))
    }
}

extension Chunk {
    /// Appends the chunk in the order of the reference. A legacy chunk has its transfer id even when it is zero.
    func encodeInDeviceOrder(data: Span<UInt8>, into writer: inout FieldWriter) {
        if !data.isEmpty { writer.bytes(6, data) }
        writer.varint(12, unlessZero: UInt64(sessionID ?? 0))
        writer.varint(14, ifPresent: desiredSessionID)
        writer.varint(11, ifPresent: resourceID)
        writer.varint(13, ifPresent: protocolVersion?.rawValue)
        writer.varint(10, ifPresent: kind?.rawValue)
        writer.varint(9, unlessZero: UInt64(windowEndOffset))
        if version == .legacy {
            writer.varint(1, UInt64(transferID))
        }
        writer.varint(2, ifPresent: pendingBytes)
        writer.varint(3, ifPresent: maxChunkSizeBytes)
        writer.varint(4, ifPresent: minDelayMicroseconds)
        writer.varint(5, unlessZero: offset)
        writer.varint(15, unlessZero: initialOffset)
        if let remainingBytes { writer.varint(7, remainingBytes) }
        writer.varint(8, ifPresent: status)
    }

    /// Decodes a chunk as the device's firmware does. Its offsets have 32 bits, and a chunk with a larger offset is
    /// dropped. Firmware without version 2 ignores the fields of version 2.
    static func decode(
        _ bytes: Span<UInt8>, legacyOnly: Bool
    ) -> (chunk: Chunk, data: Range<Int>)? {
        guard let decoded = decode(bytes), decoded.chunk.offset <= maximumOffset,
            decoded.chunk.initialOffset <= maximumOffset
        else { return nil }
        var chunk = decoded.chunk
        if legacyOnly {
            chunk.resourceID = nil
            chunk.sessionID = nil
            chunk.protocolVersion = nil
            chunk.desiredSessionID = nil
            chunk.initialOffset = 0
        }
        return (chunk, decoded.data)
    }

    /// How many bytes of a data chunk the reference keeps free of data: the fields of this chunk, the largest key and
    /// size of the data, and the number of remaining bytes as if nothing had been sent.
    func dataOverhead(announcedSize: UInt32?) -> Int {
        var writer = FieldWriter(capacity: 32)
        encodeInDeviceOrder(data: [UInt8]().span, into: &writer)
        let remaining = announcedSize.map { 1 + FieldWriter.varintSize(UInt64($0)) } ?? 0
        return writer.bytes.count + 6 + remaining
    }
}

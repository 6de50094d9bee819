import PigweedTransfer
import ProtobufWire

extension Chunk {
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

package import ProtobufWire

extension Chunk {
    private enum Field {
        static let transferID: UInt32 = 1
        static let pendingBytes: UInt32 = 2
        static let maxChunkSizeBytes: UInt32 = 3
        static let minDelayMicroseconds: UInt32 = 4
        static let offset: UInt32 = 5
        static let data: UInt32 = 6
        static let remainingBytes: UInt32 = 7
        static let status: UInt32 = 8
        static let windowEndOffset: UInt32 = 9
        static let kind: UInt32 = 10
        static let resourceID: UInt32 = 11
        static let sessionID: UInt32 = 12
        static let protocolVersion: UInt32 = 13
        static let desiredSessionID: UInt32 = 14
        static let initialOffset: UInt32 = 15
    }

    /// Decodes a chunk. Fields may come in any order; of repeated fields the last is used, and unknown fields are
    /// ignored.
    ///
    /// - Returns: the chunk and where in `bytes` its data stand; `nil` where a receiver drops the chunk without an
    ///   answer: no protobuf message, a number above 32 bits in a 32-bit field, an unknown kind or version, or both
    ///   kinds of session id.
    package static func decode(_ bytes: Span<UInt8>) -> (chunk: Chunk, data: Range<Int>)? {
        var reader = FieldReader(0..<bytes.count)
        var chunk = Chunk(nil)
        var data = 0..<0
        do {
            while let field = try reader.next(in: bytes) {
                if field.number == Field.data {
                    guard case .bytes(let range) = field.value else { return nil }
                    data = range
                } else if !chunk.set(field) {
                    return nil
                }
            }
        } catch {
            return nil
        }
        guard chunk.sessionID == nil || chunk.desiredSessionID == nil else { return nil }
        return (chunk, data)
    }

    /// Sets the property of a field; false if the value is not allowed.
    private mutating func set(_ field: WireField) -> Bool {
        switch field.number {
        case Field.offset, Field.remainingBytes, Field.initialOffset:
            guard let value = field.uint64 else { return false }
            switch field.number {
            case Field.offset: offset = value
            case Field.remainingBytes: remainingBytes = value
            default: initialOffset = value
            }
        case Field.transferID...Field.initialOffset:
            guard let value = field.uint32 else { return false }
            return set(field.number, to: value)
        default: break
        }
        return true
    }

    private mutating func set(_ number: UInt32, to value: UInt32) -> Bool {
        switch number {
        case Field.transferID: transferID = value
        case Field.pendingBytes: pendingBytes = value
        case Field.maxChunkSizeBytes: maxChunkSizeBytes = value
        case Field.minDelayMicroseconds: minDelayMicroseconds = value
        case Field.status: status = value
        case Field.windowEndOffset: windowEndOffset = value
        case Field.kind:
            guard let kind = Kind(rawValue: value) else { return false }
            self.kind = kind
        case Field.resourceID: resourceID = value
        case Field.sessionID: sessionID = value
        case Field.protocolVersion:
            guard let version = ProtocolVersion(rawValue: value) else { return false }
            protocolVersion = version
        case Field.desiredSessionID: desiredSessionID = value
        default: return false
        }
        return true
    }

    /// Appends the chunk in ascending field order, as the reference Python client does. Fields with presence are
    /// written whenever they are set, also when zero; the others unless they are zero.
    package func encode(data: Span<UInt8>, into writer: inout FieldWriter) {
        encodeHead(into: &writer)
        if !data.isEmpty { writer.bytes(Field.data, data) }
        encodeTail(into: &writer)
    }

    /// Appends the chunk with a gap for its data.
    package func encode(dataCount: Int, into writer: inout FieldWriter) {
        encodeHead(into: &writer)
        if dataCount > 0 { writer.bytes(Field.data, elsewhere: dataCount) }
        encodeTail(into: &writer)
    }

    private func encodeHead(into writer: inout FieldWriter) {
        writer.varint(Field.transferID, unlessZero: UInt64(transferID))
        writer.varint(Field.pendingBytes, ifPresent: pendingBytes)
        writer.varint(Field.maxChunkSizeBytes, ifPresent: maxChunkSizeBytes)
        writer.varint(Field.minDelayMicroseconds, ifPresent: minDelayMicroseconds)
        writer.varint(Field.offset, unlessZero: offset)
    }

    private func encodeTail(into writer: inout FieldWriter) {
        if let remainingBytes { writer.varint(Field.remainingBytes, remainingBytes) }
        writer.varint(Field.status, ifPresent: status)
        writer.varint(Field.windowEndOffset, unlessZero: UInt64(windowEndOffset))
        writer.varint(Field.kind, ifPresent: kind?.rawValue)
        writer.varint(Field.resourceID, ifPresent: resourceID)
        writer.varint(Field.sessionID, ifPresent: sessionID)
        writer.varint(Field.protocolVersion, ifPresent: protocolVersion?.rawValue)
        writer.varint(Field.desiredSessionID, ifPresent: desiredSessionID)
        writer.varint(Field.initialOffset, unlessZero: initialOffset)
    }

    /// The encoded chunk without data; for the few chunks whose speed does not matter.
    package func encoded() -> [UInt8] {
        var writer = FieldWriter()
        encode(data: [UInt8]().span, into: &writer)
        return writer.bytes
    }
}

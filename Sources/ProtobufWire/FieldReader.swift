/// Why bytes are not a protobuf message.
public enum WireError: Error, Hashable, Sendable {
    /// The message ends inside a field.
    case truncated
    /// A varint of more than ten bytes or more than 64 bits.
    case overlongVarint
    /// A tag of more than five bytes, field number 0 or above 2^29 - 1, or one of the wire types 3, 4, 6, 7 that no
    /// current message uses.
    case invalidTag
}

/// One field of a message. Bytes are named by their place in the message, not copied.
public struct WireField: Hashable, Sendable {
    /// What a field can hold.
    public enum Value: Hashable, Sendable {
        /// Wire type 0.
        case varint(UInt64)
        /// Wire type 1.
        case fixed64(UInt64)
        /// Wire type 2: bytes, text or a nested message.
        case bytes(Range<Int>)
        /// Wire type 5.
        case fixed32(UInt32)
    }

    /// The field number, 1 to 2^29 - 1.
    public var number: UInt32

    /// The value, by its wire type.
    public var value: Value

    /// A field of a message.
    public init(number: UInt32, value: Value) {
        self.number = number
        self.value = value
    }

    /// The value of a varint that fits 32 bits; `nil` for a larger one or another wire type.
    public var uint32: UInt32? {
        guard case .varint(let value) = value else { return nil }
        return UInt32(exactly: value)
    }

    /// The value of a varint; `nil` for another wire type.
    public var uint64: UInt64? {
        guard case .varint(let value) = value else { return nil }
        return value
    }
}

/// Reads the fields of a protobuf message one after the other, in whatever order they come.
public struct FieldReader: Sendable {
    /// Where the next field begins.
    public private(set) var position: Int
    private let end: Int

    /// Reads the message that occupies `range` of a span.
    public init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; `nil` at the end of the message.
    ///
    /// - Parameter bytes: the same span in every call; must contain the range given at the beginning.
    /// - Throws: ``WireError``; reading cannot continue after an error.
    public mutating func next(in bytes: Span<UInt8>) throws(WireError) -> WireField? {
        guard position < end else { return nil }
        let start = position
        let tag = try varint(in: bytes)
        guard position - start <= 5, let number = UInt32(exactly: tag >> 3), number > 0, number < 1 << 29
        else {
            throw .invalidTag
        }
        switch tag & 7 {
        case 0: return WireField(number: number, value: .varint(try varint(in: bytes)))
        case 1: return WireField(number: number, value: .fixed64(try fixed(bytes: 8, in: bytes)))
        case 2:
            guard let size = Int(exactly: try varint(in: bytes)), size <= end - position else {
                throw .truncated
            }
            let range = position..<position + size
            position += size
            return WireField(number: number, value: .bytes(range))
        case 5:
            let value = UInt32(truncatingIfNeeded: try fixed(bytes: 4, in: bytes))
            return WireField(number: number, value: .fixed32(value))
        default: throw .invalidTag
        }
    }

    /// Reads a whole message.
    ///
    /// - Parameters:
    ///   - bytes: the message.
    ///   - take: is given each field, and the message again; false ends the reading.
    /// - Returns: whether the bytes are a message, and every field was taken.
    public static func read(_ bytes: Span<UInt8>, _ take: (WireField, Span<UInt8>) -> Bool) -> Bool {
        var reader = FieldReader(0..<bytes.count)
        do throws(WireError) {
            while let field = try reader.next(in: bytes) {
                guard take(field, bytes) else { return false }
            }
            return true
        } catch {
            return false
        }
    }

    private mutating func varint(in bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw .overlongVarint }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .truncated
    }

    private mutating func fixed(bytes count: Int, in bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        guard count <= end - position else { throw .truncated }
        var value: UInt64 = 0
        for index in (position..<position + count).reversed() {
            value = value << 8 | UInt64(bytes[index])
        }
        position += count
        return value
    }
}

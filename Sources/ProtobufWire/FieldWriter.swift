/// Appends protobuf fields to bytes.
public struct FieldWriter: ~Copyable {
    /// The message so far.
    public private(set) var bytes: [UInt8]

    /// An empty message with room for `capacity` bytes before memory must be allocated.
    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Begins a new message in the same memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes a varint field.
    public mutating func varint(_ number: UInt32, _ value: UInt64) {
        tag(number, wireType: 0)
        append(varint: value)
    }

    /// Writes a varint field unless it is absent.
    public mutating func varint(_ number: UInt32, ifPresent value: UInt32?) {
        if let value { varint(number, UInt64(value)) }
    }

    /// Writes a varint field unless it is zero, as fields without presence are.
    public mutating func varint(_ number: UInt32, unlessZero value: UInt64) {
        if value != 0 { varint(number, value) }
    }

    /// Writes a field of four bytes, least significant first.
    public mutating func fixed32(_ number: UInt32, _ value: UInt32) {
        tag(number, wireType: 5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Writes a field of bytes, text or a nested message.
    public mutating func bytes(_ number: UInt32, _ value: Span<UInt8>) {
        tag(number, wireType: 2)
        append(varint: UInt64(value.count))
        value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private mutating func tag(_ number: UInt32, wireType: UInt64) {
        append(varint: UInt64(number) << 3 | wireType)
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The number of bytes that a number takes as a varint, 1 to 10.
    public static func varintSize(_ value: UInt64) -> Int {
        (64 - max(value, 1).leadingZeroBitCount + 6) / 7
    }
}

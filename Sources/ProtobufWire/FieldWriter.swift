/// Appends protobuf fields to bytes.
///
/// Large bytes of one field may stay where they are: ``bytes(_:elsewhere:)`` leaves a gap for them.
public struct FieldWriter: ~Copyable {
    /// The message so far, without the bytes that belong into its gap.
    public private(set) var bytes: [UInt8]
    private var gap: Int?

    /// An empty message with room for `capacity` bytes before memory must be allocated.
    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Begins a new message in the same memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        gap = nil
    }

    /// The message up to its gap; all of it if it has none.
    public var head: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(..<(gap ?? bytes.count)) }
    }

    /// The message behind its gap.
    public var tail: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting((gap ?? bytes.count)...) }
    }

    /// Writes a varint field.
    public mutating func varint(_ number: UInt32, _ value: UInt64) {
        append(number, wireType: 0, value)
    }

    /// Writes a varint field unless the value is `nil`.
    public mutating func varint(_ number: UInt32, ifPresent value: UInt32?) {
        if let value { varint(number, UInt64(value)) }
    }

    /// Writes a varint field unless the value is zero: protobuf leaves out such fields if they have no presence.
    public mutating func varint(_ number: UInt32, unlessZero value: UInt64) {
        if value != 0 { varint(number, value) }
    }

    /// Writes a field of four bytes, least significant first.
    public mutating func fixed32(_ number: UInt32, _ value: UInt32) {
        var start = FieldStart()
        start.append(varint: Self.tag(number, wireType: 5))
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            start.append(UInt8(truncatingIfNeeded: value >> shift))
        }
        append(start)
    }

    /// Writes a field of bytes, text or a nested message.
    public mutating func bytes(_ number: UInt32, _ value: Span<UInt8>) {
        append(number, wireType: 2, UInt64(value.count))
        value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// Writes a nested message, which `encode` makes.
    public mutating func message(_ number: UInt32, _ encode: (inout FieldWriter) -> Void) {
        var message = FieldWriter()
        encode(&message)
        bytes(number, message.bytes.span)
    }

    /// Writes the start of a field whose `count` bytes are sent from elsewhere, between ``head`` and ``tail``. Only one
    /// field of a message can have this gap.
    public mutating func bytes(_ number: UInt32, elsewhere count: Int) {
        append(number, wireType: 2, UInt64(count))
        gap = bytes.count
    }

    /// Writes a nested message with a gap for `count` bytes, which becomes the gap of this message. If the nested
    /// message has no gap, the bytes follow at its end.
    public mutating func message(_ number: UInt32, _ message: borrowing FieldWriter, gap count: Int) {
        append(number, wireType: 2, UInt64(message.bytes.count + count))
        let start = bytes.count
        bytes += message.bytes
        gap = start + (message.gap ?? message.bytes.count)
    }

    /// Writes the key of a field, then `value`: the number itself, or the size of the bytes that follow.
    private mutating func append(_ number: UInt32, wireType: UInt64, _ value: UInt64) {
        var start = FieldStart()
        start.append(varint: Self.tag(number, wireType: wireType))
        start.append(varint: value)
        append(start)
    }

    private mutating func append(_ start: FieldStart) {
        start.bytes.span.extracting(..<start.count).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private static func tag(_ number: UInt32, wireType: UInt64) -> UInt64 {
        UInt64(number) << 3 | wireType
    }

    /// The number of bytes that a number takes as a varint, 1 to 10.
    public static func varintSize(_ value: UInt64) -> Int {
        (64 - max(value, 1).leadingZeroBitCount + 6) / 7
    }
}

/// The bytes with which a field begins, collected so that the message grows once: at most two varints of 10 bytes.
private struct FieldStart {
    private(set) var bytes = InlineArray<20, UInt8>(repeating: 0)
    private(set) var count = 0

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}

public import PigweedRPC
package import ProtobufWire

/// `pw.transfer.ResourceStatus`: the answer to `GetResourceStatus`. What its offsets and checksums mean in detail is
/// left to the firmware.
public struct ResourceStatusResponse: Hashable, Sendable {
    /// The resource that was asked for.
    public var resource: UInt32 = 0
    /// The status, which the response of the call repeats.
    public var status = Status.ok
    /// The offset at which a resumed write may begin.
    public var writeableOffset: UInt64 = 0
    /// The offset up to which there are data to read.
    public var readableOffset: UInt64 = 0
    /// The checksum of the data before ``writeableOffset``; `nil` if the device sent none.
    public var writeChecksum: UInt64?
    /// The checksum of the data at ``readableOffset``; `nil` if the device sent none.
    public var readChecksum: UInt64?

    private enum Field {
        static let resource: UInt32 = 1
        static let status: UInt32 = 2
        static let writeableOffset: UInt32 = 3
        static let readableOffset: UInt32 = 4
        static let writeChecksum: UInt32 = 5
        static let readChecksum: UInt32 = 6
    }

    /// The request for the status of a resource.
    package static func request(for resource: UInt32) -> [UInt8] {
        var writer = FieldWriter()
        // The resource is written even if it is 0: without it, a device takes the request for damaged.
        writer.varint(Field.resource, UInt64(resource))
        return writer.bytes
    }

    /// An answer for resource 0 with status OK, offsets of 0 and no checksums.
    public init() {}

    /// Decodes an answer; `nil` if the bytes are no such message.
    package init?(decoding bytes: Span<UInt8>) {
        guard FieldReader.read(bytes, { field, _ in set(field) }) else { return nil }
    }

    private mutating func set(_ field: WireField) -> Bool {
        guard (Field.resource...Field.readChecksum).contains(field.number) else { return true }
        guard let number = field.uint64 else { return false }
        switch field.number {
        case Field.resource, Field.status:
            guard let number = UInt32(exactly: number) else { return false }
            if field.number == Field.resource { resource = number } else { status = Status(rawValue: number) }
        case Field.writeableOffset: writeableOffset = number
        case Field.readableOffset: readableOffset = number
        case Field.writeChecksum: writeChecksum = number
        default: readChecksum = number
        }
        return true
    }

    /// Appends the answer in the order of Pigweed's own service, offsets included if they are zero.
    package func encode(into writer: inout FieldWriter) {
        writer.varint(Field.resource, UInt64(resource))
        writer.varint(Field.status, UInt64(status.rawValue))
        writer.varint(Field.readableOffset, readableOffset)
        if let readChecksum { writer.varint(Field.readChecksum, readChecksum) }
        writer.varint(Field.writeableOffset, writeableOffset)
        if let writeChecksum { writer.varint(Field.writeChecksum, writeChecksum) }
    }
}

import ProtobufWire
import TestSupport
import Testing

@Suite struct FieldTests {
    private func fields(_ bytes: [UInt8]) throws(WireError) -> [WireField] {
        var reader = FieldReader(0..<bytes.count)
        var fields: [WireField] = []
        while let field = try reader.next(in: bytes.span) { fields.append(field) }
        return fields
    }

    @Test(arguments: [0, 1, 127, 128, 16383, 16384, UInt64(UInt32.max), .max])
    func varintsComeBack(_ value: UInt64) throws {
        var writer = FieldWriter()
        writer.varint(1, value)
        #expect(try fields(writer.bytes) == [WireField(number: 1, value: .varint(value))])
        #expect(writer.bytes.count == 1 + FieldWriter.varintSize(value))
    }

    @Test func everyWireType() throws {
        let bytes = hex("0896 01 11 0102030405060708 1a 03 616263 25 78563412")
        #expect(
            try fields(bytes) == [
                WireField(number: 1, value: .varint(150)),
                WireField(number: 2, value: .fixed64(0x0807_0605_0403_0201)),
                WireField(number: 3, value: .bytes(14..<17)),
                WireField(number: 4, value: .fixed32(0x1234_5678)),
            ])
    }

    @Test(
        arguments: [
            ("08", WireError.truncated), ("0880", .truncated), ("1a05616263", .truncated),
            ("1affffffffffffffffff01", .truncated), ("25010203", .truncated),
            ("1101020304050607", .truncated),
            ("08ffffffffffffffffff02", .overlongVarint), ("0880808080808080808080", .overlongVarint),
            ("00", .invalidTag), ("0b", .invalidTag), ("0e", .invalidTag), ("8080808080808001", .invalidTag),
        ])
    func malformedMessages(_ message: String, _ error: WireError) {
        #expect(throws: error) { try fields(hex(message)) }
    }

    @Test func aWholeMessage() {
        var writer = FieldWriter()
        for number: UInt64 in 1...3 { writer.message(4) { $0.varint(1, number) } }
        #expect(writer.bytes == hex("22020801 22020802 22020803"))
        func read(_ bytes: [UInt8], while take: (Int) -> Bool) -> (Bool, [[UInt8]]) {
            var messages: [[UInt8]] = []
            let isRead = FieldReader.read(bytes.span) { field, bytes in
                guard case .bytes(let range) = field.value else { return false }
                messages.append(range.map { bytes[$0] })
                return take(messages.count)
            }
            return (isRead, messages)
        }
        let all = [hex("0801"), hex("0802"), hex("0803")]
        #expect(read(writer.bytes, while: { _ in true }) == (true, all))
        #expect(read(writer.bytes, while: { $0 < 2 }) == (false, Array(all[..<2])))
        #expect(read(writer.bytes + [0x22], while: { _ in true }) == (false, all))
        #expect(read([], while: { _ in true }) == (true, []))
    }

    @Test func absentAndZeroFields() {
        var writer = FieldWriter()
        writer.varint(1, unlessZero: 0)
        writer.varint(2, ifPresent: nil)
        #expect(writer.bytes.isEmpty)
        writer.varint(2, ifPresent: 0)
        #expect(writer.bytes == hex("1000"))
        writer.removeAll()
        #expect(writer.bytes.isEmpty)
    }

    @Test("Head and tail of a message with a gap, with bytes between them, are the message of these bytes")
    func gaps() {
        let data = [UInt8](repeating: 0xAB, count: 300)
        var inner = FieldWriter()
        inner.varint(1, 300)
        inner.bytes(2, elsewhere: data.count)
        inner.varint(3, 1)
        var outer = FieldWriter()
        outer.fixed32(1, 7)
        outer.message(2, inner, gap: data.count)
        outer.varint(3, 2)

        var innerWhole = FieldWriter()
        innerWhole.varint(1, 300)
        innerWhole.bytes(2, data.span)
        innerWhole.varint(3, 1)
        var whole = FieldWriter()
        whole.fixed32(1, 7)
        whole.bytes(2, innerWhole.bytes.span)
        whole.varint(3, 2)

        #expect(inner.head.array + data + inner.tail.array == innerWhole.bytes)
        #expect(outer.head.array + data + outer.tail.array == whole.bytes)
        #expect(whole.head.array == whole.bytes && whole.tail.array.isEmpty)
        outer.removeAll()
        #expect(outer.head.array.isEmpty && outer.tail.array.isEmpty)
    }
}

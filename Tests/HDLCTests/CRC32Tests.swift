import HDLC
import Testing

@Suite("CRC-32")
struct CRC32Tests {
    @Test("The check value of the nine digits")
    func checkValue() {
        var crc = CRC32()
        crc.update(Array("123456789".utf8).span)
        #expect(crc.value == 0xCBF4_3926)
    }

    /// If the processor can, long messages are reduced by multiplication, in blocks of 16 and 64 bytes.
    @Test(
        "Messages of all lengths, at all places in memory, in one piece, in two, and byte by byte",
        arguments: 0..<16)
    func lengths(start: Int) {
        let bytes = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 197 ^ $0 >> 3) }
        for count in 0...300 {
            let expected = Self.remainder(bytes[start..<start + count])
            var whole = CRC32()
            whole.update(bytes.span.extracting(start..<start + count))
            var halves = CRC32()
            halves.update(bytes.span.extracting(start..<start + count / 3))
            halves.update(bytes.span.extracting(start + count / 3..<start + count))
            var byteByByte = CRC32()
            for byte in bytes[start..<start + count] { byteByByte.update(byte) }
            let values = [whole.value, halves.value, byteByByte.value]
            #expect(values == [expected, expected, expected], "\(count) bytes from \(start)")
        }
    }

    /// The remainder of the division by the polynomial, bit by bit.
    private static func remainder(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var register: UInt32 = .max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        return ~register
    }
}

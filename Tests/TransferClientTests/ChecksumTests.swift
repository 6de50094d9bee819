import Testing
import TransferClient

@Suite struct ChecksumTests {
    /// The values are the check values of the catalogue of CRC algorithms, and of RFC 1950. The sum is 9 * 0x35.
    @Test(arguments: [
        (ChecksumAlgorithm.crc32, 0xCBF4_3926 as UInt64), (.crc32c, 0xE306_9283), (.adler32, 0x091E_01DE),
        (.crc16CCITT, 0x29B1), (.sum, 0x1DD),
    ])
    func checkValue(algorithm: ChecksumAlgorithm, expected: UInt64) {
        let digits = Array("123456789".utf8)
        var whole = Checksum(algorithm)
        whole.update(digits.span)
        #expect(whole.value == expected)
        var pieces = Checksum(algorithm)
        for digit in digits { pieces.update([digit].span) }
        #expect(pieces.value == expected)
    }

    /// These sums overflow unless they are reduced in time. The expected ones are reduced after each byte.
    @Test func adlerOfManyLargeBytes() {
        var low: UInt64 = 1
        var high: UInt64 = 0
        for _ in 0..<100_000 {
            low = (low + 255) % 65521
            high = (high + low) % 65521
        }
        var checksum = Checksum(.adler32)
        checksum.update([UInt8](repeating: 255, count: 100_000).span)
        #expect(checksum.value == high << 16 | low)
    }
}

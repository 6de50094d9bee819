internal import CHDLC

/// The frame check sequence of HDLC frames: CRC-32 as in Ethernet and zlib.
///
/// Reflected polynomial `EDB88320`, initial value and final exclusive-or `FFFFFFFF`; the check value of the nine
/// digits "123456789" is `CBF43926`.
package struct CRC32: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    /// A checksum of no bytes yet.
    package init() {}

    /// The checksum of all bytes given so far.
    package var value: UInt32 { ~state }

    /// Adds one byte.
    package mutating func update(_ byte: UInt8) {
        state = (state >> 8) ^ Self.tables[Int((state ^ UInt32(byte)) & 0xFF)]
    }

    /// Adds bytes.
    package mutating func update(_ bytes: Span<UInt8>) {
        var folded = InlineArray<16, UInt8>(repeating: 0)
        let count = Self.fold(bytes, from: state, into: &folded)
        guard count > 0 else { return updateByTables(bytes) }
        state = 0
        updateByTables(folded.span)
        updateByTables(bytes.extracting(droppingFirst: count))
    }

    /// Replaces the beginning of a long message by 16 bytes with the same effect. They include `state`, so the checksum
    /// goes on from a state of 0.
    ///
    /// - Returns: how many bytes were replaced; 0 if the processor lacks the instructions, or the message is short.
    private static func fold(
        _ bytes: Span<UInt8>, from state: UInt32, into folded: inout InlineArray<16, UInt8>
    ) -> Int {
        var target = folded.mutableSpan
        return target.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBufferPointer { chdlc_fold(state, $0.baseAddress, $0.count, target.baseAddress) }
        }
    }

    /// Adds bytes, eight at a time ("slicing by 8").
    private mutating func updateByTables(_ bytes: Span<UInt8>) {
        var crc = state
        var index = 0
        let table = Self.tables.span
        let raw = bytes.bytes
        while index &+ 8 <= raw.byteCount {
            let low = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndianValue ^ crc
            let high = raw.unsafeLoadUnaligned(fromByteOffset: index &+ 4, as: UInt32.self).littleEndianValue
            crc =
                table[1792 &+ Int(low & 0xFF)] ^ table[1536 &+ Int((low >> 8) & 0xFF)]
                ^ table[1280 &+ Int((low >> 16) & 0xFF)] ^ table[1024 &+ Int(low >> 24)]
                ^ table[768 &+ Int(high & 0xFF)] ^ table[512 &+ Int((high >> 8) & 0xFF)]
                ^ table[256 &+ Int((high >> 16) & 0xFF)] ^ table[Int(high >> 24)]
            index &+= 8
        }
        while index < bytes.count {
            crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index &+= 1
        }
        state = crc
    }

    /// Eight tables of 256 entries, one behind the other: `tables[256 * k + b]` is the effect of byte `b`
    /// followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1
            }
            tables[byte] = crc
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}

extension UInt32 {
    /// The number whose bytes in memory, least significant first, are those of `self`.
    fileprivate var littleEndianValue: UInt32 { UInt32(littleEndian: self) }
}

extension Span<UInt8> {
    /// The index of the first flag or escape byte at or behind `start`; `count` if there is none.
    func firstSpecialByte(from start: Int) -> Int {
        firstIndex(from: start) { word in
            Self.zeroBytes(word ^ Self.flags) | Self.zeroBytes(word ^ Self.escapes)
        }
    }

    /// The index of the first flag at or behind `start`; `count` if there is none.
    func firstFlag(from start: Int) -> Int {
        firstIndex(from: start) { word in Self.zeroBytes(word ^ Self.flags) }
    }

    /// The index of the first escape byte at or behind `start`; `count` if there is none.
    func firstEscape(from start: Int) -> Int {
        firstIndex(from: start) { word in Self.zeroBytes(word ^ Self.escapes) }
    }

    private static var flags: UInt64 { 0x0101_0101_0101_0101 &* UInt64(FrameFormat.flag) }
    private static var escapes: UInt64 { 0x0101_0101_0101_0101 &* UInt64(FrameFormat.escape) }

    /// Bit 7 set in the lowest byte of `word` that is zero, and in no lower one; 0 if no byte is zero.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// Eight bytes at a time; `marks` sets bit 7 of a byte of its result where the byte is one sought.
    @inline(__always)
    private func firstIndex(from start: Int, where marks: (UInt64) -> UInt64) -> Int {
        let raw = bytes
        var index = start
        while index &+ 8 <= raw.byteCount {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let found = marks(word)
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < raw.byteCount {
            if marks(UInt64(self[index]) | Self.padding) != 0 { return index }
            index &+= 1
        }
        return raw.byteCount
    }

    /// Seven bytes that are never sought, above the last bytes of a span.
    private static var padding: UInt64 { 0x0101_0101_0101_0100 }
}

extension [UInt8] {
    /// Appends the bytes of a span in one copy.
    package mutating func append(copying bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

extension TokenDatabaseBuilder {
    private static let magic = Array("TOKENS\0\0".utf8)
    private static let headSize = 16
    private static let entrySize = 8

    /// Whether the bytes begin like a binary database.
    static func isBinary(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= magic.count && magic.indices.allSatisfy { bytes[$0] == magic[$0] }
    }

    /// Adds the entries of a binary database: a head, the tokens, then the strings in the same order.
    public mutating func add(binary bytes: Span<UInt8>) throws(TokenDatabaseError) {
        guard Self.isBinary(bytes) else { throw .unknownFormat }
        guard bytes.count >= Self.headSize else { throw .truncated }
        let count = Int(bytes.littleEndian(at: 8))
        guard count <= (bytes.count - Self.headSize) / Self.entrySize else { throw .truncated }
        var start = Self.headSize + count * Self.entrySize
        for index in 0..<count {
            let place = Self.headSize + index * Self.entrySize
            var end = start
            while end < bytes.count, bytes[end] != 0 { end += 1 }
            guard end < bytes.count else { throw .truncated }
            try add(
                token: bytes.littleEndian(at: place), domain: [UInt8]().span,
                string: bytes.extracting(start..<end),
                removed: TokenEntry.RemovalDate(
                    year: UInt16(bytes[place + 6]) | UInt16(bytes[place + 7]) << 8, month: bytes[place + 5],
                    day: bytes[place + 4]))
            start = end + 1
        }
    }
}

extension Span<UInt8> {
    /// The number in the four bytes at a place, least significant first. The bytes must be in the span.
    func littleEndian(at place: Int) -> UInt32 {
        (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(self[place + $1]) }
    }
}

extension TokenDatabaseBuilder {
    private static let entryMagic: UInt32 = 0xBAA9_8DEE
    private static let entryHeadSize = 16

    /// Adds the entries of a section `.pw_tokenizer.entries`. An entry is a magic number, a token, the lengths of
    /// domain and string with their NUL, the domain, and the string.
    package mutating func add(section bytes: Span<UInt8>) throws(TokenDatabaseError) {
        var place = 0
        while bytes.count - place >= Self.entryHeadSize {
            let domainSize = Int(bytes.littleEndian(at: place + 8))
            let stringSize = Int(bytes.littleEndian(at: place + 12))
            let domainStart = place + Self.entryHeadSize
            guard bytes.littleEndian(at: place) == Self.entryMagic, domainSize > 0, stringSize > 0,
                domainSize + stringSize <= bytes.count - domainStart
            else { throw .damagedEntry(offset: place) }
            let stringStart = domainStart + domainSize
            let end = stringStart + stringSize
            guard bytes[stringStart - 1] == 0, bytes[end - 1] == 0 else { throw .damagedEntry(offset: place) }
            try add(
                token: bytes.littleEndian(at: place + 4),
                domain: bytes.extracting(domainStart..<stringStart - 1),
                string: bytes.extracting(stringStart..<end - 1), removed: nil)
            place = end
        }
    }

    /// Adds the entries of a whole file in any of the formats.
    ///
    /// - Parameters:
    ///   - size: how many bytes the file has.
    ///   - read: reads a part within this size; `nil` or fewer bytes if the file does not have this part any more.
    /// - Returns: how many rows of a CSV file were left out because they are no entries.
    public mutating func add(
        fileOf size: UInt64, read: (Range<UInt64>) -> [UInt8]?
    ) throws(TokenDatabaseError) -> Int {
        guard let head = read(0..<min(size, 16)) else { throw .truncated }
        if ELFFile.isELF(head.span) {
            let file = try ELFFile(size: size, read: read)
            let sections = file.sections.filter { Self.holdsTokens($0.name) }
            guard !sections.isEmpty else { throw .noTokenSection }
            for section in sections {
                let contents = try ELFFile.contents(of: section.range, size: size, read: read)
                try add(section: contents.span)
            }
            return 0
        }
        guard size <= UInt64(Self.maximumSize) else { throw .tooLarge }
        guard let bytes = read(0..<size), bytes.count == Int(size) else { throw .truncated }
        guard !Self.isBinary(bytes.span) else {
            try add(binary: bytes.span)
            return 0
        }
        return try add(csv: bytes.span)
    }

    /// Whether a section of this name holds entries; in object files a number follows the name.
    static func holdsTokens(_ name: [UInt8]) -> Bool {
        let wanted = Array(".pw_tokenizer.entries".utf8)
        for start in name.indices where name[start...].starts(with: wanted) {
            let before = name[..<start]
            let after = name[(start + wanted.count)...]
            let isNumber = after.first == UInt8(ascii: ".") && after.count > 1
            guard before.allSatisfy({ isWordByte($0) || $0 == UInt8(ascii: ".") }),
                after.isEmpty
                    || isNumber
                        && after.dropFirst().allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: "_") })
            else { continue }
            return true
        }
        return false
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
    }
}

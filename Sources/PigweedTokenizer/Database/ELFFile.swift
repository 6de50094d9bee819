/// The sections of an ELF file, of either class and byte order.
struct ELFFile {
    struct Section {
        var name: [UInt8]
        var range: Range<UInt64>
    }

    /// The sections that have contents in the file.
    let sections: [Section]

    private static let noContents: UInt32 = 8
    private static let extendedIndex: UInt64 = 0xFFFF

    static func isELF(_ bytes: Span<UInt8>) -> Bool {
        let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]
        return bytes.count >= 16 && magic.indices.allSatisfy { bytes[$0] == magic[$0] }
    }

    init(size: UInt64, read: (Range<UInt64>) -> [UInt8]?) throws(TokenDatabaseError) {
        guard let identification = read(0..<min(size, 16)), identification.count == 16,
            (1...2).contains(identification[4]), (1...2).contains(identification[5])
        else { throw .truncated }
        let form = Form(is64Bit: identification[4] == 2, isBigEndian: identification[5] == 2)
        let head = try Self.bytes(0, form.headSize, of: size, read)
        let table = form.word(head, at: form.is64Bit ? 0x28 : 0x20)
        let headerSize = form.number(head, at: form.is64Bit ? 0x3A : 0x2E, bytes: 2)
        var count = form.number(head, at: form.is64Bit ? 0x3C : 0x30, bytes: 2)
        var namesIndex = form.number(head, at: form.is64Bit ? 0x3E : 0x32, bytes: 2)
        guard table > 0 else {
            sections = []
            return
        }
        guard headerSize >= UInt64(form.sectionHeaderSize) else { throw .truncated }
        let first = try Self.bytes(table, Int(headerSize), of: size, read)
        if count == 0 { count = form.word(first, at: form.is64Bit ? 32 : 20) }
        if namesIndex == Self.extendedIndex {
            namesIndex = form.number(first, at: form.is64Bit ? 40 : 24, bytes: 4)
        }
        guard count <= UInt64(TokenDatabaseBuilder.maximumSize) / headerSize else { throw .tooLarge }
        guard namesIndex < count else { throw .truncated }
        let headers = try Self.bytes(table, Int(count * headerSize), of: size, read)
        let names = try Self.contents(
            of: form.range(of: Int(namesIndex * headerSize), in: headers), size: size, read: read)

        var sections: [Section] = []
        for place in stride(from: 0, to: headers.count, by: Int(headerSize)) {
            guard form.number(headers, at: place + 4, bytes: 4) != UInt64(Self.noContents) else { continue }
            let start = min(Int(form.number(headers, at: place, bytes: 4)), names.count)
            // No wanted name is longer than 256 bytes. The limit keeps a table of names without an end from costing
            // time.
            let name = names[start...].prefix(256).prefix { $0 != 0 }
            guard let range = form.range(of: place, in: headers) else { continue }
            sections.append(Section(name: Array(name), range: range))
        }
        self.sections = sections
    }

    private static func bytes(
        _ start: UInt64, _ count: Int, of size: UInt64, _ read: (Range<UInt64>) -> [UInt8]?
    ) throws(TokenDatabaseError) -> [UInt8] {
        let (end, overflow) = start.addingReportingOverflow(UInt64(count))
        return try contents(of: overflow ? nil : start..<end, size: size, read: read)
    }

    /// The bytes in a part of a file of `size` bytes.
    ///
    /// - Parameter range: the part; `nil` if its end exceeds 64 bits.
    static func contents(
        of range: Range<UInt64>?, size: UInt64, read: (Range<UInt64>) -> [UInt8]?
    ) throws(TokenDatabaseError) -> [UInt8] {
        guard let range, range.upperBound <= size else { throw .truncated }
        guard range.upperBound - range.lowerBound <= UInt64(TokenDatabaseBuilder.maximumSize) else {
            throw .tooLarge
        }
        guard let bytes = read(range), bytes.count == range.count else { throw .truncated }
        return bytes
    }

    /// The width and byte order of the numbers in the file, and the layout of its tables.
    private struct Form {
        let is64Bit: Bool
        let isBigEndian: Bool

        var headSize: Int { is64Bit ? 64 : 52 }
        var sectionHeaderSize: Int { is64Bit ? 64 : 40 }

        /// The number in `count` bytes, which must be in the array.
        func number(_ bytes: [UInt8], at place: Int, bytes count: Int) -> UInt64 {
            let field = bytes[place..<place + count]
            return isBigEndian
                ? field.reduce(0) { $0 << 8 | UInt64($1) }
                : field.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        /// The number in 8 bytes in a file of 64 bits, otherwise in 4.
        func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
            number(bytes, at: place, bytes: is64Bit ? 8 : 4)
        }

        /// The place of a section's contents in the file, from its header; `nil` if the end exceeds 64 bits.
        func range(of header: Int, in headers: [UInt8]) -> Range<UInt64>? {
            let start = word(headers, at: header + (is64Bit ? 24 : 16))
            let (end, overflow) = start.addingReportingOverflow(
                word(headers, at: header + (is64Bit ? 32 : 20)))
            return overflow ? nil : start..<end
        }
    }
}

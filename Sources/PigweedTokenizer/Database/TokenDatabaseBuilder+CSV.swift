extension TokenDatabaseBuilder {
    /// Adds the rows of a CSV database. The columns are token, date of removal, domain and string; older files have no
    /// domain.
    ///
    /// - Returns: how many rows were left out because they are no entries.
    public mutating func add(csv bytes: Span<UInt8>) throws(TokenDatabaseError) -> Int {
        guard bytes.isEmpty || Self.isCSV(bytes) else { throw .unknownFormat }
        var reader = CSVReader()
        var skipped = 0
        while reader.readRow(in: bytes) {
            if reader.fieldCount == 0 { continue }
            if try !add(reader) { skipped += 1 }
        }
        return skipped
    }

    /// Whether the bytes may begin a CSV database: the first eight must be the digits of a token.
    static func isCSV(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 8 && (0..<8).allSatisfy { ASCII.value(bytes[$0]) != nil }
    }

    private mutating func add(_ row: CSVReader) throws(TokenDatabaseError) -> Bool {
        guard row.fieldCount == 3 || row.fieldCount == 4, let token = ASCII.number(row.word(0), base: 16)
        else {
            return false
        }
        let date = Array(row.word(1))
        let removed = Self.date(date)
        guard date.isEmpty || removed != nil else { return false }
        let domain = row.fieldCount == 4 ? Array(row.field(2)) : []
        try add(
            token: token, domain: domain.span, string: Array(row.field(row.fieldCount - 1)).span,
            removed: removed)
        return true
    }

    /// A date from a text such as 2026-01-31.
    private static func date(_ text: [UInt8]) -> TokenEntry.RemovalDate? {
        guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = ASCII.number(text[0..<4], base: 10), let month = ASCII.number(text[5..<7], base: 10),
            let day = ASCII.number(text[8..<10], base: 10)
        else { return nil }
        return TokenEntry.RemovalDate(year: UInt16(year), month: UInt8(month), day: UInt8(day))
    }
}

/// Reads rows in the form of RFC 4180. Like Python's reader, it also takes quotes in places where the RFC forbids them.
private struct CSVReader {
    private var position = 0
    private var bytes: [UInt8] = []
    /// The ends of the fields in ``bytes``.
    private var ends: [Int] = []

    var fieldCount: Int { ends.count }

    func field(_ index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// A field without the white space around it.
    func word(_ index: Int) -> ArraySlice<UInt8> {
        var word = field(index)
        while let first = word.first, ASCII.isWhitespace(first) { word.removeFirst() }
        while let last = word.last, ASCII.isWhitespace(last) { word.removeLast() }
        return word
    }

    /// Reads the next row, which has no fields if its line is empty; `false` at the end.
    mutating func readRow(in input: Span<UInt8>) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        guard position < input.count else { return false }
        if endLine(in: input) { return true }
        while position < input.count {
            readField(in: input)
            ends.append(bytes.count)
            guard position < input.count, input[position] == UInt8(ascii: ",") else { break }
            position += 1
            if position == input.count { ends.append(bytes.count) }
        }
        _ = endLine(in: input)
        return true
    }

    private mutating func readField(in input: Span<UInt8>) {
        if position < input.count, input[position] == UInt8(ascii: "\"") { readQuoted(in: input) }
        while position < input.count, ![UInt8(ascii: ","), 0x0A, 0x0D].contains(input[position]) {
            bytes.append(input[position])
            position += 1
        }
    }

    private mutating func readQuoted(in input: Span<UInt8>) {
        position += 1
        while position < input.count {
            let byte = input[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < input.count, input[position] == UInt8(ascii: "\"") else { return }
                position += 1
            }
            bytes.append(byte)
        }
    }

    /// Skips the end of a line; `false` if there is none at the position.
    private mutating func endLine(in input: Span<UInt8>) -> Bool {
        guard position < input.count, input[position] == 0x0A || input[position] == 0x0D else { return false }
        let isReturn = input[position] == 0x0D
        position += 1
        if isReturn, position < input.count, input[position] == 0x0A { position += 1 }
        return true
    }
}

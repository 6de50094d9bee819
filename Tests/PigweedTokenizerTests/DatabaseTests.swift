import PigweedTokenizer
import Testing

@Suite struct DatabaseTests {
    private func database(csv text: String) throws -> (TokenDatabase, skipped: Int) {
        var builder = TokenDatabaseBuilder()
        let skipped = try builder.add(csv: Array(text.utf8).span)
        return (builder.build(), skipped)
    }

    @Test func bothFormsOfCSV() throws {
        let (database, skipped) = try database(
            csv: #"""
                00000001,          ,"first, with ""quotes"""
                0000000a,2020-02-29,"do main","of
                two lines"
                0000000B,,,plain\#r

                no token,,"x"
                0000000c,2021-02-29,"","a day that is none"
                0000000d,"",""
                """#)
        #expect(skipped == 2)
        #expect(database.count == 4)
        #expect(database.entries(of: 1) == [TokenEntry(token: 1, string: #"first, with "quotes""#)])
        #expect(
            database.entries(of: 10) == [
                TokenEntry(
                    token: 10, domain: "domain", string: "of\ntwo lines",
                    removed: TokenEntry.RemovalDate(year: 2020, month: 2, day: 29))
            ])
        #expect(database.entries(of: 11, domain: "").map(\.string) == ["plain"])
        #expect(database.entries(of: 13).map(\.string) == [""])
        #expect(database.entries(of: 2).isEmpty)
        #expect(database.entries(of: 10, domain: "").isEmpty)
    }

    @Test func anEntryIsThereOnce() throws {
        let (database, _) = try database(
            csv: """
                00000001,2020-01-01,"","removed twice"
                00000001,2021-01-01,"","removed twice"
                00000002,2021-01-01,"","came back"
                00000002,,"","came back"
                00000003,,"a","in two domains"
                00000003,,"b","in two domains"
                """)
        #expect(database.count == 4)
        #expect(database.entries(of: 1)[0].removed == TokenEntry.RemovalDate(year: 2021, month: 1, day: 1))
        #expect(database.entries(of: 2)[0].removed == nil)
        #expect(database.entries(of: 3).map(\.domain) == ["a", "b"])
    }

    @Test func textThatIsNoDatabase() {
        #expect(throws: TokenDatabaseError.unknownFormat) {
            try database(csv: "# Read me\n\nThis is a text.\n")
        }
        #expect(throws: TokenDatabaseError.unknownFormat) { try database(csv: "0001") }
    }

    @Test func binary() throws {
        let head = Array("TOKENS\0\0".utf8) + [2, 0, 0, 0, 0, 0, 0, 0]
        let entries: [UInt8] = [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0x80, 31, 1, 0xE4, 0x07]
        let file = head + entries + Array("one\0two %d\0".utf8)
        var builder = TokenDatabaseBuilder()
        try builder.add(binary: file.span)
        let database = builder.build()
        #expect(database.entries(of: 1) == [TokenEntry(token: 1, string: "one")])
        #expect(
            database.entries(of: 0x8000_0002) == [
                TokenEntry(
                    token: 0x8000_0002, string: "two %d",
                    removed: TokenEntry.RemovalDate(year: 2020, month: 1, day: 31))
            ])
        for count in 8..<file.count {
            #expect(throws: TokenDatabaseError.truncated) {
                try builder.add(binary: Array(file.prefix(count)).span)
            }
        }
    }

    @Test func sectionOfAnELFFile() throws {
        func entry(_ token: UInt8, _ domain: String, _ string: String) -> [UInt8] {
            let sizes = [UInt8(domain.utf8.count + 1), 0, 0, 0, UInt8(string.utf8.count + 1), 0, 0, 0]
            return [0xEE, 0x8D, 0xA9, 0xBA, token, 0, 0, 0] + sizes + Array("\(domain)\0\(string)\0".utf8)
        }
        let section = entry(1, "", "one") + entry(2, "d", "%s")
        var builder = TokenDatabaseBuilder()
        try builder.add(section: section.span)
        #expect(builder.build().entries(of: 2) == [TokenEntry(token: 2, domain: "d", string: "%s")])

        #expect(throws: TokenDatabaseError.damagedEntry(offset: 21)) {
            try builder.add(section: Array(section.prefix(21) + [UInt8](repeating: 0, count: 20)).span)
        }
        #expect(throws: TokenDatabaseError.damagedEntry(offset: 0)) {
            try builder.add(section: Array(section.prefix(19)).span)
        }
    }

    /// An ELF file of 64 bits, whose section of entries begins at `offset` and has a byte.
    private func elfFile(entriesAt offset: UInt64) -> [UInt8] {
        let names = Array("\0.pw_tokenizer.entries\0".utf8)
        func number(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        func header(name: UInt64, offset: UInt64, size: Int) -> [UInt8] {
            number(name, 4) + number(1, 4) + number(0, 16) + number(offset, 8) + number(UInt64(size), 8)
                + number(0, 24)
        }
        let identification: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1] + [UInt8](repeating: 0, count: 10)
        let table = number(64 + UInt64(names.count), 8)
        return identification + number(0, 24) + table + number(0, 10) + number(64, 2) + number(2, 2)
            + number(0, 2)
            + names + header(name: 0, offset: 64, size: names.count)
            + header(name: 1, offset: offset, size: 1)
    }

    @Test(arguments: [1 << 20, 1 << 63, UInt64.max - 1])
    func aSectionBeyondTheEndOfAnELFFile(offset: UInt64) {
        let file = elfFile(entriesAt: offset)
        var builder = TokenDatabaseBuilder()
        #expect(throws: TokenDatabaseError.truncated) {
            try builder.add(fileOf: UInt64(file.count)) { range in
                Array(file[Int(range.lowerBound)..<Int(range.upperBound)])
            }
        }
    }

    @Test func aStringThatIsTooLarge() {
        var builder = TokenDatabaseBuilder()
        let string = String(repeating: "a", count: TokenDatabaseBuilder.maximumStringSize + 1)
        #expect(throws: TokenDatabaseError.tooLarge) { try builder.add(TokenEntry(token: 1, string: string)) }
    }
}

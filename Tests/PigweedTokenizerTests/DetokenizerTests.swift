import Testing

@testable import PigweedTokenizer

@Suite struct DetokenizerTests {
    @Test(
        arguments: [
            ("%d", [0x03], "-2"), ("%5u|", [0x02], "    1|"), ("%x", [0x01], "ffffffff"),
            ("%llx", [0x01], "ffffffffffffffff"), ("%#06x", [0xFE, 0x03], "0x00ff"), ("%o", [0x10], "10"),
            ("%.1f", [0, 0, 0xC0, 0x3F], "1.5"), ("%g", [0, 0, 0x80, 0xFF], "-inf"),
            ("%c%c", [0x82, 0x01, 0x84, 0x01], "AB"),
            ("%s!", [2, 0x68, 0x69], "hi!"), ("%s!", [0x82, 0x68, 0x69], "hi[...]!"),
            ("%p", [0x20], "0x00000010"),
            ("%*d", [0x08, 0x02], "   1"), ("100%%", [], "100%"), ("%z is none", [], "%z is none"),
        ] as [(String, [UInt8], String)])
    func arguments(format: String, arguments: [UInt8], text: String) throws {
        let result = try detokenizer(format).detokenize(message(1, arguments))
        #expect(result.text == text)
        #expect(result.candidates[0].isComplete)
    }

    @Test func missingArgumentsAndThoseTooMany() throws {
        let detokenizer = try detokenizer("%d of %s, %u")
        #expect(detokenizer.detokenize(message(1, [2])).text == "1 of <[%s MISSING]>, <[%u SKIPPED]>")
        #expect(
            detokenizer.detokenize(message(1, [2, 5, 0x61])).text == "1 of <[%s ERROR (a)]>, <[%u SKIPPED]>")
        let tooMany = detokenizer.detokenize(message(1, [2, 1, 0x61, 4, 0xAB, 1]))
        #expect(tooMany.text == "1 of a, 2<[2 MORE BYTES (ab01)]>")
        #expect(!tooMany.candidates[0].isComplete)
    }

    @Test func widthsThatTheDeviceChose() throws {
        let huge: [UInt8] = [0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x02]
        #expect(
            try detokenizer("%*d").detokenize(message(1, huge)).text == "<[%*d ERROR ((2147483647, 1))]>")
        #expect(
            try detokenizer("%99999d").detokenize(message(1, [2])).text?.hasPrefix("<[%99999d ERROR]>")
                == true)
        let lowest = [UInt8](repeating: 0xFF, count: 9) + [0x01, 0x02]
        #expect(
            try detokenizer("%*p").detokenize(message(1, lowest)).text
                == "<[%*p ERROR ((-9223372036854775810, 1))]>")
    }

    @Test func aCollisionThatTheArgumentsDecide() throws {
        let entries = [TokenEntry(token: 1, string: "no arguments"), TokenEntry(token: 1, string: "one: %d")]
        let result = try detokenizer(entries: entries).detokenize(message(1, [2]))
        #expect(result.text == "one: 1")
        #expect(result.candidates.map(\.entry.string) == ["one: %d", "no arguments"])
    }

    @Test func aCollisionIsNotGuessed() throws {
        let removed = TokenEntry.RemovalDate(year: 2020, month: 1, day: 1)
        let entries = [
            TokenEntry(token: 1, string: "old", removed: removed), TokenEntry(token: 1, string: "present"),
            TokenEntry(token: 1, domain: "other", string: "%d"),
        ]
        let result = try detokenizer(entries: entries).detokenize(message(1))
        #expect(result.text == nil)
        #expect(result.undecodedText == "$AQAAAA==")
        #expect(result.candidates.map(\.text) == ["present", "old", "<[%d MISSING]>"])
    }

    @Test func unknownAndShortMessages() throws {
        let detokenizer = try detokenizer("one")
        #expect(detokenizer.detokenize(message(9)).text == nil)
        #expect(detokenizer.detokenize(message(9)).token == 9)
        #expect(detokenizer.detokenize([1]).text == "one")
        #expect(detokenizer.detokenize([]).token == nil)
    }

    @Test func tokensInText() throws {
        let detokenizer = try detokenizer(
            entries: [
                TokenEntry(token: 1, string: "inner"), TokenEntry(token: 2, string: "outer($AQAAAA==)"),
                TokenEntry(token: 0xABCD, domain: "enum", string: "RED"),
                TokenEntry(token: 3, string: "enum"),
            ])
        func text(_ text: String) -> String { detokenizer.detokenize(text: text).text }
        #expect(text("I $AgAAAA== and $#00000001.") == "I outer(inner) and inner.")
        #expect(text("${enum}#0000abcd ${ e num }16#0000ABCD ${enum}10#0000043981") == "RED RED RED")
        #expect(text("${$#00000003}#0000abcd") == "RED")
        #expect(text("$8#00000000001") == "inner")
        #expect(text("costs $5, $HOME $ $$ ${x}") == "costs $5, $HOME $ $$ ${x}")
        #expect(detokenizer.detokenize(text: "$HOME $#0000abcd").unresolved.map(\.token) == [0xABCD])
    }

    @Test func fieldsOfTokensOrText() throws {
        let detokenizer = try detokenizer("one")
        #expect(detokenizer.detokenize(field: message(1)).text == "one")
        #expect(detokenizer.detokenize(field: Array("boot: $AQAAAA==".utf8)).text == "boot: one")
        #expect(detokenizer.detokenize(field: Array("Motor größer".utf8)).text == "Motor größer")
        let unknown = detokenizer.detokenize(field: [0xFF, 0, 0, 0])
        #expect(unknown.text == "$/wAAAA==")
        #expect(unknown.unresolved.count == 1)
    }

    @Test func textThatExpandsWithoutEnd() throws {
        let string = String(repeating: "$AQAAAA==", count: 50)
        let text = try detokenizer(string).detokenize(text: "$AQAAAA==").text
        #expect(text.utf8.count <= 64 << 10)
    }

    @Test func fieldsOfAText() {
        let fields = LogFields("■msg♦Ready ■5♦ go■module♦BOOT■file♦main.cc")
        #expect(fields.message == "Ready ■5♦ go")
        #expect(fields["module"] == "BOOT")
        #expect(fields["file"] == "main.cc")
        #expect(LogFields("text ■msg♦x").message == "text ■msg♦x")
        #expect(LogFields("").message == "")
    }
}

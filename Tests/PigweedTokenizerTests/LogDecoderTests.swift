import Testing

@testable import PigweedTokenizer

@Suite struct LogDecoderTests {
    private static let metadata: [UInt8] = [0x24, 0x03, 0x11, 0]

    private func decoder() throws -> LogDecoder {
        LogDecoder(
            try detokenizer(
                entries: [
                    TokenEntry(token: 0xF001, string: "■msg♦Count %d■file♦a.cc"),
                    TokenEntry(token: 0x11, domain: "modules", string: "RADIO"),
                    TokenEntry(token: 0xF002, domain: "a", string: "one"),
                    TokenEntry(token: 0xF002, domain: "b", string: "other"),
                ]
            ).database)
    }

    @Test func aMessageBehindItsMetadata() throws {
        var decoder = try decoder()
        let messages = decoder.decode(frame: Self.metadata + message(0xF001, [6]))
        #expect(
            messages == [
                LogMessage(text: "Count 3", level: .error, module: "RADIO", file: "a.cc", line: 100)
            ])
        // Level 4, line 1234, flags 2, and a module that the database lacks.
        #expect(
            decoder.decode(frame: [0x94, 0xA6, 0xCD, 0xAB] + message(0xF001, [6])) == [
                LogMessage(text: "Count 3", level: .error, file: "a.cc", line: 1234)
            ])
        #expect(decoder.unknownCount == 0)
    }

    @Test func aMessageWithoutMetadata() throws {
        var decoder = try decoder()
        #expect(
            decoder.decode(frame: message(0xF001, [6])) == [LogMessage(text: "Count 3", file: "a.cc")])
    }

    @Test func textInAFrame() throws {
        var decoder = try decoder()
        let messages = decoder.decode(frame: Array("Motor größer\r\n\u{1B}[1mon: $AfAAAAY=\n".utf8))
        #expect(messages.map(\.text) == ["Motor größer", "\u{1B}[1mon: ■msg♦Count 3■file♦a.cc"])
        #expect(decoder.decode(text: []).isEmpty)
    }

    @Test func unknownTokensAreCounted() throws {
        var decoder = try decoder()
        for token: UInt32 in [0xF003, 0xF003, 0xF004] {
            let messages = decoder.decode(frame: Self.metadata + message(token))
            #expect(messages.count == 1)
            #expect(messages[0].text.hasPrefix("$JAMRA"))
        }
        #expect(decoder.unknownCount == 3)
        #expect(decoder.unknownTokens == [0xF003, 0xF004])
    }

    @Test func collisionsAreNoUnknownTokens() throws {
        var decoder = try decoder()
        #expect(decoder.decode(text: Array("$AvAAAA==".utf8)).map(\.text) == ["$AvAAAA=="])
        #expect(decoder.unknownCount == 0)
        #expect(decoder.takeCollisions().map { $0.candidates.map(\.text) } == [["one", "other"]])
        #expect(decoder.takeCollisions().isEmpty)
    }

    @Test func withoutADatabaseTextStaysAsItIs() {
        var decoder = LogDecoder(TokenDatabase())
        #expect(decoder.decode(frame: Array("a $AQAAAA==\nb".utf8)).map(\.text) == ["a $AQAAAA==", "b"])
        #expect(decoder.decode(frame: [0xFF, 0x61]).map(\.text) == ["\u{FFFD}a"])
    }
}

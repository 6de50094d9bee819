import ProtobufWire
import Testing

@testable import PigweedTokenizer

/// The messages of `pw.log.Logs.Listen`.
@Suite struct LogEntriesTests {
    private func decoder() throws -> LogDecoder {
        LogDecoder(
            try detokenizer(
                entries: [
                    TokenEntry(token: 0xF001, string: "■msg♦Count %d■module♦APP■file♦a.cc"),
                    TokenEntry(token: 0xF002, string: "no room"),
                    TokenEntry(token: 0xF003, string: "RADIO"),
                ]
            ).database)
    }

    private func text(_ text: String, level: UInt32 = 0) -> LogEntry {
        var entry = LogEntry()
        entry.message = Array(text.utf8)
        entry.lineAndLevel = level
        return entry
    }

    private func dropped(_ count: UInt32, _ reason: [UInt8] = []) -> LogEntry {
        var entry = LogEntry()
        entry.dropped = count
        entry.message = reason
        return entry
    }

    private func payload(_ entries: [LogEntry], from number: UInt32 = 0) -> [UInt8] {
        var writer = FieldWriter()
        LogEntries(entries, from: number).encode(into: &writer)
        return writer.bytes
    }

    @Test func tokensAndTexts() throws {
        var decoder = try decoder()
        var entry = LogEntry()
        entry.message = message(0xF001, [6])
        entry.lineAndLevel = 100 << 3 | 4
        var other = text("plain $AfAAAAY=", level: 2)
        other.module = message(0xF003)
        other.file = Array("b.cc".utf8)
        let messages = decoder.decode(entries: payload([entry, other]))
        #expect(
            messages == [
                LogMessage(text: "Count 3", level: .error, module: "APP", file: "a.cc", line: 100),
                LogMessage(
                    text: "plain ■msg♦Count 3■module♦APP■file♦a.cc", level: .info, module: "RADIO",
                    file: "b.cc"),
            ])
        #expect(decoder.lostCount == 0)
        #expect(decoder.unknownCount == 0)
    }

    @Test func threadAndTime() throws {
        var decoder = try decoder()
        var first = text("a")
        first.time = .sinceLastEntry(5)
        var second = text("b")
        second.time = .ticks(-1000)
        second.thread = message(0xF003)
        var lost = dropped(1)
        lost.time = .sinceLastEntry(3)
        var third = text("c")
        third.time = .sinceLastEntry(20)
        third.thread = Array("idle".utf8)
        let messages = decoder.decode(entries: payload([first, second, lost, third, text("d")]))
        // Nobody knows the time of the entry before the first one.
        #expect(messages.map(\.ticks) == [nil, -1000, nil, -977, nil])
        #expect(messages.map(\.thread) == [nil, "RADIO", nil, "idle", nil])
        // A sum may be anything.
        second.time = .ticks(.max)
        let sums = decoder.decode(entries: payload([second, third]))
        #expect(sums.map(\.ticks) == [Int64.max, Int64.min + 19])
    }

    @Test func withoutADatabase() {
        var decoder = LogDecoder(TokenDatabase())
        var entry = LogEntry()
        entry.message = [1, 2, 3, 0xFF]
        let messages = decoder.decode(entries: payload([text("Ready"), entry]))
        #expect(messages.map(\.text) == ["Ready", "$AQID/w=="])
        #expect(decoder.unknownCount == 0)
    }

    @Test func unknownTokensAreCounted() throws {
        var decoder = try decoder()
        var entry = LogEntry()
        entry.message = [1, 2, 3, 0xFF]
        _ = decoder.decode(entries: payload([entry]))
        #expect(decoder.unknownCount == 1)
    }

    @Test func gapsAreTold() throws {
        var decoder = try decoder()
        // Nobody listened before, so the first number is no gap.
        #expect(
            decoder.decode(entries: payload([text("a"), text("b")], from: 40)).map(\.text) == ["a", "b"])
        let messages = decoder.decode(entries: payload([text("c")], from: 45))
        #expect(messages.map(\.text) == ["3 messages missing: lost on the way", "c"])
        #expect(messages.map(\.lostCount) == [3, nil])
        #expect(decoder.decode(entries: payload([text("d")], from: 46)).map(\.text) == ["d"])
        // The device has restarted.
        #expect(decoder.decode(entries: payload([text("e")], from: 0)).map(\.text) == ["e"])
        #expect(decoder.decode(entries: payload([text("f")], from: 1)).map(\.text) == ["f"])
        #expect(decoder.lostCount == 3)
    }

    @Test func droppedMessagesAreTold() throws {
        var decoder = try decoder()
        let messages = decoder.decode(
            entries: payload([dropped(1), text("a"), dropped(2, message(0xF002)), text("b")]))
        #expect(
            messages.map(\.text) == [
                "1 message missing: dropped by the device", "a", "2 messages missing: no room", "b",
            ])
        #expect(decoder.lostCount == 3)
        // Entries about dropped messages have no number.
        #expect(decoder.decode(entries: payload([text("c")], from: 2)).map(\.text) == ["c"])
        // The gap between the numbers has already reported the messages that the device could not send.
        let gap = decoder.decode(entries: payload([dropped(2), text("d")], from: 5))
        #expect(gap.map(\.text) == ["2 messages missing: lost on the way", "d"])
        #expect(decoder.lostCount == 5)
    }

    @Test func numbersMayBeAnything() throws {
        var decoder = try decoder()
        #expect(decoder.decode(entries: payload([text("a")], from: .max)).count == 1)
        #expect(decoder.decode(entries: payload([text("b")], from: 0)).count == 1)
        #expect(decoder.decode(entries: payload([dropped(.max), text("c")], from: .max)).count == 3)
        #expect(decoder.decode(entries: [0xFF]).isEmpty)
        #expect(decoder.decode(entries: [0x0A, 0x02, 0xFF, 0xFF]).isEmpty)
        #expect(decoder.decode(entries: []).isEmpty)
    }
}

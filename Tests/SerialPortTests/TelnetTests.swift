import TestSupport
import Testing

@testable internal import SerialPort

@Suite struct TelnetTests {
    // MARK: Bytes

    /// Decodes the bytes in pieces of this size.
    private func decode(_ bytes: [UInt8], pieceSize: Int) -> (data: [UInt8], events: [TelnetDecoder.Event]) {
        var decoder = TelnetDecoder()
        var data: [UInt8] = []
        var events: [TelnetDecoder.Event] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            var piece = Array(bytes[start..<min(start + pieceSize, bytes.count)])
            let count = piece.withUnsafeMutableBytes { decoder.decode($0) { events.append($0) } }
            data += piece.prefix(count)
        }
        return (data, events)
    }

    private func encode(_ bytes: [UInt8], takenAtOnce: Int) throws -> [UInt8] {
        var encoder = TelnetEncoder()
        var owed: [UInt8] = []
        var line: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty || !owed.isEmpty {
            line += owed
            owed = []
            var hasRoom = true
            let count = try rest.span.withUnsafeBytes { bytes in
                try encoder.send(bytes, owed: &owed) { piece in
                    guard hasRoom else { return 0 }
                    hasRoom = false
                    let taken = piece.prefix(takenAtOnce)
                    line += taken
                    return taken.count
                }
            }
            rest = rest.dropFirst(count)
        }
        return line
    }

    @Test(arguments: [1, 2, 3, 7, 4096, 1 << 20])
    func dataComeThrough(_ size: Int) throws {
        var random = SeededGenerator(seed: 7)
        let samples: [[UInt8]] = [
            [], [0xFF], [0xFF, 0xFF], Array(repeating: 0xFF, count: 3000), random.bytes(5000),
            [13, 0, 10, 13, 10],
            Array(repeating: 0x7E, count: 40_000) + [0xFF],
        ]
        for sample in samples {
            let line = try encode(sample, takenAtOnce: size)
            #expect(line.count == sample.count + sample.count { $0 == 0xFF })
            let (data, events) = decode(line, pieceSize: size)
            #expect(data == sample)
            #expect(events == [])
        }
    }

    @Test(arguments: 1...9) func commandsAreTakenOutWhereverTheyAreCut(_ size: Int) {
        let line: [UInt8] =
            [
                1, 255, 251, 0, 2, 255, 255, 255, 250, 44, 101, 255, 255, 0, 255, 240, 3, 255, 241, 4, 255,
                254, 1, 5,
            ]
        let (data, events) = decode(line, pieceSize: size)
        #expect(data == [1, 2, 255, 3, 4, 5])
        #expect(
            events == [
                .option(.will, .binary), .subnegotiation(.comPort, [101, 255, 0]),
                .option(.dont, TelnetOption(rawValue: 1)),
            ])
    }

    @Test func aSubnegotiationWithoutEndIsLeftOut() {
        let long = [255, 250, 44] + [UInt8](repeating: 9, count: 100_000)
        let (data, events) = decode(long + [255, 240, 1, 255, 250, 44, 7, 255, 251, 0, 2], pieceSize: 11)
        #expect(data == [1, 2])
        #expect(events == [.option(.will, .binary)])
    }

    // MARK: Negotiation

    @Test func thereIsAnAnswerOnlyToWhatChanges() {
        var options = TelnetOptions()
        #expect(options.offer(.binary) == .will)
        #expect(options.request(.binary) == .do)
        #expect(options.answer(.do, .binary) == nil)
        #expect(options.answer(.will, .binary) == nil)
        #expect(options.isOurs(.binary) && options.isTheirs(.binary))
        #expect(options.answer(.will, .binary) == nil)
        #expect(options.answer(.wont, .binary) == .dont)
        #expect(options.answer(.wont, .binary) == nil)
        #expect(options.answer(.will, .suppressGoAhead) == .do)
        #expect(options.answer(.will, .suppressGoAhead) == nil)
        let echo = TelnetOption(rawValue: 1)
        #expect(options.answer(.will, echo) == .dont)
        #expect(options.answer(.do, echo) == .wont)
        #expect(options.answer(.dont, echo) == nil)
    }

    private func receive(_ bytes: [UInt8], _ session: inout TelnetSession) -> [UInt8] {
        var bytes = bytes
        let count = bytes.withUnsafeMutableBytes { session.receive($0) }
        return Array(bytes.prefix(count))
    }

    /// Lets the session receive an answer of the server with this content.
    private func answer(_ content: [UInt8], _ session: inout TelnetSession) {
        let escaped = content.flatMap { $0 == 255 ? [255, 255] : [$0] }
        _ = receive([255, 250, 44] + escaped + [255, 240], &session)
    }

    private func session(
        _ settings: SerialSettings = SerialSettings(), queries: Bool = false, isControlOptional: Bool = false
    ) -> TelnetSession {
        var session = TelnetSession(
            name: "far", line: settings, queries: queries, isControlOptional: isControlOptional)
        #expect(session.output == [255, 251, 0, 255, 253, 0, 255, 253, 3, 255, 251, 44])
        session.output = []
        #expect(receive([255, 253, 0, 255, 251, 0, 255, 253, 44], &session) == [])
        return session
    }

    private let rate115200: [UInt8] = [101, 0, 1, 194, 0]

    private func grantFormat(_ session: inout TelnetSession) {
        for content: [UInt8] in [[102, 8], [103, 1], [104, 1], [105, 1]] { answer(content, &session) }
    }

    @Test func aPortIsSet() {
        var session = session()
        let sent = session.output
        // A mask of all bits is a byte that must be escaped.
        #expect(sent.starts(with: [255, 250, 44, 11, 255, 255, 255, 240, 255, 250, 44, 10, 30, 255, 240]))
        #expect(sent.suffix(10) == [255, 250, 44, 1, 0, 1, 194, 0, 255, 240])
        #expect(session.phase == .negotiating && !session.isNearlyReady)
        grantFormat(&session)
        #expect(session.phase == .negotiating)
        answer(rate115200, &session)
        #expect(session.phase == .ready)
        answer([107, 0xB0], &session)
        #expect(session.line?.modemLines.map { "\($0)" } == "CTS on, DSR on, RI off, CD on")
        answer([106, 0x68], &session)
        #expect(session.line?.errors == .framing)
        answer([108], &session)
        #expect(session.isSuspended)
        answer([109], &session)
        #expect(!session.isSuspended)
        #expect(receive([1, 255, 255, 2], &session) == [1, 255, 2])
    }

    @Test func aRateThatIsNearIsTaken() {
        var session = session()
        grantFormat(&session)
        answer([101, 0, 1, 194, 200], &session)
        #expect(session.phase == .ready)
        #expect(session.line?.baudRate == 115_400)
    }

    @Test func whatTheServerRefusesIsNamed() {
        var session = session()
        answer([101, 0, 0, 0x25, 0x80], &session)
        #expect(session.phase == .failed(.rateRejected(path: "far", requested: 115_200, actual: 9600)))

        session = self.session()
        answer([102, 7], &session)
        #expect(session.phase == .failed(.settingRefused(path: "far", setting: "8 data bits")))

        session = self.session(SerialSettings(flowControl: .rtsCts))
        answer([105, 1], &session)
        #expect(session.phase == .failed(.settingRefused(path: "far", setting: "the flow control")))

        session = self.session()
        _ = receive([255, 254, 44], &session)
        #expect(session.phase == .failed(.optionRefused(address: "far", option: "COM-PORT-OPTION")))

        session = self.session()
        _ = receive([255, 252, 0], &session)
        #expect(session.phase == .failed(.optionRefused(address: "far", option: "BINARY")))
    }

    @Test func flowControlThatStaysOnIsANote() {
        var session = session()
        for content: [UInt8] in [[102, 8], [103, 1], [104, 1], [105, 3]] { answer(content, &session) }
        answer(rate115200, &session)
        #expect(session.phase == .ready)
        // However often the server says so.
        answer([105, 3], &session)
        #expect(session.line?.notGranted == ["no flow control (FLOW-RTS-CTS)"])
    }

    @Test func modemLinesAreSetLater() {
        var session = session()
        grantFormat(&session)
        let beforeReady = session.setLines(dtr: true, rts: nil)
        #expect(beforeReady == nil)
        answer(rate115200, &session)
        session.output = []
        let isAnswerNeeded = session.setLines(dtr: false, rts: true)
        #expect(isAnswerNeeded == true)
        #expect(session.output == [255, 250, 44, 5, 9, 255, 240, 255, 250, 44, 5, 11, 255, 240])
        answer([105, 9], &session)
        #expect(!session.hasSetLines(dtr: false, rts: true))
        answer([105, 11], &session)
        #expect(session.hasSetLines(dtr: false, rts: true))
        #expect(!session.hasSetLines(dtr: true, rts: nil))

        session = self.session(isControlOptional: true)
        grantFormat(&session)
        answer(rate115200, &session)
        let isNeeded = session.setLines(dtr: true, rts: nil)
        #expect(isNeeded == false)
    }

    @Test func modemLinesThatWereAskedForMatter() {
        let settings = SerialSettings(dtr: false, rts: true)
        var session = session(settings)
        grantFormat(&session)
        answer([105, 9], &session)
        answer(rate115200, &session)
        #expect(session.phase == .negotiating && session.isNearlyReady)
        session.conclude()
        #expect(session.phase == .failed(.modemLinesUnsupported(path: "far")))

        session = self.session(settings, isControlOptional: true)
        grantFormat(&session)
        answer(rate115200, &session)
        #expect(session.phase == .ready)
        answer([105, 11], &session)
        #expect(session.line?.rts == true)
    }

    @Test func thePortIsAskedHowItIs() {
        var session = session(SerialSettings(dtr: true), queries: true)
        #expect(session.output.starts(with: [255, 250, 44, 1, 0, 0, 0, 0, 255, 240]))
        answer([101, 0, 0, 0x25, 0x80], &session)
        answer([105, 9], &session)
        answer([105, 12], &session)
        #expect(session.line?.dtr == false && session.line?.rts == false)
        grantFormat(&session)
        answer([105, 8], &session)
        #expect(session.phase == .negotiating)
        answer(rate115200, &session)
        #expect(session.phase == .ready)
        #expect(session.line?.foundBaudRate == 9600 && session.line?.baudRate == 115_200)
        #expect(session.line?.dtr == true)
    }

    @Test func aServerWithoutQueriesIsTakenAtItsAnswer() {
        var session = session(queries: true)
        answer(rate115200, &session)
        grantFormat(&session)
        #expect(session.phase == .negotiating)
        session.conclude()
        #expect(session.phase == .ready)
        #expect(session.line?.foundBaudRate == nil)
    }

    @Test func silenceIsNoTelnet() {
        var session = TelnetSession(name: "far", line: nil)
        _ = receive([1, 2, 3], &session)
        session.conclude()
        #expect(session.phase == .failed(.noAnswer(address: "far")))
    }

    @Test func telnetAloneNeedsEightBitsBothWays() {
        var session = TelnetSession(name: "far", line: nil)
        _ = receive([255, 251, 1, 255, 253, 0], &session)
        #expect(session.output.suffix(3) == [255, 254, 1])
        #expect(session.phase == .negotiating)
        _ = receive([255, 251, 0], &session)
        #expect(session.phase == .ready)
        #expect(session.line == nil)
        _ = receive([255, 252, 0], &session)
        #expect(session.phase == .failed(.optionRefused(address: "far", option: "BINARY")))
    }

    @Test func stepsAreInWords() {
        var session = session()
        answer([107, 0x30], &session)
        answer([77], &session)
        let steps = session.steps.map { "\($0)" }
        #expect(steps.starts(with: ["sent WILL BINARY", "sent DO BINARY", "sent DO SUPPRESS-GO-AHEAD"]))
        #expect(steps.contains("sent SET-BAUDRATE 115200"))
        #expect(
            steps.suffix(2) == [
                "received NOTIFY-MODEMSTATE CTS on, DSR on, RI off, CD off", "received COM-PORT-OPTION [77]",
            ])
    }

    // MARK: What a server says before it closes the connection

    @Test(
        arguments: [
            ("Port already in use\r\n", "Port already in use"), ("", nil), ("\r\n", nil), ("boot ~", nil),
            (String(repeating: "x", count: 201), nil), ("\u{1}", nil), ("ä", nil),
        ] as [(String, String?)])
    func fewWords(_ text: String, _ words: String?) {
        var greeting = ServerGreeting()
        for byte in text.utf8 { withUnsafeBytes(of: byte) { greeting.receive($0) } }
        #expect(greeting.words == words)
    }
}

import FoundationEssentials
import HDLC
import PigweedFileSystem
import PigweedRPC
import PigweedTransfer
import RecordedSessions
import TestSupport
import Testing
import WireCapture

@Suite struct WireDecoderTests {
    /// Recordings with altered frames that are not marked, or in which a device or a client ends within a frame.
    private static let damaged: Set = [
        "py_v2_read_64kB_corrupt2", "py_read_killed_then_read_same", "py_server_restart_mid_read",
        "cpp_cancel_read",
    ]

    @Test(arguments: RecordedSession.all) func everyFrameOfARecordingIsUnderstood(session: RecordedSession) {
        let items = decode(session.events.filter { !$0.isLost }.map(WireBytes.init))
        let errors = items.filter(\.isError)
        #expect(errors.isEmpty == !Self.damaged.contains(session.name), "\(errors.map(\.line))")
        for item in errors {
            guard case .damaged = item.content else { Issue.record("\(item.line)"); continue }
        }
    }

    @Test(arguments: [
        "py_v2_read_100B", "py_v1_write_3kB", "py_status_ok", "cpp_v2_write_64kB_drop5",
        "py_v2_read_64kB_corrupt2",
    ])
    func linesOfRecordings(name: String) throws {
        let lines = decode(RecordedSession.load(name).map(WireBytes.init)).prefix(80).map(\.line)
        let text = lines.joined(separator: "\n") + "\n"
        try compareWithGolden(text, "\(name).txt")
    }

    @Test(arguments: [1, 2, 7, 4096]) func piecesDoNotMatter(size: Int) {
        let stream = RecordedSession.load("py_v2_read_64kB_corrupt2")
            .filter { $0.direction == .serverToClient }.flatMap(\.bytes)
        func contents(_ size: Int) -> [WireItem] {
            decode(
                stride(from: 0, to: stream.count, by: size).map { start in
                    let piece = Array(stream[start..<min(start + size, stream.count)])
                    return WireBytes(time: nil, direction: .toHost, bytes: piece)
                })
        }
        #expect(contents(size) == contents(stream.count))
    }

    @Test func whatIsWrongIsMarked() {
        let whole = hex("7ea50310011d7bc8d65b25da66785b380159415caa7e")
        var altered = whole
        altered[5] ^= 1
        let lines = decode([
            WireBytes(time: at(0), direction: .toHost, bytes: Array("boot\u{1B}[2J\u{07}\n".utf8)),
            WireBytes(time: at(1000), direction: .toDevice, bytes: altered),
            WireBytes(time: at(2000), direction: .toDevice, bytes: [0x7E, 0xA5, 0x03, 0x7E]),
            WireBytes(time: at(2500), direction: .toDevice, bytes: [0x7E, 0xA5, 0x03, 0x7D, 0x7E]),
            WireBytes(time: at(3000), direction: .toDevice, bytes: frame([0xFF, 0xFF])),
            WireBytes(
                time: at(4000), direction: .toHost,
                bytes: frame(hex("080710011d7bc8d65b25da66785b2a03ffffff"))),
            WireBytes(time: at(5000), direction: .toHost, bytes: Array(whole.prefix(9))),
        ]).map(\.line)
        #expect(
            lines == [
                #"     0.000 ms  <- 10 bytes between frames: "boot\e[2J\x07\n""#,
                #"     1.000 ms  -> !! bad checksum: expected \#(expected(altered)), got aa5c4159, 20 bytes: "#
                    + #""\xa5\x03\x10\x01\x1c{\xc8\xd6[%\xdafx[8\x01YA\\\xaa""#,
                #"     2.000 ms  -> !! frame too short, 2 bytes: "\xa5\x03""#,
                #"     2.500 ms  -> !! bad escape sequence, 3 bytes: "\xa5\x03}""#,
                #"     3.000 ms  -> !! R/03  no RPC packet, 2 bytes: "\xff\xff""#,
                #"     4.000 ms  <- !! R/03  SERVER_STREAM ch 1 Transfer.Read | no chunk, 3 bytes: "\xff\xff\xff""#,
                #"     5.000 ms  <- !! capture ends within a frame, 8 bytes: "\xa5\x03\x10\x01\x1d{\xc8\xd6""#,
            ])
    }

    @Test func framesBeyondTheLimitAreTooLong() {
        let frame = frame([UInt8](repeating: 1, count: 17_000))
        let items = decode([WireBytes(time: at(0), direction: .toHost, bytes: frame)])
        #expect(items.first.map(\.line)?.contains("!! frame too long, ") == true)
    }

    @Test func sendersAreKnownByTheirPackets() {
        let events = RecordedSession.load("py_v2_read_100B")
        let dump = events.map { WireBytes(time: nil, direction: nil, bytes: $0.bytes) }
        let known = decode(events.map(WireBytes.init))
        let guessed = decode(dump)
        #expect(guessed.map(\.direction) == known.map(\.direction))
        #expect(guessed.map(\.content) == known.map(\.content))
        #expect(guessed.first?.line.hasPrefix("          @22  -> R/03  REQUEST") == true)
    }

    @Test func linesOfSeveralPortsAreKeptApart() {
        let frame = frame(hex("0801"))
        let half = frame.count / 2
        let items = decode([
            WireBytes(time: at(5), direction: .toDevice, bytes: Array(frame.prefix(half)), port: "a"),
            WireBytes(time: at(10), direction: .toDevice, bytes: frame, port: "b\u{1B}ö"),
            WireBytes(time: at(30), direction: .toDevice, bytes: Array(frame.dropFirst(half)), port: "a"),
        ])
        #expect(items.map(\.port) == ["b\u{1B}ö", "a"])
        #expect(items.map(\.isError) == [true, true])
        #expect(items.first?.content == items.last?.content)
        #expect(
            items.map { $0.line.prefix(while: { $0 != "!" }) } == [
                #"b\e\xc3\xb6:      0.000 ms  -> "#, "a:      0.020 ms  -> ",
            ])
    }

    /// `pw.file.FileSystem`, by the names of `pw_file/file.proto`.
    @Test(arguments: [
        (
            Packet.Kind.request, FileSystemService.list, "0a052f6c6f6773", #"path="/logs""#,
            ["path": #""/logs""#]
        ),
        (.request, FileSystemService.delete, "0a022f61", #"path="/a""#, ["path": #""/a""#]),
        (
            .serverStream, FileSystemService.list, "0a0a0a022f61180310032007" + "0a040a022f62",
            #"paths={path="/a" size_bytes=3 permissions=rw file_id=7} paths={path="/b"}"#,
            [
                "paths[0].path": #""/a""#, "paths[0].size_bytes": "3", "paths[0].permissions": "rw",
                "paths[0].file_id": "7", "paths[1].path": #""/b""#,
            ]
        ),
        // Bytes that are no entry are shown as bytes.
        (.serverStream, FileSystemService.list, "0a02ffff", #"paths="\xff\xff""#, ["paths": #""\xff\xff""#]),
    ])
    func messagesOfTheFileSystem(
        kind: Packet.Kind, method: Method, payload: String, text: String, record: [String: String]
    ) throws {
        let packet = Packet(kind, channel: 1, method: method, callID: 3)
        let frame = frame(packet.encoded(payload: hex(payload)))
        let items = decode([WireBytes(time: at(0), direction: nil, bytes: frame)])
        let name = method == FileSystemService.list ? "FileSystem.List" : "FileSystem.Delete"
        #expect(items.first?.line.hasSuffix("ch 1 \(name) call 3 | \(text)") == true, "\(items.map(\.line))")
        #expect(items.first?.isError == false)
        struct Record: Decodable { let message: [String: String] }
        let json = try JSONEncoder().encode(items.map(WireRecord.init))
        #expect(try JSONDecoder().decode([Record].self, from: json).map(\.message) == [record])
    }

    /// At most 16 fields of a message are shown, with a note if there are more.
    @Test(arguments: [(16, 2, nil), (17, 2, true), (2, 16, nil), (2, 17, true)] as [(Int, Int, Bool?)])
    func aLongMessageIsCutShort(files: Int, fields: Int, isCutShort: Bool?) throws {
        let file = [[UInt8]](repeating: [0x20, 1], count: fields).flatMap(\.self)
        let entry = [0x0A, UInt8(file.count)] + file
        let list = [[UInt8]](repeating: entry, count: files).flatMap(\.self)
        let packet = Packet(.serverStream, channel: 1, method: FileSystemService.list, callID: 3)
        let frame = frame(packet.encoded(payload: list))
        let items = decode([WireBytes(time: at(0), direction: nil, bytes: frame)])
        struct Record: Decodable {
            let message: [String: String]
            let messageCutShort: Bool?
        }
        let json = try JSONEncoder().encode(items.map(WireRecord.init))
        let record = try #require(JSONDecoder().decode([Record].self, from: json).first)
        #expect(record.messageCutShort == isCutShort)
        #expect(record.message.count == min(files, 16))
        #expect(items.first?.line.contains("...") == (isCutShort ?? false))
    }

    @Test func linesAreHarmless() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let bytes = random.bytes(200)
            let items = decode([
                WireBytes(time: nil, direction: nil, bytes: bytes),
                WireBytes(time: nil, direction: nil, bytes: [0x7E, 0x03, 0x03] + bytes + [0x7E]),
                WireBytes(time: nil, direction: nil, bytes: frame(bytes, address: .log)),
            ])
            for item in items {
                let isHarmless = item.line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
                #expect(isHarmless)
            }
        }
    }

    private func expected(_ frame: [UInt8]) -> String {
        var crc = CRC32()
        for byte in frame.dropFirst().dropLast(5) { crc.update(byte) }
        return String(crc.value, radix: 16)
    }
}

private func at(_ microseconds: Int64) -> Instant { Instant(nanoseconds: microseconds * 1000) }

func decode(_ events: [WireBytes]) -> [WireItem] {
    var decoder = WireDecoder()
    var items: [WireItem] = []
    for event in events { decoder.receive(event, into: &items) }
    decoder.finish(into: &items)
    return items
}

extension WireBytes {
    init(_ event: RecordedEvent) {
        self.init(
            time: Instant(nanoseconds: Int64((event.seconds * 1e6).rounded()) * 1000),
            direction: event.direction == .clientToServer ? .toDevice : .toHost, bytes: event.bytes,
            isLost: event.isLost)
    }
}

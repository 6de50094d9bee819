import PigweedTransfer
import RecordedSessions
import TestSupport
import Testing
import WireCapture

@Suite struct CaptureFormatTests {
    private let started = Instant(nanoseconds: 1_795_000_000_123_456_000)

    private func jsonLines(_ events: [WireBytes]) -> [UInt8] {
        let writer = JSONLinesWriter(ports: ["/dev/tty\"\u{1B}"], started: started)
        return events.reduce(writer.header()) { file, event in
            file + writer.record(event.bytes.span, event.direction ?? .toHost, at: event.time ?? .zero)
        }
    }

    private func pcapng(_ events: [WireBytes]) -> [UInt8] {
        var writer = PcapngWriter(ports: ["/dev/ttyACM0"], started: started)
        var file = writer.header(application: "test")
        for event in events {
            file += writer.record(event.bytes.span, event.direction ?? .toHost, at: event.time ?? .zero)
        }
        file += writer.finish()
        return file
    }

    @Test(arguments: RecordedSession.all) func bothFormsKeepASession(session: RecordedSession) throws {
        let events = session.events.filter { !$0.isLost }.map(WireBytes.init)
        let (fromLines, _) = try read(jsonLines(events))
        #expect(fromLines == events)
        let (packets, isCutOff) = try read(pcapng(events))
        #expect(!isCutOff)
        for direction in WireDirection.allCases {
            let isSame =
                packets.filter { $0.direction == direction }.flatMap(\.bytes)
                == events.filter { $0.direction == direction }.flatMap(\.bytes)
            #expect(isSame)
        }
        // The clock of the capture differs; the shown content does not.
        #expect(decode(packets).map(\.content) == decode(regrouped(packets)).map(\.content))
        let lines = Set(decode(events).map(\.line))
        #expect(Set(decode(packets).map(\.line)).isSuperset(of: lines.filter { $0.contains("R/03") }))
    }

    @Test func recordingsAreCaptures() throws {
        for session in RecordedSession.all {
            let text = session.events.map { event in
                """
                {"t":\(event.seconds),"dir":"\(event.direction.rawValue)","hex":"\(hex(event.bytes))"\
                \(event.isLost ? ",\"dropped\":true" : "")}
                """
            }.joined(separator: "\n")
            let (events, _) = try read(Array(text.utf8))
            #expect(events == session.events.map(WireBytes.init))
        }
    }

    @Test(arguments: [1, 3, 17, 1000]) func piecesDoNotMatter(size: Int) throws {
        let events = RecordedSession.load("py_v2_read_3kB").map(WireBytes.init)
        for file in [jsonLines(events), pcapng(events)] {
            #expect(try read(file, pieceSize: size).events == read(file).events)
        }
        let dump = events.flatMap(\.bytes)
        let pieces = try read(dump, pieceSize: size).events
        #expect(pieces.flatMap(\.bytes) == dump)
        #expect(pieces.allSatisfy { $0.time == nil && $0.direction == nil })
    }

    @Test(arguments: [0, 1, 20, 27]) func cutOffFilesAreReadAsFarAsTheyGo(missing: Int) throws {
        let events = RecordedSession.load("py_v2_read_100B").filter { !$0.isLost }.map(WireBytes.init)
        let lines = jsonLines(events)
        let (fromLines, isCutOff) = try read(Array(lines.dropLast(missing)))
        // The last line is complete even without its end of line.
        #expect(fromLines == (missing <= 1 ? events : events.dropLast()))
        #expect(isCutOff == (missing > 1))
        let packets = pcapng(events)
        let whole = try read(packets).events
        let (fromPackets, packetIsCutOff) = try read(Array(packets.dropLast(missing)))
        #expect(fromPackets == (missing == 0 ? whole : whole.dropLast()))
        #expect(packetIsCutOff == (missing > 0))
    }

    @Test func textStandsInPacketsOfItsOwn() throws {
        let frame = frame([1, 2, 0x7E, 4])
        let parts: [[UInt8]] = [Array("boot\n".utf8), frame, frame, [0x78], [0x7E] + frame]
        let stream = WireBytes(time: .zero, direction: .toHost, bytes: Array(parts.joined()))
        let packets = try read(pcapng([stream])).events
        #expect(packets.map(\.bytes) == parts)
    }

    @Test(arguments: [
        "", "{\"t\":1,\"dir\":\"s2c\",\"hex\":\"7\"}", "{\"t\":1,\"dir\":\"x\",\"hex\":\"\"}",
        "{\"t\":1e300,\"dir\":\"s2c\",\"hex\":\"\"}", "{\"dir\":\"s2c\",\"hex\":\"\"}", "{}", "[1]",
        "\0\0\0\0",
        "hello, world\n",
    ])
    func otherFilesAreNone(text: String) throws {
        guard !text.isEmpty else {
            #expect(try read([]).events.isEmpty)
            return
        }
        #expect(throws: CaptureError.unknownFormat) { try read(Array(text.utf8)) }
    }

    @Test func detectionIsBounded() {
        let noise = [UInt8](repeating: 0x55, count: 65536)
        var reader = CaptureReader(format: nil)
        var events: [WireBytes] = []
        var fed = 0
        var failure: CaptureError?
        while failure == nil, fed < 1 << 24 {
            do throws(CaptureError) {
                try reader.feed(noise.span, into: &events)
                fed += noise.count
            } catch {
                failure = error
            }
        }
        #expect(failure == .unknownFormat)
        #expect(fed < 1 << 21)
    }

    @Test func aFrameThatIsCutOffHasTheTimeOfItsLastBytes() throws {
        let bytes: [[UInt8]] = [[0x7E, 0xA5], [0x03]]
        let events = zip([1, 2], bytes).map { milliseconds, bytes in
            WireBytes(
                time: Instant(nanoseconds: milliseconds * 1_000_000), direction: .toHost, bytes: bytes)
        }
        let packets = try read(pcapng(events)).events
        #expect(packets.map(\.bytes) == [[0x7E, 0xA5, 0x03]])
        #expect(packets.map(\.time) == [started + .milliseconds(2)])
    }

    @Test(arguments: [1, 3, 65536]) func severalPortsAreKeptApart(pieceSize: Int) throws {
        let ports = ["/dev/ttyACM0", "/dev/tty\"\u{1B}\\ö"]
        let frames = (1...4).map { frame([UInt8($0)]) }
        var lines = JSONLinesWriter(ports: ports, started: started).header()
        let jsonLines = JSONLinesWriter(ports: ports, started: started)
        var pcapng = PcapngWriter(ports: ports, started: started)
        var packets = pcapng.header(application: "test")
        var expected: [WireBytes] = []
        for (index, frame) in frames.enumerated() {
            let time = Instant(nanoseconds: Int64(index) * 1_000_000)
            let direction: WireDirection = index < 2 ? .toDevice : .toHost
            lines += jsonLines.record(frame.span, direction, port: index % 2, at: time)
            packets += pcapng.record(frame.span, direction, port: index % 2, at: time)
            expected.append(
                WireBytes(time: time, direction: direction, bytes: frame, port: ports[index % 2]))
        }
        #expect(try read(lines, pieceSize: pieceSize).events == expected)
        for index in expected.indices {
            expected[index].time = expected[index].time.map { started + ($0 - .zero) }
        }
        #expect(try read(packets, pieceSize: pieceSize).events == expected)
    }

    @Test func thePortsOfACaptureAreBounded() {
        func line(_ port: String) -> String {
            #"{"t":0,"dir":"s2c","hex":"","port":"\#(port)"}"# + "\n"
        }
        let many = (0...256).map { line(String($0)) }.joined()
        #expect(throws: CaptureError.tooManyPorts(limit: 256)) { try read(Array(many.utf8)) }
        let long = line(String(repeating: "x", count: 4097))
        #expect(throws: CaptureError.badLine(number: 1, .tooLong)) {
            try read(Array(long.utf8), format: .jsonl)
        }
        // Each section has its own interfaces, but the ports of all sections count together.
        let sections = (0..<129).flatMap { index in
            var writer = PcapngWriter(ports: ["a\(index)", "b\(index)"], started: started)
            return writer.header(application: "")
                + writer.record(frame([1]).span, .toHost, port: 0, at: .zero)
                + writer.record(frame([1]).span, .toHost, port: 1, at: .zero)
        }
        #expect(throws: CaptureError.tooManyPorts(limit: 256)) { try read(sections) }
    }

    @Test func badLinesAreNamed() {
        let file =
            jsonLines(RecordedSession.load("py_v2_read_100B").map(WireBytes.init)) + Array("oops\n".utf8)
        let count = UInt64(file.count { $0 == 0x0A })
        #expect(throws: CaptureError.badLine(number: count, .noRecord)) { try read(file) }
        let long = [UInt8](repeating: 0x20, count: (1 << 20) + 1)
        #expect(throws: CaptureError.badLine(number: 1, .tooLong)) { try read(long, format: .jsonl) }
    }

    @Test func badBlocksAreNamed() {
        let file = pcapng([WireBytes(time: .zero, direction: .toHost, bytes: frame([1]))])
        let section = Int(file[4]) + Int(file[5]) << 8
        func altered(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
            var file = file
            file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            return file
        }
        let bad: [([UInt8], Int, CaptureError.Defect)] = [
            (altered(8, [0, 0, 0, 0]), 0, .noSection),
            (altered(4, [0xFF, 0xFF, 0xFF, 0x7F]), 0, .tooLong),
            (altered(4, [13, 0, 0, 0]), 0, .sizes),
            (altered(section + 8, [1, 0]), section, .linkType),
            (altered(section - 4, [0, 0, 0, 0]), 0, .sizes),
        ]
        for (file, offset, defect) in bad {
            #expect(throws: CaptureError.badBlock(offset: UInt64(offset), defect)) {
                try read(file, format: .pcapng)
            }
        }
    }

    @Test func bigEndianFilesWithOtherUnits() throws {
        // This file was made by hand: a section, an interface with microseconds (no option), one packet without flags.
        let file = hex(
            """
            0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
            00000001 00000014 0093 0000 00000000 00000014
            00000006 00000024 00000000 00000000 000f4240 00000001 00000001 41000000 00000024
            """.filter { !$0.isNewline })
        #expect(
            try read(file).events == [
                WireBytes(time: Instant(nanoseconds: 1_000_000_000), direction: nil, bytes: [0x41])
            ])
    }

    @Test func mutatedFilesDoNoHarm() {
        var random = SeededGenerator(seed: 11)
        let events = RecordedSession.load("py_v2_read_100B").map(WireBytes.init)
        for file in [jsonLines(events), pcapng(events)] {
            for _ in 0..<400 {
                var file = file
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<file.count, using: &random)
                    file[place] = UInt8(truncatingIfNeeded: random.next())
                }
                guard let (events, _) = try? read(file) else { continue }
                for item in decode(events) {
                    let isHarmless = item.line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
                    #expect(isHarmless)
                }
            }
        }
    }

    /// The same bytes, with successive packets of a direction joined into one.
    private func regrouped(_ packets: [WireBytes]) -> [WireBytes] {
        packets.reduce(into: []) { events, packet in
            if let last = events.indices.last, events[last].direction == packet.direction {
                events[last].bytes += packet.bytes
            } else {
                events.append(packet)
            }
        }
    }

    private func read(
        _ file: [UInt8], format: CaptureFormat? = nil, pieceSize: Int = 65536
    ) throws(CaptureError) -> (events: [WireBytes], isCutOff: Bool) {
        var reader = CaptureReader(format: format)
        var events: [WireBytes] = []
        var start = 0
        while start < file.count {
            let end = min(start + pieceSize, file.count)
            try reader.feed(file.span.extracting(start..<end), into: &events)
            start = end
        }
        let isCutOff = try reader.finish(into: &events)
        return (events, isCutOff)
    }
}

internal import PigweedTransfer
internal import WireCapture

/// A capture that this program writes, of any bytes at any times, and reads back: each direction of each line has the
/// bytes that went over it. Then some bytes of the file are changed. The file is read or refused, and the printed
/// text is ASCII.
func fuzzRecording(_ input: Span<UInt8>) {
    var reader = InputReader(input)
    let choices = reader.byte()
    let format: CaptureFormat = choices & 1 == 0 ? .pcapng : .jsonl
    let ports = choices & 2 == 0 ? ["board"] : ["board", "ünï\"c\\o\n\u{1B}de"]
    let changes = (0..<(choices >> 2 & 3)).map { _ in (place: reader.word(), mask: reader.byte()) }

    var recording = Recording(format, ports, started: Instant(nanoseconds: Int64(reader.word()) << 30))
    var time = Instant.zero
    for _ in 0..<64 where !reader.isAtEnd {
        let choice = reader.byte()
        time = time + reader.time()
        recording.add(
            reader.take(Int(choice >> 2)), choice & 1 == 0 ? .toDevice : .toHost,
            port: Int(choice >> 1 & 1) % ports.count, at: time)
    }
    var file = recording.finished()
    let read = events(of: file)
    precondition(read != nil, "the program does not understand its own capture")
    for port in ports.indices {
        for direction in WireDirection.allCases {
            let name = ports.count > 1 ? ports[port] : nil
            let bytes = (read ?? []).filter { $0.direction == direction && (name == nil || $0.port == name) }
                .flatMap(\.bytes)
            precondition(bytes == recording.bytes(port, direction), "other bytes than were recorded")
        }
    }

    for change in changes where !file.isEmpty {
        file[Int(change.place) % file.count] ^= change.mask
    }
    var decoder = WireDecoder()
    var items: [WireItem] = []
    for event in events(of: file) ?? [] { decoder.receive(event, into: &items) }
    decoder.finish(into: &items)
    for item in items {
        _ = WireRecord(item)
        precondition(item.line.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }
}

private func events(of file: [UInt8]) -> [WireBytes]? {
    var reader = CaptureReader(format: nil)
    var events: [WireBytes] = []
    do throws(CaptureError) {
        try reader.feed(file.span, into: &events)
        _ = try reader.finish(into: &events)
        return events
    } catch {
        precondition(!error.description.isEmpty)
        return nil
    }
}

/// A capture that is being written, and the bytes that must be in it.
private struct Recording {
    private let ports: [String]
    private var pcapng: PcapngWriter?
    private let lines: JSONLinesWriter?
    private var file: [UInt8]
    private var carried: [[WireDirection: [UInt8]]]

    init(_ format: CaptureFormat, _ ports: [String], started: Instant) {
        self.ports = ports
        carried = ports.map { _ in [:] }
        pcapng = format == .pcapng ? PcapngWriter(ports: ports, started: started) : nil
        lines = format == .jsonl ? JSONLinesWriter(ports: ports, started: started) : nil
        file = pcapng?.header(application: "fuzzer") ?? lines?.header() ?? []
    }

    mutating func add(_ bytes: [UInt8], _ direction: WireDirection, port: Int, at time: Instant) {
        carried[port][direction, default: []] += bytes
        file += pcapng?.record(bytes.span, direction, port: port, at: time) ?? []
        file += lines?.record(bytes.span, direction, port: port, at: time) ?? []
    }

    mutating func finished() -> [UInt8] {
        for port in ports.indices { file += pcapng?.finish(port: port) ?? [] }
        return file
    }

    func bytes(_ port: Int, _ direction: WireDirection) -> [UInt8] { carried[port][direction] ?? [] }
}

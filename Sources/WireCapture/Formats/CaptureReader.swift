internal import HDLC

/// The forms in which captures come.
public enum CaptureFormat: String, Sendable, CaseIterable {
    /// The files of Wireshark and similar programs.
    case pcapng
    /// Lines with a JSON object in each.
    case jsonl
    /// The bytes of a UART as they came, of one or both directions, without times.
    case raw
}

/// Reads a capture in any form, a piece at a time.
public struct CaptureReader: ~Copyable {
    /// The number of bytes in which a dump of a UART must have a valid frame to be recognised.
    private static let detectionLimit = 1 << 20

    /// The most serial lines that a capture may have, since each of them takes memory.
    private static let portLimit = 256
    /// The ports that were named so far.
    private var ports: Set<String> = []
    /// The format of the capture; `nil` while it is not known.
    private var format: CaptureFormat?
    private var jsonLines = JSONLinesReader()
    private var pcapng = PcapngReader()
    /// The bytes that have come while the format is not known.
    private var beginning: [UInt8] = []
    private var probe = FrameDecoder(maximumContentSize: 1 << 16)
    /// Whether a valid frame was seen so far.
    private var hasFrame = false

    /// A reader before the first byte.
    ///
    /// - Parameter format: the format to expect; `nil` to find it out.
    public init(format: CaptureFormat?) {
        self.format = format
    }

    /// Takes the next bytes of the capture, and appends the bytes on the line that they describe to `events`.
    ///
    /// - Throws: ``CaptureError``; reading cannot continue after an error.
    public mutating func feed(
        _ bytes: Span<UInt8>, into events: inout [WireBytes]
    ) throws(CaptureError) {
        let count = events.count
        let result = Result { () throws(CaptureError) in try read(bytes, into: &events) }
        try countPorts(of: &events, from: count)
        try result.get()
    }

    /// Counts the ports of new events. If there are too many, removes the events from the first of these ports on, and
    /// throws.
    private mutating func countPorts(
        of events: inout [WireBytes], from first: Int
    ) throws(CaptureError) {
        for index in first..<events.count {
            guard let port = events[index].port, ports.insert(port).inserted else { continue }
            guard ports.count <= Self.portLimit else {
                events.removeSubrange(index...)
                throw .tooManyPorts(limit: Self.portLimit)
            }
        }
    }

    private mutating func read(
        _ bytes: Span<UInt8>, into events: inout [WireBytes]
    ) throws(CaptureError) {
        if let format { return try pass(bytes, as: format, into: &events) }
        for index in bytes.indices { beginning.append(bytes[index]) }
        format = try detect(bytes, isAtEnd: false)
        try passBeginning(into: &events)
    }

    /// Ends the capture, and appends the events that were waiting for its end.
    ///
    /// - Returns: whether the capture ends within a record, as when a program was killed. This record is lost.
    public mutating func finish(into events: inout [WireBytes]) throws(CaptureError) -> Bool {
        let count = events.count
        let isCutOff = try readEnd(into: &events)
        try countPorts(of: &events, from: count)
        return isCutOff
    }

    private mutating func readEnd(into events: inout [WireBytes]) throws(CaptureError) -> Bool {
        if format == nil {
            // A capture without any bytes is an empty dump.
            guard !beginning.isEmpty else { return false }
            format = try detect([UInt8]().span, isAtEnd: true)
            guard format != nil else { throw .unknownFormat }
            try passBeginning(into: &events)
        }
        switch format {
        case .jsonl: return jsonLines.finish(into: &events)
        case .pcapng: return pcapng.endsInBlock
        case .raw, nil: return false
        }
    }

    private mutating func passBeginning(into events: inout [WireBytes]) throws(CaptureError) {
        guard let format else { return }
        let bytes = beginning
        beginning = []
        try pass(bytes.span, as: format, into: &events)
    }

    private mutating func pass(
        _ bytes: Span<UInt8>, as format: CaptureFormat, into events: inout [WireBytes]
    ) throws(CaptureError) {
        switch format {
        case .jsonl: try jsonLines.feed(bytes, into: &events)
        case .pcapng: try pcapng.feed(bytes, into: &events)
        case .raw:
            events.append(WireBytes(time: nil, direction: nil, bytes: bytes.indices.map { bytes[$0] }))
        }
    }

    /// Finds out the format; `nil` while it is not known.
    private mutating func detect(_ bytes: Span<UInt8>, isAtEnd: Bool) throws(CaptureError) -> CaptureFormat? {
        probeFrames(bytes)
        let magic: [UInt8] = [0x0A, 0x0D, 0x0D, 0x0A]
        guard beginning.count >= magic.count || isAtEnd else { return nil }
        if beginning.starts(with: magic) { return .pcapng }
        if let isJSON = beginsWithRecord(isAtEnd: isAtEnd) {
            if isJSON { return .jsonl }
            if hasFrame { return .raw }
        }
        guard beginning.count < Self.detectionLimit else { throw .unknownFormat }
        return nil
    }

    /// Whether the first line is one of a JSON-lines capture; `nil` while the line is not complete.
    private func beginsWithRecord(isAtEnd: Bool) -> Bool? {
        let line: ArraySlice<UInt8>
        guard let start = beginning.firstIndex(where: { $0 > UInt8(ascii: " ") }) else {
            return isAtEnd ? false : nil
        }
        guard beginning[start] == UInt8(ascii: "{") else { return false }
        if let end = beginning[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line = beginning[start..<end]
        } else if isAtEnd || beginning.count >= Self.detectionLimit {
            line = beginning[start...]
        } else {
            return nil
        }
        do throws(CaptureError) {
            _ = try JSONLinesReader.event(line, number: 1)
            return true
        } catch {
            return false
        }
    }

    private mutating func probeFrames(_ bytes: Span<UInt8>) {
        var position = 0
        while !hasFrame, let output = probe.next(in: bytes, at: &position) {
            if case .frame = output { hasFrame = true }
        }
    }
}

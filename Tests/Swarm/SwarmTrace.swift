internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice

/// Prints every frame with its time, direction, meaning and fate.
struct SwarmTrace {
    private let print: @Sendable (String) -> Void

    init(print: @escaping @Sendable (String) -> Void) {
        self.print = print
    }

    func note(_ text: String, at now: Instant) {
        print("\(Self.text(now))  == \(text)")
    }

    /// Puts bytes on a line. With a trace, sends one frame at a time, to see what happens to it.
    static func send(
        _ bytes: [UInt8], on link: inout SimulatedLink, at now: Instant, _ direction: FrameNumber.Direction,
        _ trace: SwarmTrace?
    ) {
        guard let trace else { return link.send(bytes.span, at: now) }
        for piece in pieces(of: bytes) {
            let before = link.counters
            link.send(piece.span, at: now)
            let after = link.counters
            var fate = ""
            if after.droppedFrames > before.droppedFrames { fate = "  LOST" }
            if after.corruptedFrames > before.corruptedFrames { fate = "  DAMAGED" }
            trace.print("\(text(now)) \(direction.arrow) \(describe(piece))\(fate)")
        }
    }

    /// Prints bytes that have arrived. The filters of the line may have lost, changed or delayed frames.
    func noteArrival(_ bytes: [UInt8], _ direction: FrameNumber.Direction, at now: Instant) {
        for piece in Self.pieces(of: bytes) {
            print("\(Self.text(now)) \(direction.arrow)   arrived: \(Self.describe(piece))")
        }
    }

    private static func text(_ now: Instant) -> String {
        let microseconds = String(now.nanoseconds / 1000 % 1_000_000)
        let padding = String(repeating: "0", count: 6 - microseconds.count)
        let seconds = String(now.nanoseconds / 1_000_000_000)
        return String(repeating: " ", count: max(5 - seconds.count, 0))
            + "\(seconds).\(padding)\(microseconds)"
    }

    /// Cuts bytes into whole frames with both flags, and the bytes between frames.
    private static func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        for byte in bytes {
            let isFlag = byte == FrameFormat.flag
            if isFlag, let first = piece.first, first != FrameFormat.flag {
                pieces.append(piece)
                piece = []
            }
            piece.append(byte)
            if isFlag, piece.count > 1 {
                pieces.append(piece)
                piece = []
            }
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }

    private static func describe(_ piece: [UInt8]) -> String {
        var decoder = FrameDecoder(maximumContentSize: 1 << 16)
        var position = 0
        guard case .frame = decoder.next(in: piece.span, at: &position) else {
            return "text, \(piece.count) bytes"
        }
        return describe(packet: decoder.payload)
    }

    private static func describe(packet bytes: Span<UInt8>) -> String {
        guard let (packet, range) = Packet.decode(bytes) else { return "frame, \(bytes.count) bytes" }
        let stream = packet.method == TransferService.read ? "Read" : "Write"
        guard !range.isEmpty, let (chunk, data) = Chunk.decode(bytes.extracting(range)) else {
            return "\(stream) #\(packet.callID) \(packet.kind) \(packet.status)"
        }
        return "\(stream) #\(packet.callID) \(describe(chunk, dataCount: data.count))"
    }

    private static func describe(_ chunk: Chunk, dataCount: Int) -> String {
        var text = "\(chunk.effectiveKind(dataCount: dataCount))"
        func add(_ name: String, _ value: (some Any)?) {
            if let value { text += " \(name)=\(value)" }
        }
        add("session", chunk.sessionID ?? chunk.desiredSessionID)
        if chunk.version == .legacy { add("transfer", Optional(chunk.transferID)) }
        add("resource", chunk.resourceID)
        if chunk.initialOffset > 0 { add("initial", Optional(chunk.initialOffset)) }
        add("offset", chunk.offset > 0 || dataCount > 0 ? chunk.offset : nil)
        add("data", dataCount > 0 ? dataCount : nil)
        add("remaining", chunk.remainingBytes)
        add("end", chunk.windowEndOffset > 0 ? chunk.windowEndOffset : nil)
        add("pending", chunk.pendingBytes)
        add("chunk", chunk.maxChunkSizeBytes)
        add("delay", chunk.minDelayMicroseconds)
        add("status", chunk.status)
        return text
    }
}

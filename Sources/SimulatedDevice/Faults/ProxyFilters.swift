import HDLC
import PigweedTransfer

// The filters of the reference's test proxy, under its names; its dropper of data is a ``RatedFilter``.

/// Lets only whole valid frames pass; everything else on the line is lost.
///
/// The reference needs it in front of filters that act on packets, since its proxy reads arbitrary pieces. Here a link
/// delivers whole frames anyway; this filter removes text and damaged frames, and joins frames that filters before it
/// have split.
package struct HdlcPacketizer: TextualFilter {
    private var collector = FrameCollector()

    /// A filter that has seen nothing.
    package init() {}

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        for byte in piece.bytes {
            guard let frame = collector.append(byte), Self.isValid(frame) else { continue }
            output.append(LinePiece(frame, isFrame: true))
        }
    }

    private static func isValid(_ bytes: [UInt8]) -> Bool {
        var decoder = FrameDecoder(maximumContentSize: bytes.count)
        var position = 0
        while let output = decoder.next(in: bytes.span, at: &position) {
            if case .frame = output { return true }
        }
        return false
    }

    var unseededText: String { "hdlc-packetizer" }
}

/// Swaps a piece with the one behind it.
///
/// A piece that is chosen by chance waits for the next piece, which goes first. After ``timeout`` it is passed on
/// alone. The next piece is not chosen, so no piece falls back by more than one place.
package struct DataTransposer: SeededFilter, TextualFilter {
    /// The probability that a piece waits, 0 to 1.
    package let rate: Double
    /// How long a piece waits for the next one.
    package let timeout: Duration
    /// The random numbers that choose the pieces.
    package var random: FaultRandom
    private var held: LinePiece?
    /// When the waiting piece is passed on alone; `nil` if none waits.
    package private(set) var deadline: Instant?

    /// A filter that swaps pieces at this rate.
    package init(rate: Double, timeout: Duration, seed: UInt64? = nil) {
        self.rate = rate
        self.timeout = max(timeout, .zero)
        random = FaultRandom(seed: seed)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        if held != nil {
            output.append(piece)
            release(at: now, into: &output)
        } else if random.chance(rate) {
            held = piece
            deadline = now + timeout
        } else {
            output.append(piece)
        }
    }

    package mutating func release(at now: Instant, into output: inout [LinePiece]) {
        if let held { output.append(held) }
        held = nil
        deadline = nil
    }

    var unseededText: String { "data-transposer=\(rate),timeout=\(FaultNumber.text(timeout))" }
}

/// Lets a number of packets pass and loses all that follow, until a transfer starts.
///
/// The numbers of the list are used one after the other: the next one at each `START` that arrives in the other
/// direction, repeated starts included. When there are no more, everything passes. Before the first start everything
/// passes, too, unless ``startsImmediately``. In the direction to the client the filter simulates a device that dies in
/// mid-transfer; in the other direction it needs ``startsImmediately`` for this.
package struct ServerFailure: TextualFilter {
    /// How many packets pass before each failure.
    package let packetsBeforeFailure: [Int]
    /// Whether the first number is used from the beginning, and not only from the first start on.
    package let startsImmediately: Bool
    /// Whether only chunks of transfers are counted and lost.
    package let onlyTransferChunks: Bool
    private var started = 0
    private var remaining: Int?

    /// A filter of these failures.
    package init(
        packetsBeforeFailure: [Int], startsImmediately: Bool = false, onlyTransferChunks: Bool = false
    ) {
        self.packetsBeforeFailure = packetsBeforeFailure
        self.startsImmediately = startsImmediately
        self.onlyTransferChunks = onlyTransferChunks
        if startsImmediately { advance() }
    }

    /// True: the filter waits for starts.
    package static let noticesOtherDirection = true

    package mutating func notice(_ frame: TransferFrame) {
        if frame.kind == .start { advance() }
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        if let remaining, !onlyTransferChunks || TransferFrame(piece.bytes) != nil {
            guard remaining > 0 else { return }
            self.remaining = remaining - 1
        }
        output.append(piece)
    }

    private mutating func advance() {
        remaining = started < packetsBeforeFailure.count ? packetsBeforeFailure[started] : nil
        started = min(started + 1, packetsBeforeFailure.count)
    }

    var unseededText: String {
        "server-failure=" + packetsBeforeFailure.map { "\($0)" }.joined(separator: "/")
            + (startsImmediately ? ",start-immediately" : "") + (onlyTransferChunks ? ",only-chunks" : "")
    }
}

/// Lets some pieces pass and loses some, by turns.
///
/// With a queue of 3, 2, three pieces pass, two are lost, three pass, and so on without end. A negative number means
/// infinity: 5, 99, 1, -1 lets five pass, loses 99, lets one pass and loses all others. Passing and losing take turns
/// even if a queue of odd length begins anew.
package struct KeepDropQueue: TextualFilter {
    /// How many pieces pass, are lost, pass, and so on.
    package let queue: [Int]
    /// Whether only chunks of transfers are counted and lost.
    package let onlyTransferChunks: Bool
    private var index = 0
    private var remaining: Int
    private var keeps = true

    /// A filter of these turns. Without any turns, or with zeros only, it lets everything pass.
    package init(_ queue: [Int], onlyTransferChunks: Bool = false) {
        self.queue = queue
        self.onlyTransferChunks = onlyTransferChunks
        remaining = queue.contains { $0 != 0 } ? queue[0] : -1
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        if onlyTransferChunks, TransferFrame(piece.bytes) == nil { return output.append(piece) }
        while remaining == 0 {
            index = (index + 1) % queue.count
            remaining = queue[index]
            keeps.toggle()
        }
        if remaining > 0 { remaining -= 1 }
        if keeps { output.append(piece) }
    }

    var unseededText: String {
        "keep-drop-queue=" + queue.map { "\($0 < 0 ? -1 : $0)" }.joined(separator: "/")
            + (onlyTransferChunks ? ",only-chunks" : "")
    }
}

/// Delays each piece by the time that its bytes take at a rate, one after the other.
///
/// A sender that heeds ``SimulatedLink/freeAt`` is held back while more than ``buffer`` bytes wait here, as by the
/// small socket buffers of the reference's proxy. A large buffer makes a line with a long queue.
package struct RateLimiter: TextualFilter {
    /// The rate in bytes a second.
    package let rate: Int
    /// The most bytes that wait without holding back the sender.
    package let buffer: Int
    private var queue = DelayQueue()
    private var freeAt = Instant(nanoseconds: .min)

    /// A filter of this rate, at least 1.
    package init(rate: Int, buffer: Int = 2048) {
        self.rate = max(rate, 1)
        self.buffer = max(buffer, 0)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        freeAt = max(freeAt, now) + .time(of: piece.bytes.count, at: rate)
        queue.append(piece, until: freeAt)
    }

    package var holdsSenderUntil: Instant? { queue.isEmpty ? nil : freeAt - .time(of: buffer, at: rate) }

    package var deadline: Instant? { queue.deadline }

    package mutating func release(at now: Instant, into output: inout [LinePiece]) {
        queue.release(at: now, into: &output)
    }

    var unseededText: String { "rate-limiter=\(rate),buffer=\(buffer)" }
}

extension Duration {
    /// The time that bytes take at a rate in bytes a second, rounded up.
    static func time(of bytes: Int, at rate: Int) -> Duration {
        let nanoseconds = (Double(bytes) * 1e9 / Double(rate)).rounded(.up)
        return .nanoseconds(Int64(exactly: nanoseconds) ?? .max)
    }
}

/// Loses the same data chunk of every window.
///
/// A window begins with the first data chunk at the offset of the last parameters, or of the confirmation of the start,
/// that arrived in the other direction; chunks that are in flight at that time still belong to the window before. Only
/// data chunks count; everything else passes.
package struct WindowPacketDropper: TextualFilter {
    /// The chunk that is lost, counted from 0.
    package let packet: Int
    private var nextWindow: UInt64? = 0
    private var position = 0

    /// A filter that loses this chunk of each window.
    package init(packet: Int) {
        self.packet = packet
    }

    /// True: the filter waits for parameters.
    package static let noticesOtherDirection = true

    package mutating func notice(_ frame: TransferFrame) {
        switch frame.kind {
        case .parametersRetransmit, .parametersContinue, .startAckConfirmation:
            nextWindow = frame.chunk.offset
        case .data, .start, .startAck, .completion, .completionAck: break
        }
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        guard let frame = TransferFrame(piece.bytes), frame.kind == .data else { return output.append(piece) }
        if frame.chunk.offset == nextWindow {
            position = 0
            nextWindow = nil
        }
        if position != packet { output.append(piece) }
        position += 1
    }

    var unseededText: String { "window-packet-dropper=\(packet)" }
}

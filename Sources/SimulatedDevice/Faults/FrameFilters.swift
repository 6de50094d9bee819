import PigweedTransfer

/// Lets the line stand still: pieces that arrive meanwhile are held back, and come all at once at the end.
package struct Stall: SeededFilter, TextualFilter {
    /// How long each stall takes.
    package let duration: Duration
    /// The probability that a stall begins with a piece, 0 to 1. This piece is the first to wait.
    package let rate: Double
    /// The time of a planned stall, counted from the first piece that arrives; `nil` for none.
    package let after: Duration?
    /// The random numbers that decide when a stall begins.
    package var random: FaultRandom
    private var queue = DelayQueue()
    private var end: Instant?
    private var planned: Instant?
    private var hasBegun = false

    /// A filter of stalls.
    package init(_ duration: Duration, rate: Double = 0, after: Duration? = nil, seed: UInt64? = nil) {
        self.duration = max(duration, .zero)
        self.rate = rate
        self.after = after
        random = FaultRandom(seed: seed)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        if !hasBegun {
            hasBegun = true
            planned = after.map { now + $0 }
        }
        if let start = planned, start <= now {
            planned = nil
            end = max(end ?? start, start + duration)
        }
        if end.map({ $0 <= now }) ?? true, random.chance(rate) { end = now + duration }
        if let end, now < end {
            queue.append(piece, until: end)
        } else {
            queue.release(at: now, into: &output)
            output.append(piece)
        }
    }

    package var deadline: Instant? { queue.deadline }

    package mutating func release(at now: Instant, into output: inout [LinePiece]) {
        queue.release(at: now, into: &output)
    }

    var unseededText: String {
        "stall=" + FaultNumber.text(duration) + (rate != 0 ? ",rate=\(rate)" : "")
            + (after.map { ",after=" + FaultNumber.text($0) } ?? "")
    }
}

/// Loses certain chunks, such as the first `COMPLETION`, every `START_ACK`, or the last data of a write.
package struct ChunkDropper: TextualFilter {
    /// A choice of chunks.
    package enum Selection: Hashable, Sendable {
        /// All chunks.
        case any
        /// Chunks of a kind.
        case kind(Chunk.Kind)
        /// Data chunks with `remaining_bytes` 0.
        case finalData
    }

    /// The chunks that the filter may lose.
    package let selection: Selection
    /// The direction of the transfers whose chunks are lost; `nil` for both.
    package let direction: Direction?
    /// The number of the first selected chunk that is lost, counted from 1.
    package let first: Int
    /// How many selected chunks are lost, one after the other; `nil` for all.
    package let count: Int?
    /// After how many selected chunks ``count`` chunks are lost again, counted from the first lost one; `nil` for
    /// never.
    package let every: Int?
    private var seen = 0

    /// A filter that loses chunks of this selection.
    package init(
        _ selection: Selection, direction: Direction? = nil, first: Int = 1, count: Int? = 1,
        every: Int? = nil
    ) {
        self.selection = selection
        self.direction = direction
        self.first = max(first, 1)
        self.count = count
        self.every = every.map { max($0, 1) }
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        guard let frame = TransferFrame(piece.bytes), matches(frame) else { return output.append(piece) }
        seen += 1
        if !isLost(seen) { output.append(piece) }
    }

    private func isLost(_ number: Int) -> Bool {
        guard number >= first else { return false }
        guard let count else { return true }
        let position = number - first
        return (every.map { position % $0 } ?? position) < count
    }

    private func matches(_ frame: TransferFrame) -> Bool {
        if let direction, frame.direction != direction { return false }
        switch selection {
        case .any: return true
        case .kind(let kind): return frame.kind == kind
        case .finalData: return frame.kind == .data && frame.chunk.remainingBytes == 0
        }
    }

    static let selections: [(name: String, value: Selection)] = [
        ("any", .any), ("data", .kind(.data)), ("final-data", .finalData), ("start", .kind(.start)),
        ("start-ack", .kind(.startAck)), ("start-ack-confirmation", .kind(.startAckConfirmation)),
        ("parameters-retransmit", .kind(.parametersRetransmit)),
        ("parameters-continue", .kind(.parametersContinue)), ("completion", .kind(.completion)),
        ("completion-ack", .kind(.completionAck)),
    ]

    var unseededText: String {
        var text = "chunk-dropper=" + (Self.selections.first { $0.value == selection }?.name ?? "")
        if first != 1 { text += ",first=\(first)" }
        if count != 1 { text += ",count=" + (count.map { "\($0)" } ?? "all") }
        if let every { text += ",every=\(every)" }
        return text + (direction.map { ",direction=\($0)" } ?? "")
    }
}

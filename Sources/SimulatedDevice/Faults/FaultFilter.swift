import PigweedTransfer

/// What the filters of a line act on: a frame, or bytes outside of frames.
package struct LinePiece: Hashable, Sendable {
    /// The bytes; a frame includes its flags.
    package var bytes: [UInt8]
    /// Whether these were the bytes of a frame when they were put on the line; a filter may have damaged it since.
    package var isFrame: Bool

    /// A piece of these bytes.
    package init(_ bytes: [UInt8], isFrame: Bool) {
        self.bytes = bytes
        self.isFrame = isFrame
    }
}

/// One fault of one direction of a line: takes pieces, and gives pieces that may be fewer, more, damaged or later.
///
/// Filters stand in a row at the receiving end of a ``SimulatedLink``, each behind the other, as those of the
/// reference's test proxy do. A filter that keeps pieces for later says so in ``deadline``; time is always told.
/// Random ones draw from a ``FaultRandom``, so that the same seed gives the same faults.
package protocol FaultFilter: Hashable, Sendable {
    /// Takes a piece that has arrived, and appends what is passed on at once.
    mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece])

    /// When ``release(at:into:)`` has something; `nil` if nothing is kept.
    var deadline: Instant? { get }

    /// Appends the pieces that were kept until now.
    mutating func release(at now: Instant, into output: inout [LinePiece])

    /// Until when a sender that wants backpressure waits; `nil` if it need not.
    var holdsSenderUntil: Instant? { get }

    /// Whether ``notice(_:)`` does anything.
    static var noticesOtherDirection: Bool { get }

    /// Called for each chunk that arrives at the end of the other direction, behind its filters.
    mutating func notice(_ frame: TransferFrame)
}

extension FaultFilter {
    /// Nothing is kept.
    package var deadline: Instant? { nil }

    /// Nothing is kept.
    package mutating func release(at now: Instant, into output: inout [LinePiece]) {}

    /// Nobody waits.
    package var holdsSenderUntil: Instant? { nil }

    /// The other direction does not matter.
    package static var noticesOtherDirection: Bool { false }

    /// The other direction does not matter.
    package mutating func notice(_ frame: TransferFrame) {}
}

/// The random numbers of a filter, which remember the seed that they come from.
package struct FaultRandom: RandomNumberGenerator, Hashable, Sendable {
    /// Where the numbers begin; `nil` is taken for 0 and stands for a seed that is still to be chosen.
    package let seed: UInt64?
    private var generator: SplitMix64

    /// Numbers of this seed.
    package init(seed: UInt64?) {
        self.seed = seed
        generator = SplitMix64(seed: seed ?? 0)
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 { generator.next() }

    /// True with this probability; takes one number.
    mutating func chance(_ probability: Double) -> Bool { generator.chance(probability) }

    /// A byte.
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    /// A number below `bound`, 0 if that is not positive.
    mutating func below(_ bound: Int) -> Int {
        let number = next()
        return bound > 0 ? Int(truncatingIfNeeded: number % UInt64(bound)) : 0
    }
}

/// Pieces that wait for their time, in order.
struct DelayQueue: Hashable {
    private struct Waiting: Hashable {
        var piece: LinePiece
        var time: Instant
    }

    private var waiting: [Waiting] = []

    var isEmpty: Bool { waiting.isEmpty }

    /// The time of the first piece.
    var deadline: Instant? { waiting.first?.time }

    /// Appends a piece, which waits at least as long as those before it.
    mutating func append(_ piece: LinePiece, until time: Instant) {
        waiting.append(Waiting(piece: piece, time: max(time, waiting.last?.time ?? time)))
    }

    /// Moves the pieces whose time has come.
    mutating func release(at now: Instant, into output: inout [LinePiece]) {
        let count = waiting.prefix { $0.time <= now }.count
        output += waiting.prefix(count).map(\.piece)
        waiting.removeFirst(count)
    }
}

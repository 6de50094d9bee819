import PigweedTransfer

/// The unit on which the filters of a line act: a frame, or bytes outside of frames.
package struct LinePiece: Hashable, Sendable {
    /// The bytes; a frame includes its flags.
    package var bytes: [UInt8]
    /// Whether the bytes were a frame when they were put on the line; a filter may have damaged it since.
    package var isFrame: Bool

    /// A piece of these bytes.
    package init(_ bytes: [UInt8], isFrame: Bool) {
        self.bytes = bytes
        self.isFrame = isFrame
    }
}

/// One fault of one direction of a line: takes pieces, and gives pieces that may be fewer, more, damaged or later.
///
/// Filters stand one behind the other at the receiving end of a ``SimulatedLink``, as in the reference's test proxy. A
/// filter that holds back pieces says in ``deadline`` until when; time is always a parameter. Random filters draw from
/// a ``FaultRandom``, so that the same seed gives the same faults.
package protocol FaultFilter: Hashable, Sendable {
    /// Takes a piece that has arrived, and appends the pieces that are passed on at once.
    mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece])

    /// When ``release(at:into:)`` has pieces to pass on; `nil` if the filter holds back none.
    var deadline: Instant? { get }

    /// Appends the pieces that were held back until now.
    mutating func release(at now: Instant, into output: inout [LinePiece])

    /// Until when a sender that heeds backpressure must wait; `nil` if it need not wait.
    var holdsSenderUntil: Instant? { get }

    /// Whether ``notice(_:)`` does anything.
    static var noticesOtherDirection: Bool { get }

    /// Called for each chunk that arrives at the end of the other direction, behind its filters.
    mutating func notice(_ frame: TransferFrame)
}

extension FaultFilter {
    /// `nil`: a filter holds back no pieces by default.
    package var deadline: Instant? { nil }

    /// Appends nothing: a filter holds back no pieces by default.
    package mutating func release(at now: Instant, into output: inout [LinePiece]) {}

    /// `nil`: a filter does not make the sender wait by default.
    package var holdsSenderUntil: Instant? { nil }

    /// False: a filter ignores the other direction by default.
    package static var noticesOtherDirection: Bool { false }

    /// Does nothing: a filter ignores the other direction by default.
    package mutating func notice(_ frame: TransferFrame) {}
}

/// The random numbers of a filter, with the seed that they come from.
package struct FaultRandom: RandomNumberGenerator, Hashable, Sendable {
    /// The seed of the numbers; `nil` if it is still to be chosen. Until then, the numbers are those of seed 0.
    package let seed: UInt64?
    private var generator: SplitMix64

    /// Numbers of this seed.
    package init(seed: UInt64?) {
        self.seed = seed
        generator = SplitMix64(seed: seed ?? 0)
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 { generator.next() }

    /// A random byte.
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    /// A random number from 0 to `bound - 1`; 0 if `bound` is not positive.
    mutating func below(_ bound: Int) -> Int {
        let number = next()
        return bound > 0 ? Int(truncatingIfNeeded: number % UInt64(bound)) : 0
    }
}

/// A piece that waits for its time.
struct TimedPiece: Hashable {
    var piece: LinePiece
    var time: Instant
}

/// Pieces that wait for their time, in order.
struct DelayQueue: Hashable {
    private var waiting: [TimedPiece] = []

    var isEmpty: Bool { waiting.isEmpty }

    /// The time of the first piece; `nil` if none waits.
    var deadline: Instant? { waiting.first?.time }

    /// Appends a piece, which waits at least as long as the pieces before it.
    mutating func append(_ piece: LinePiece, until time: Instant) {
        waiting.append(TimedPiece(piece: piece, time: max(time, waiting.last?.time ?? time)))
    }

    /// Moves the pieces whose time has come to `output`.
    mutating func release(at now: Instant, into output: inout [LinePiece]) {
        let count = waiting.prefix { $0.time <= now }.count
        output += waiting.prefix(count).map(\.piece)
        waiting.removeFirst(count)
    }
}

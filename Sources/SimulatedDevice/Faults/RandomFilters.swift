import PigweedTransfer

/// A filter that draws random numbers.
package protocol SeededFilter: FaultFilter {
    /// The source of the random numbers.
    var random: FaultRandom { get set }
}

/// Does the same to each byte or piece with the same probability.
package struct RatedFilter: SeededFilter, TextualFilter {
    /// The effect of the filter, under its name in a ``Fault``.
    package enum Effect: String, Hashable, Sendable {
        /// Pieces are lost, as in the reference's proxy.
        case dropPieces = "data-dropper"
        /// Frames arrive twice.
        case duplicateFrames = "frame-duplicator"
        /// Bytes arrive with one wrong bit.
        case flipBits = "bit-flipper"
        /// Bytes are lost, as when a receiver overruns.
        case dropBytes = "byte-dropper"
        /// Bytes arrive twice.
        case repeatBytes = "byte-repeater"
    }

    /// The effect on a byte or piece.
    package let effect: Effect
    /// The probability that a byte or piece is hit, 0 to 1.
    package let rate: Double
    /// The random numbers that decide which bytes or pieces are hit, and which bit of a byte.
    package var random: FaultRandom

    /// A filter of this rate.
    package init(_ effect: Effect, rate: Double, seed: UInt64? = nil) {
        self.effect = effect
        self.rate = rate
        random = FaultRandom(seed: seed)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        var piece = piece
        switch effect {
        case .dropPieces:
            if random.chance(rate) { return }
        case .duplicateFrames:
            if piece.isFrame, random.chance(rate) { output.append(piece) }
        case .flipBits:
            for index in piece.bytes.indices where random.chance(rate) {
                piece.bytes[index] ^= 1 << UInt8(random.below(8))
            }
        case .dropBytes:
            piece.bytes.removeAll { _ in random.chance(rate) }
            if piece.bytes.isEmpty { return }
        case .repeatBytes:
            let bytes = piece.bytes
            piece.bytes = []
            for byte in bytes { piece.bytes += repeatElement(byte, count: random.chance(rate) ? 2 : 1) }
        }
        output.append(piece)
    }

    var unseededText: String { "\(effect.rawValue)=\(rate)" }
}

/// Damages runs of bytes, across the borders of frames.
package struct Burst: SeededFilter, TextualFilter {
    /// What happens to the bytes of a burst.
    package enum Effect: String, Hashable, Sendable, CaseIterable {
        /// The bytes are lost.
        case lose
        /// Random bytes arrive in their place.
        case garble
    }

    /// The probability that a burst begins with a byte, 0 to 1.
    package let rate: Double
    /// The number of bytes in each burst.
    package let length: Int
    /// What happens to the bytes of a burst.
    package let effect: Effect
    /// The random numbers that decide where bursts begin.
    package var random: FaultRandom
    private var remaining = 0

    /// A filter of bursts, of a length of at least 1.
    package init(rate: Double, length: Int, effect: Effect, seed: UInt64? = nil) {
        self.rate = rate
        self.length = max(length, 1)
        self.effect = effect
        random = FaultRandom(seed: seed)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        var bytes: [UInt8] = []
        for byte in piece.bytes {
            if remaining == 0, random.chance(rate) { remaining = length }
            guard remaining > 0 else {
                bytes.append(byte)
                continue
            }
            remaining -= 1
            if effect == .garble { bytes.append(random.byte()) }
        }
        if !bytes.isEmpty { output.append(LinePiece(bytes, isFrame: piece.isFrame)) }
    }

    var unseededText: String { "burst=\(rate),length=\(length),effect=\(effect.rawValue)" }
}

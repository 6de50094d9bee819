public import PigweedTransfer

// Faults of single bytes, wherever they are.

/// A filter that draws random numbers.
public protocol SeededFilter: FaultFilter {
    /// Where they come from.
    var random: FaultRandom { get set }
}

/// Flips one bit of each byte with the same probability.
public struct BitFlipper: SeededFilter {
    /// Probability that a byte is hit, 0 to 1.
    public let rate: Double
    /// Decides which, and which of its bits.
    public var random: FaultRandom

    /// A filter of this rate.
    public init(rate: Double, seed: UInt64? = nil) {
        self.rate = rate
        random = FaultRandom(seed: seed)
    }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        var piece = piece
        for index in piece.bytes.indices where random.chance(rate) {
            piece.bytes[index] ^= 1 << UInt8(random.below(8))
        }
        output.append(piece)
    }
}

/// Loses each byte with the same probability, as a receiver does that overruns.
public struct ByteDropper: SeededFilter {
    /// Probability that a byte is lost, 0 to 1.
    public let rate: Double
    /// Decides which.
    public var random: FaultRandom

    /// A filter of this rate.
    public init(rate: Double, seed: UInt64? = nil) {
        self.rate = rate
        random = FaultRandom(seed: seed)
    }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        var piece = piece
        piece.bytes.removeAll { _ in random.chance(rate) }
        if !piece.bytes.isEmpty { output.append(piece) }
    }
}

/// Lets each byte arrive twice with the same probability.
public struct ByteRepeater: SeededFilter {
    /// Probability that a byte is repeated, 0 to 1.
    public let rate: Double
    /// Decides which.
    public var random: FaultRandom

    /// A filter of this rate.
    public init(rate: Double, seed: UInt64? = nil) {
        self.rate = rate
        random = FaultRandom(seed: seed)
    }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(piece.bytes.count)
        for byte in piece.bytes {
            bytes.append(byte)
            if random.chance(rate) { bytes.append(byte) }
        }
        output.append(LinePiece(bytes, isFrame: piece.isFrame))
    }
}

/// Damages runs of bytes, across the borders of frames.
public struct Burst: SeededFilter {
    /// What happens to the bytes of a burst.
    public enum Effect: String, Hashable, Sendable, CaseIterable {
        /// They are lost.
        case lose
        /// Random ones arrive in their place.
        case garble
    }

    /// Probability that a burst begins with a byte, 0 to 1.
    public let rate: Double
    /// Bytes of each burst.
    public let length: Int
    /// What happens to them.
    public let effect: Effect
    /// Decides where.
    public var random: FaultRandom
    private var remaining = 0

    /// A filter of bursts, of a length of at least 1.
    public init(rate: Double, length: Int, effect: Effect, seed: UInt64? = nil) {
        self.rate = rate
        self.length = max(length, 1)
        self.effect = effect
        random = FaultRandom(seed: seed)
    }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
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
}

/// What a line does to the frames on it; timing is ``SimulatedLink``'s affair.
package struct LinkFaults: Hashable, Sendable {
    /// What became of a frame.
    package enum Fate: Hashable, Sendable {
        /// It arrives as it was sent.
        case intact
        /// It never arrives.
        case dropped
        /// It arrives with one bit flipped.
        case corrupted
    }

    /// Probability that a frame is lost, 0 to 1.
    package var drop: Double
    /// Probability that one bit of a frame is flipped, 0 to 1.
    package var corrupt: Double

    private var random: SplitMix64

    /// Faults of these probabilities, always the same ones for a seed.
    package init(drop: Double = 0, corrupt: Double = 0, seed: UInt64 = 0) {
        self.drop = drop
        self.corrupt = corrupt
        random = SplitMix64(seed: seed)
    }

    /// Whether every frame arrives as it was sent.
    var areNone: Bool { drop <= 0 && corrupt <= 0 }

    /// Decides about a frame, and changes it if it is to be corrupted.
    mutating func apply(to frame: inout [UInt8]) -> Fate {
        let isDropped = random.chance(drop)
        let isCorrupted = random.chance(corrupt)
        let bit = random.next()
        guard !isDropped else { return .dropped }
        guard isCorrupted, !frame.isEmpty else { return .intact }
        let position = Int(truncatingIfNeeded: bit % UInt64(frame.count * 8))
        frame[position / 8] ^= 1 << UInt8(position % 8)
        return .corrupted
    }
}

/// Where bytes wait for a line: a driver's buffer, that of a USB adapter, a socket's.
///
/// It is filled as fast as its sender sends, and drains at the rate of the line, first in, first out.
package struct LineQueue: Hashable, Sendable {
    /// The bytes that it holds.
    package var size: Int
    /// Whether bytes are lost for which there is no room, as by a chip without flow control. Otherwise the sender is held
    /// back until all its bytes fit, as by a blocking UART or a socket.
    package var losesOverflow: Bool

    /// A queue of this size; a negative one is taken for 0.
    package init(size: Int, losesOverflow: Bool = false) {
        self.size = max(size, 0)
        self.losesOverflow = losesOverflow
    }
}

/// The damage that a line does to frames; ``SimulatedLink`` has its timing.
package struct LinkFaults: Hashable, Sendable {
    /// What happened to a frame.
    package enum Fate: Hashable, Sendable {
        /// The frame arrives as it was sent.
        case intact
        /// The frame never arrives.
        case dropped
        /// The frame arrives with one bit flipped.
        case corrupted
    }

    /// The probability that a frame is lost, 0 to 1.
    package var drop: Double
    /// The probability that one bit of a frame is flipped, 0 to 1.
    package var corrupt: Double

    private var random: SplitMix64

    /// Faults of these probabilities; the same seed gives the same faults.
    package init(drop: Double = 0, corrupt: Double = 0, seed: UInt64 = 0) {
        self.drop = drop
        self.corrupt = corrupt
        random = SplitMix64(seed: seed)
    }

    /// Whether every frame arrives as it was sent.
    var areNone: Bool { drop <= 0 && corrupt <= 0 }

    /// Decides what happens to a frame, and flips a bit in it if it is to be corrupted.
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

/// A queue in which bytes wait for a line: the buffer of a driver, of a USB adapter, or of a socket.
///
/// The sender fills the queue as fast as it can. The queue drains at the rate of the line, first in, first out.
package struct LineQueue: Hashable, Sendable {
    /// The most bytes that the queue holds.
    package var size: Int
    /// Whether bytes without room are lost, as by a chip without flow control. Otherwise the sender is held back until
    /// all its bytes fit, as by a blocking UART or a socket.
    package var losesOverflow: Bool

    /// A queue of this size; a negative size means 0.
    package init(size: Int, losesOverflow: Bool = false) {
        self.size = max(size, 0)
        self.losesOverflow = losesOverflow
    }
}

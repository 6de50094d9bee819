internal import PigweedTransfer

/// Keeps a client from filling a disk with what the simulated device tells of it.
struct EventLimit {
    enum Verdict: Hashable {
        /// The event is told; so many before it were not.
        case told(after: Int)
        case leftOut
    }

    /// What may be told at once, after a quiet time.
    private static let burst = 1000
    /// The time in which one event more may be told.
    private static let pause = Duration.milliseconds(20)

    private var room = burst
    /// Until when room was counted.
    private var countedUntil = Instant.zero
    /// What was left out since the last event that was told.
    private(set) var leftOut = 0

    /// Whether an event is told.
    mutating func verdict(at now: Instant) -> Verdict {
        let gained = max(0, (now - countedUntil) / Self.pause)
        if gained >= Double(Self.burst - room) {
            room = Self.burst
            countedUntil = now
        } else {
            room += Int(gained)
            countedUntil = countedUntil + Self.pause * Int(gained)
        }
        guard room > 0 else {
            leftOut += 1
            return .leftOut
        }
        room -= 1
        defer { leftOut = 0 }
        return .told(after: leftOut)
    }
}

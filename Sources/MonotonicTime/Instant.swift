/// A point in time: nanoseconds since an origin that only the caller knows.
///
/// The engine has no clock; every call that depends on the time has it as a parameter. Arithmetic saturates.
public struct Instant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the origin.
    public var nanoseconds: Int64

    /// A point in time.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin.
    public static let zero = Instant(nanoseconds: 0)

    /// Earlier is smaller.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The time `duration` later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.saturatedNanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: duration < .zero ? .min : .max)
    }

    /// The time `duration` earlier.
    public static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }

    /// The time from `right` to `left`; negative if `right` is later.
    public static func - (left: Instant, right: Instant) -> Duration {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        guard overflow else { return .nanoseconds(difference) }
        return .nanoseconds(left > right ? Int64.max : Int64.min)
    }
}

extension Duration {
    /// The duration in nanoseconds, at most what `Int64` holds: 292 years.
    public var saturatedNanoseconds: Int64 {
        let short = Int64(truncatingIfNeeded: attoseconds)
        if Int128(truncatingIfNeeded: short) == attoseconds { return short / 1_000_000_000 }
        return Int64(clamping: attoseconds / 1_000_000_000)
    }
}

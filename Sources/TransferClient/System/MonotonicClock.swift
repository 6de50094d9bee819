internal import Glibc
public import PigweedTransfer

/// The clock that transfers run by: it never jumps, and stands still while the machine sleeps.
public enum MonotonicClock {
    /// The time since some point in the past.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

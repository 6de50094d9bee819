internal import CLibrary
@_exported public import MonotonicTime

/// The clock that transfers run by: it never jumps, and stands still while the machine sleeps.
public enum MonotonicClock {
    /// The time now; the origin is some point in the past.
    public static var now: Instant { Instant(nanoseconds: nanoseconds(of: CLOCK_MONOTONIC)) }

    /// The time since 1970, which jumps when somebody sets the clock.
    package static var timeSince1970: Duration { .nanoseconds(nanoseconds(of: CLOCK_REALTIME)) }

    /// The time since the machine was started, asleep or not.
    package static var timeSinceStart: Duration { .nanoseconds(nanoseconds(of: CLOCK_BOOTTIME)) }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

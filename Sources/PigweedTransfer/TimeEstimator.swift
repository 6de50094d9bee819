/// Estimates a time that is measured again and again, and how long to wait before it is overdue.
///
/// Smoothing and variation as in RFC 6298: gains 1/8 and 1/4, overdue after the mean plus four times the variation. A
/// serial line is steadier than a network, so the first variation is a quarter of the first sample, not half.
struct TimeEstimator {
    /// The smoothed time; `nil` before the first measurement.
    private(set) var smoothed: Duration?
    private var variation = Duration.zero

    /// When an event that takes this time is overdue; `nil` before the first measurement.
    ///
    /// - Parameter granularity: variations below this are noise of schedulers and USB frames.
    func overdue(granularity: Duration) -> Duration? {
        smoothed.map { $0 + max(granularity, variation * 4) }
    }

    /// Before this the event is not to be expected; `nil` before the first measurement.
    var earliest: Duration? {
        smoothed.map { $0 - $0 / 16 - variation }
    }

    mutating func add(_ sample: Duration) {
        guard sample >= .zero else { return }
        guard let mean = smoothed else {
            smoothed = sample
            variation = sample / 4
            return
        }
        let deviation = mean > sample ? mean - sample : sample - mean
        variation += (deviation - variation) / 4
        smoothed = mean + (sample - mean) / 8
    }
}

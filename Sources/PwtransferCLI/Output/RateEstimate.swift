internal import PigweedTransfer

/// How fast bytes move, over the last seconds.
struct RateEstimate {
    private static let span = Duration.seconds(4)
    private static let step = Duration.milliseconds(100)

    private var samples: [(at: Instant, moved: UInt64)] = []

    /// Bytes a second; `nil` until a tenth of a second was measured.
    private(set) var bytesPerSecond: Double?

    /// So many bytes were moved at this time.
    mutating func add(_ moved: UInt64, at now: Instant) {
        if let last = samples.last, now - last.at < Self.step { return }
        // After a restart of the transfer the count may be lower.
        if let last = samples.last, moved < last.moved { samples.removeAll() }
        samples.append((now, moved))
        // One sample from before the span stays, to measure from.
        let old = samples.prefix { now - $0.at >= Self.span }.count
        if old > 1 { samples.removeFirst(old - 1) }
        guard let first = samples.first, now > first.at else { return }
        let seconds = Double((now - first.at).saturatedNanoseconds) / 1e9
        bytesPerSecond = Double(moved - first.moved) / seconds
    }
}

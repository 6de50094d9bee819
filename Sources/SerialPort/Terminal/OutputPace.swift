internal import Machine
internal import Synchronization

/// When the bytes that a driver took are on the line, computed from the rate alone.
struct OutputPace: ~Copyable, Sendable {
    /// How many nanoseconds later than computed bytes may leave an adapter: the time of some frames of USB.
    private static let adapterDelay: Int64 = 5_000_000

    /// The longest time ahead that is computed, in nanoseconds; nobody waits longer.
    private static let horizon: Int64 = 3_600_000_000_000

    /// The nanoseconds that a byte takes; ``unknown`` if the other side may stop the line.
    private let byteTime: Atomic<Int64>
    /// When the last byte is on the line, in nanoseconds of the monotonic clock; 0 as long as nothing was written.
    private let sentAt = Atomic<Int64>(0)

    private static let unknown: Int64 = -1

    init(_ settings: SerialSettings) {
        byteTime = Atomic(Self.byteTime(settings))
    }

    /// Takes over new settings, which decide how long later bytes take.
    func change(to settings: SerialSettings) {
        byteTime.store(Self.byteTime(settings), ordering: .relaxed)
    }

    private static func byteTime(_ settings: SerialSettings) -> Int64 {
        guard settings.flowControl == .none else { return unknown }
        return Int64(settings.bitsPerByte) * 1_000_000_000 / Int64(max(settings.baudRate, 1))
    }

    /// Whether anything was written.
    var hasWritten: Bool { sentAt.load(ordering: .relaxed) > 0 }

    /// The time until the last byte is on the line, rounded up; `nil` if the other side may stop the line.
    var millisecondsLeft: Int64? {
        guard byteTime.load(ordering: .relaxed) != Self.unknown else { return nil }
        let left = sentAt.load(ordering: .relaxed) + Self.adapterDelay - MonotonicClock.now.nanoseconds
        return max(0, (left + 999_999) / 1_000_000)
    }

    /// Notes that the driver took `count` bytes.
    func wrote(_ count: Int) {
        let now = MonotonicClock.now.nanoseconds
        let start = max(sentAt.load(ordering: .relaxed), now)
        let (time, isTooLong) = Int64(count).multipliedReportingOverflow(
            by: max(byteTime.load(ordering: .relaxed), 0))
        let end = min(start, now + Self.horizon) + (isTooLong ? Self.horizon : min(time, Self.horizon))
        sentAt.store(end, ordering: .relaxed)
    }
}

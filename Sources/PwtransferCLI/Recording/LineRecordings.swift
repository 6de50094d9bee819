internal import PigweedTransfer
internal import Synchronization
internal import TransferClient

/// What is recorded of a line: for itself, or together with the lines of other devices.
struct LineRecordings: Sendable {
    let clock: RecordingClock
    var trace: TraceRecording?
    var capture: CaptureRecording?
    /// The name of the line in a trace that it shares with others; `nil` if the trace is its own.
    var traceName: String?
    /// The place of the line among those of the capture.
    var captureIndex = 0

    /// Why a file is not complete, if one is not.
    var failure: Failure? {
        if let error = trace?.file?.failure { return .notRecorded(error, option: "--trace") }
        return (capture?.file.failure).map { .notRecorded($0, option: "--capture") }
    }
}

/// The time in recordings, since they began: to the microsecond, as JSON lines have it, so that a trace and a decoded
/// capture have the same times.
final class RecordingClock: Sendable {
    /// The wall clock at time 0, since 1970.
    let started: Instant
    private let start: Mutex<Instant>

    init() {
        started = Instant(nanoseconds: MonotonicClock.timeSince1970.saturatedNanoseconds / 1000 * 1000)
        start = Mutex(MonotonicClock.now)
    }

    /// Does something at a time, and nothing else before it is done: what is recorded of several lines stands in the
    /// order of its times.
    func record(_ body: (Instant) -> Void) {
        start.withLock { start in
            let elapsed = (MonotonicClock.now - start).saturatedNanoseconds
            body(Instant(nanoseconds: elapsed / 1000 * 1000))
        }
    }
}

internal import HDLC
internal import PigweedTransfer
internal import Synchronization
internal import TransferClient
internal import WireCapture

/// The recordings of a line. Other devices' lines may share them.
struct LineRecordings: Sendable {
    let clock: RecordingClock
    var trace: TraceRecording?
    var capture: CaptureRecording?
    /// The name of the line in a trace that several lines share; `nil` if the trace is only for this line.
    var traceName: String?
    /// The index of the line in the capture.
    var captureIndex = 0

    /// The failure of a recording that is incomplete.
    var failure: Failure? {
        if let error = trace?.file?.failure { return .notRecorded(error, option: "--trace") }
        return (capture?.file.failure).map { .notRecorded($0, option: "--capture") }
    }
}

/// The clock of recordings, which counts from their beginning. It counts whole microseconds, as JSON lines do, so
/// that a trace and a decoded capture have the same times.
final class RecordingClock: Sendable {
    /// The wall-clock time at time 0, since 1970.
    let started: Instant
    private let start: Mutex<Instant>

    init() {
        started = Instant(nanoseconds: MonotonicClock.timeSince1970.saturatedNanoseconds / 1000 * 1000)
        start = Mutex(MonotonicClock.now)
    }

    /// Calls `body` with the time, for one line after the other. So the records of several lines are in the order of
    /// their times.
    func record(_ body: (Instant) -> Void) {
        start.withLock { start in
            let elapsed = (MonotonicClock.now - start).saturatedNanoseconds
            body(Instant(nanoseconds: elapsed / 1000 * 1000))
        }
    }
}

/// Records the decoded frames of one line, or of several, for `--trace`.
final class TraceRecording: Sendable {
    /// The file for the trace; `nil` for the console.
    let file: RecordFile?
    private let decoder: Mutex<WireDecoder>

    /// - Parameter address: the HDLC address of RPC packets.
    init(_ file: RecordFile?, address: FrameAddress) {
        self.file = file
        decoder = Mutex(WireDecoder(address: address))
    }

    /// Records what the decoder makes of bytes, or of the end of a line.
    ///
    /// - Returns: the items for the console, and why the file could not be written; `nil` after the first time.
    func record(
        _ decode: @Sendable (inout WireDecoder, inout [WireItem]) -> Void
    ) -> (items: [WireItem], failure: FileError?) {
        decoder.withLock { decoder in
            var items: [WireItem] = []
            decode(&decoder, &items)
            guard let file else { return (items, nil) }
            guard !items.isEmpty else { return ([], nil) }
            return ([], file.append(Array(items.map { $0.line + "\n" }.joined().utf8)))
        }
    }
}

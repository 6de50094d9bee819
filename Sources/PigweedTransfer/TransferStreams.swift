internal import PigweedRPC

/// The streams of reads and writes: opened when a transfer needs one, never right behind each other, and not used again
/// after a transfer that ended without the device's word.
struct TransferStreams {
    /// How long to wait from opening a stream to opening another, or to a start that must not be repeated early
    /// (``StartPauses``): a device installs a stream on another thread and loses what arrives before that (upstream:
    /// Python waits 1 s, Java 10 ms; measured: 2 % lost at 10 ms).
    static let openingDelay = Duration.milliseconds(100)

    private struct Stream {
        var call: RPCClient.Call
        var readyAt: Instant
        /// Whether it was opened for the next start.
        var isNew = true
        /// Whether a transfer on it ended without the device's word. The device may still be at it; a new stream makes
        /// it stop, and tells its late answers from those of the next transfer.
        var isStale = false
    }

    private var read: Stream?
    private var write: Stream?
    /// Streams must not be opened right behind each other: devices mix them up.
    private var mayOpenAt = Instant.zero

    private subscript(direction: Direction) -> Stream? {
        get { direction == .read ? read : write }
        set { if direction == .read { read = newValue } else { write = newValue } }
    }

    func isOpen(_ direction: Direction) -> Bool { self[direction] != nil }

    func call(_ direction: Direction) -> RPCClient.Call? { self[direction]?.call }

    func direction(of call: RPCClient.Call) -> Direction? {
        if read?.call == call { return .read }
        return write?.call == call ? .write : nil
    }

    /// When the stream can carry a start; if there is none, when it may be opened.
    func readyTime(_ direction: Direction) -> Instant { self[direction]?.readyAt ?? mayOpenAt }

    /// A stream was opened, perhaps in the place of an older one.
    ///
    /// - Parameter mayStart: whether the start may follow at once.
    mutating func opened(
        _ direction: Direction, as call: RPCClient.Call, mayStart: Bool, at now: Instant
    ) {
        mayOpenAt = now + Self.openingDelay
        self[direction] = Stream(call: call, readyAt: mayStart ? now : mayOpenAt)
    }

    /// A start goes out on an open stream.
    ///
    /// - Returns: whether it is the first.
    mutating func starts(on direction: Direction) -> Bool {
        defer { self[direction]?.isNew = false }
        return self[direction]?.isNew ?? true
    }

    mutating func close(_ direction: Direction) { self[direction] = nil }

    mutating func markStale(_ direction: Direction) { self[direction]?.isStale = true }

    mutating func closeStale(_ direction: Direction) {
        if self[direction]?.isStale == true { close(direction) }
    }
}

internal import PigweedRPC

/// The streams of reads and writes: opened when a transfer needs one, never right behind each other, and not used again
/// after a transfer that ended without the device's word.
struct TransferStreams {
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
        mayOpenAt = now + Tuning.streamOpening
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

/// The ids of a client's sessions: never 0, and none twice before all others were used (protocol: rules).
struct SessionIDs {
    private var next: UInt32

    init(first: UInt32) { next = first }

    /// The next id for a transfer of a resource. It is not the number of the resource: a legacy chunk has one number, which
    /// would name both the session and the resource.
    mutating func take(for resource: UInt32) -> UInt32 {
        if next == resource { advance() }
        defer { advance() }
        return next
    }

    private mutating func advance() { next = next == .max ? 1 : next + 1 }
}

internal import PigweedRPC

/// The streams of reads and writes. A stream is opened when a transfer needs one, never right behind another one, and
/// is not used again after a transfer whose end the device did not confirm.
struct TransferStreams {
    private struct Stream {
        var call: RPCClient.Call
        var readyAt: Instant
        /// Whether no start has gone out on the stream yet.
        var isNew = true
        /// Whether the device did not confirm the end of the last transfer on the stream, and may still be working on
        /// it. A new stream makes the device stop, and keeps its late answers apart from those of the next transfer.
        var isStale = false
    }

    private var read: Stream?
    private var write: Stream?
    /// When the next stream may be opened: devices mix up streams that are opened right behind each other.
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

    /// When the open stream can carry a start, or when a stream that is not open may be opened.
    func readyTime(_ direction: Direction) -> Instant { self[direction]?.readyAt ?? mayOpenAt }

    /// Notes that a stream was opened, perhaps in the place of an older one.
    ///
    /// - Parameter mayStart: whether the start may follow at once.
    mutating func opened(
        _ direction: Direction, as call: RPCClient.Call, mayStart: Bool, at now: Instant
    ) {
        mayOpenAt = now + Tuning.streamOpening
        self[direction] = Stream(call: call, readyAt: mayStart ? now : mayOpenAt)
    }

    /// Notes that a start goes out on an open stream.
    ///
    /// - Returns: whether it is the first start on this stream.
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

    /// The next id for a transfer of a resource. It is not the number of the resource: a legacy chunk has one number,
    /// which would name both the session and the resource.
    mutating func take(for resource: UInt32) -> UInt32 {
        if next == resource { advance() }
        defer { advance() }
        return next
    }

    private mutating func advance() { next = next == .max ? 1 : next + 1 }
}

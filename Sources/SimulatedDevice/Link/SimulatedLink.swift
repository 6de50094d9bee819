internal import PigweedTransfer

/// Counts of the things that a link has carried so far.
package struct LinkCounters: Hashable, Sendable {
    /// The number of bytes that were sent.
    package var bytes = 0
    /// The number of whole frames that were sent.
    package var frames = 0
    /// The number of frames that never arrive.
    package var droppedFrames = 0
    /// The number of frames with a flipped bit.
    package var corruptedFrames = 0
    /// The number of bytes for which a queue had no room; they are not in ``bytes``.
    package var overflowedBytes = 0

    /// The counts of a link that has carried nothing.
    package init() {}
}

/// One direction of a serial line in virtual time.
///
/// Bytes go one after the other. Each takes the time of ten bits, and arrives `latency` after it has left. All times
/// are exact: the n-th byte since the line was idle has left after n times 10 / baud seconds, rounded up to the
/// nanosecond, without drift. Frames arrive as a whole, with their last byte, since faults act on whole frames; other
/// bytes arrive one by one. If the end of a frame does not come, its beginning arrives after ``holdTime``.
///
/// Between the sender and the line there may be a ``LineQueue``. Without a queue that loses bytes, the link takes all
/// bytes that it is given: a sender that heeds backpressure must not send before ``freeAt``.
package struct SimulatedLink: Sendable {
    /// How long the beginning of a frame is held after its last byte.
    package static let holdTime = Duration.milliseconds(100)

    /// The bits a second; `nil` for a line without any delay of its own.
    package let baud: Int?
    /// The time from the end of a byte at the sender to its arrival.
    package let latency: Duration
    /// The queue in which bytes wait for the line; `nil` if the sender waits until the line has carried its bytes.
    package private(set) var queue: LineQueue?
    /// What happens to frames.
    package var faults: LinkFaults
    /// The filters at the end of the line, which take bytes in the order and at the times of their arrival.
    package var filters: FaultPipeline
    /// Counts of sent and lost bytes and frames.
    package private(set) var counters = LinkCounters()

    private var splitter = FrameSplitter()
    private var deliveries: [TimedPiece] = []
    private var firstDelivery = 0
    /// When the line was last idle.
    private var busySince = Instant.zero
    /// How many bytes were sent since the line was last idle.
    private var busyBytes: Int64 = 0
    private var lastArrival = Instant.zero

    /// An idle line. A baud rate below 1 means 1. Without a baud rate nothing ever waits in the queue.
    package init(
        baud: Int? = nil, latency: Duration = .zero, queue: LineQueue? = nil,
        faults: LinkFaults = LinkFaults(), filters: FaultPipeline = FaultPipeline()
    ) {
        self.baud = baud.map { min(max($0, 1), 1 << 32) }
        self.latency = max(latency, .zero)
        self.queue = queue
        self.faults = faults
        self.filters = filters
    }

    /// When the sender may continue: its bytes have been carried or fit into the queue, and no filter holds it back. If
    /// the queue loses bytes that do not fit, the queue never holds the sender back.
    package var freeAt: Instant { max(queueFreeAt, filters.holdsSenderUntil ?? queueFreeAt) }

    /// When the last byte that was given leaves the sender.
    private var lineFreeAt = Instant.zero
    /// When all bytes that were given have left the sender or fit into the queue.
    private var queueFreeAt = Instant.zero

    /// Whether all bytes arrive unchanged and at once, so that a driver can do without the link.
    package var isTransparent: Bool {
        baud == nil && latency == .zero && faults.areNone && filters.isEmpty && deliveries.isEmpty
            && splitter.partial.isEmpty
    }

    /// Puts bytes on the line, behind the bytes that wait already.
    package mutating func send(_ bytes: Span<UInt8>, at now: Instant) {
        if lineFreeAt <= now {
            busySince = now
            busyBytes = 0
            lineFreeAt = now
        }
        guard let queue, queue.losesOverflow, case let room = room(at: now), room < bytes.count else {
            return carry(bytes)
        }
        carry(bytes.extracting(..<room))
        counters.overflowedBytes += bytes.count - room
        releasePartial(at: lastArrival)
    }

    /// Whether there is a queue that makes a sender wait until ``freeAt``, when all its bytes fit.
    package var blocksSender: Bool { queue.map { !$0.losesOverflow } ?? false }

    /// How many bytes the queue has room for; `Int.max` if there is no queue, or no rate at which it could fill up.
    package func room(at now: Instant) -> Int {
        guard let queue, baud != nil else { return .max }
        return max(queue.size - waitingBytes(at: now), 0)
    }

    /// How many of the sender's bytes have not left it by now.
    private func waitingBytes(at now: Instant) -> Int {
        guard let baud, lineFreeAt > now else { return 0 }
        let (seconds, nanoseconds) = (now - busySince).saturatedNanoseconds
            .quotientAndRemainder(dividingBy: 1_000_000_000)
        let bits = seconds &* Int64(baud) &+ nanoseconds * Int64(baud) / 1_000_000_000
        return Int(clamping: busyBytes &- bits / 10)
    }

    private mutating func carry(_ bytes: Span<UInt8>) {
        // Between the bytes of one call the line is never idle, so a partial frame can only be overdue at its start.
        releaseOverduePartial(before: lineFreeAt)
        var position = 0
        while position < bytes.count {
            let start = position
            let piece = splitter.next(in: bytes, at: &position)
            occupy(byteCount: position - start)
            if let piece { deliver(piece) }
        }
        counters.bytes += bytes.count
    }

    /// When ``receive(at:)`` has something to do next; it may return nothing then, since filters lose bytes.
    package var nextDelivery: Instant? {
        guard let arrival = nextArrival else { return filters.deadline }
        return min(arrival, filters.deadline ?? arrival)
    }

    private var nextArrival: Instant? {
        if firstDelivery < deliveries.count { return deliveries[firstDelivery].time }
        return splitter.partial.isEmpty ? nil : lastArrival + Self.holdTime
    }

    /// The bytes that have arrived by now and were not received yet.
    package mutating func receive(at now: Instant) -> [UInt8] {
        releaseOverduePartial(before: now - latency)
        var bytes: [UInt8] = []
        while firstDelivery < deliveries.count, deliveries[firstDelivery].time <= now {
            let delivery = deliveries[firstDelivery]
            releaseFiltered(at: delivery.time, into: &bytes)
            filters.process(delivery.piece, at: delivery.time, into: &bytes)
            firstDelivery += 1
        }
        releaseFiltered(at: now, into: &bytes)
        if firstDelivery == deliveries.count {
            deliveries.removeAll(keepingCapacity: true)
            firstDelivery = 0
        } else if firstDelivery >= 1024 {
            deliveries.removeSubrange(..<firstDelivery)
            firstDelivery = 0
        }
        return bytes
    }

    /// Discards all bytes in flight, as when the line is unplugged; filters keep their pieces.
    package mutating func removeAll() {
        deliveries.removeAll(keepingCapacity: true)
        firstDelivery = 0
        _ = splitter.takePartial()
    }

    /// Makes the line perfect from now on. Pieces that filters hold back arrive now, in front of everything else. A
    /// queue holds the sender back from now on, instead of losing bytes.
    package mutating func endFaults(at now: Instant) {
        faults = LinkFaults()
        queue?.losesOverflow = false
        var bytes: [UInt8] = []
        releaseFiltered(at: Instant(nanoseconds: .max), into: &bytes)
        filters = FaultPipeline()
        let kept = TimedPiece(piece: LinePiece(bytes, isFrame: false), time: now)
        if !bytes.isEmpty { deliveries.insert(kept, at: firstDelivery) }
    }

    /// Takes the pieces that filters have held back until now, each at its time.
    private mutating func releaseFiltered(at now: Instant, into bytes: inout [UInt8]) {
        while let deadline = filters.deadline, deadline <= now {
            filters.release(at: deadline, into: &bytes)
        }
    }

    private mutating func occupy(byteCount: Int) {
        busyBytes &+= Int64(byteCount)
        lineFreeAt = departure(ofByte: busyBytes)
        lastArrival = lineFreeAt + latency
        guard let queue else {
            queueFreeAt = lineFreeAt
            return
        }
        guard !queue.losesOverflow else { return }
        queueFreeAt = departure(ofByte: max(busyBytes &- Int64(queue.size), 0))
    }

    /// When a byte has left the sender; the first byte since the line was idle is number 1.
    private func departure(ofByte number: Int64) -> Instant {
        guard let baud else { return lineFreeAt }
        let (seconds, rest) = number.multipliedReportingOverflow(by: 10).partialValue
            .quotientAndRemainder(dividingBy: Int64(baud))
        let nanoseconds = (rest * 1_000_000_000 + Int64(baud) - 1) / Int64(baud)
        return busySince + .seconds(seconds) + .nanoseconds(nanoseconds)
    }

    private mutating func deliver(_ piece: LinePiece) {
        var piece = piece
        if piece.isFrame {
            counters.frames += 1
            switch faults.apply(to: &piece.bytes) {
            case .intact: break
            case .corrupted: counters.corruptedFrames += 1
            case .dropped:
                counters.droppedFrames += 1
                return
            }
        }
        deliveries.append(TimedPiece(piece: piece, time: lastArrival))
    }

    /// Lets the beginning of a frame arrive alone, since its end was lost.
    private mutating func releasePartial(at time: Instant) {
        guard !splitter.partial.isEmpty else { return }
        deliveries.append(TimedPiece(piece: LinePiece(splitter.takePartial(), isFrame: false), time: time))
    }

    /// Lets the beginning of a frame arrive alone if its end has not come by `time`, a time at the sender.
    private mutating func releaseOverduePartial(before time: Instant) {
        let overdue = lastArrival + Self.holdTime
        if overdue <= time + latency { releasePartial(at: overdue) }
    }
}

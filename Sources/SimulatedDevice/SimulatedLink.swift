public import PigweedTransfer

/// What a link has carried so far.
public struct LinkCounters: Hashable, Sendable {
    /// Bytes that were sent.
    public var bytes = 0
    /// Whole frames that were sent.
    public var frames = 0
    /// Frames that never arrive.
    public var droppedFrames = 0
    /// Frames with a flipped bit.
    public var corruptedFrames = 0

    /// A link that has carried nothing.
    public init() {}
}

/// One direction of a serial line in virtual time.
///
/// A byte takes ten bits' time, one after the other, and arrives `latency` after it has left. All times are exact: the
/// n-th byte since the line was idle has left after n times 10 / baud seconds, rounded up to the nanosecond, without
/// drift. Frames arrive as a whole, with their last byte, since faults act on whole frames; other bytes arrive each
/// for itself. The beginning of a frame whose end does not come is let go after ``holdTime``.
///
/// The link takes whatever it is given; a sender that wants backpressure sends when ``freeAt`` has come.
public struct SimulatedLink: Sendable {
    /// How long the beginning of a frame is held after its last byte.
    public static let holdTime = Duration.milliseconds(100)

    /// Bits a second; `nil` for a line without any delay of its own.
    public let baud: Int?
    /// From the end of a byte at the sender to its arrival.
    public let latency: Duration
    /// What happens to frames.
    public var faults: LinkFaults
    /// What happens to bytes at the end of the line, in the order and at the times of their arrival.
    public var filters: FaultPipeline
    /// What was sent and lost.
    public private(set) var counters = LinkCounters()

    private struct Delivery {
        var time: Instant
        var piece: LinePiece
    }

    private var splitter = FrameSplitter()
    private var deliveries: [Delivery] = []
    private var firstDelivery = 0
    /// The start of the time in which the line has not been idle, and the bytes sent in it.
    private var busySince = Instant.zero
    private var busyBytes: Int64 = 0
    private var lastArrival = Instant.zero

    /// An idle line. A baud rate below 1 is taken for 1.
    public init(
        baud: Int? = nil, latency: Duration = .zero, faults: LinkFaults = LinkFaults(),
        filters: FaultPipeline = FaultPipeline()
    ) {
        self.baud = baud.map { min(max($0, 1), 1 << 32) }
        self.latency = max(latency, .zero)
        self.faults = faults
        self.filters = filters
    }

    /// When the line has carried all that it was given, and no filter holds back the sender.
    public var freeAt: Instant { max(lineFreeAt, filters.holdsSenderUntil ?? lineFreeAt) }

    private var lineFreeAt = Instant.zero

    /// Whether all bytes arrive as they were sent and at once, so that a driver can do without the link.
    public var isTransparent: Bool {
        baud == nil && latency == .zero && faults.areNone && filters.isEmpty && deliveries.isEmpty
            && splitter.partial.isEmpty
    }

    /// Puts bytes on the line, behind those that wait already.
    public mutating func send(_ bytes: Span<UInt8>, at now: Instant) {
        if lineFreeAt <= now {
            busySince = now
            busyBytes = 0
            lineFreeAt = now
        }
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

    /// When ``receive(at:)`` has something to do next; filters may lose all of it.
    public var nextDelivery: Instant? {
        guard let arrival = nextArrival else { return filters.deadline }
        return min(arrival, filters.deadline ?? arrival)
    }

    private var nextArrival: Instant? {
        if firstDelivery < deliveries.count { return deliveries[firstDelivery].time }
        return splitter.partial.isEmpty ? nil : lastArrival + Self.holdTime
    }

    /// The bytes that have arrived by now and were not received yet.
    public mutating func receive(at now: Instant) -> [UInt8] {
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

    /// Tells the filters what was received at the end of the other direction; some of them wait for that.
    public mutating func noticeOtherDirection(_ bytes: Span<UInt8>) {
        filters.noticeOtherDirection(bytes)
    }

    /// Forgets what is under way, as a line does that is unplugged; what filters keep stays there.
    public mutating func removeAll() {
        deliveries.removeAll(keepingCapacity: true)
        firstDelivery = 0
        _ = splitter.takePartial()
    }

    /// Makes the line perfect from now on; what filters have kept arrives now, in front of everything else.
    public mutating func endFaults(at now: Instant) {
        faults = LinkFaults()
        var bytes: [UInt8] = []
        releaseFiltered(at: Instant(nanoseconds: .max), into: &bytes)
        filters = FaultPipeline()
        let kept = Delivery(time: now, piece: LinePiece(bytes, isFrame: false))
        if !bytes.isEmpty { deliveries.insert(kept, at: firstDelivery) }
    }

    /// Filters let go what they have kept, each piece at its time.
    private mutating func releaseFiltered(at now: Instant, into bytes: inout [UInt8]) {
        while let deadline = filters.deadline, deadline <= now {
            filters.release(at: deadline, into: &bytes)
        }
    }

    private mutating func occupy(byteCount: Int) {
        busyBytes &+= Int64(byteCount)
        if let baud {
            let (seconds, rest) = busyBytes.multipliedReportingOverflow(by: 10).partialValue
                .quotientAndRemainder(dividingBy: Int64(baud))
            let nanoseconds = (rest * 1_000_000_000 + Int64(baud) - 1) / Int64(baud)
            lineFreeAt = busySince + .seconds(seconds) + .nanoseconds(nanoseconds)
        }
        lastArrival = lineFreeAt + latency
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
        deliveries.append(Delivery(time: lastArrival, piece: piece))
    }

    /// `time` is the sender's.
    private mutating func releaseOverduePartial(before time: Instant) {
        guard !splitter.partial.isEmpty, lastArrival + Self.holdTime <= time + latency else { return }
        let piece = LinePiece(splitter.takePartial(), isFrame: false)
        deliveries.append(Delivery(time: lastArrival + Self.holdTime, piece: piece))
    }
}

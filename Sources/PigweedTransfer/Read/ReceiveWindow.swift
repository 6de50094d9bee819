/// Where a receiver stands: what it has, what is missing in between, and how far it lets the transmitter go
/// (protocol: window).
///
/// Data that arrive behind a gap are held. ``LossRecovery`` decides whether and when a gap is asked for.
struct ReceiveWindow {
    /// What a data chunk means to the receiver.
    enum Placement: Hashable {
        /// The bytes that are wanted next, behind `skip` bytes that are there already.
        case next(skip: Int)
        /// Bytes from behind a gap, or bytes that fill another gap than the first.
        case ahead
        /// Bytes that are there already.
        case duplicate
        /// Bytes that were not asked for, or that cannot be held.
        case outside
    }

    private let maximumSize: UInt64
    private let leastSize: UInt64
    /// How many bytes behind the first missing one can be held.
    private let holdLimit: UInt64
    /// How far the window reaches behind ``front`` when it is opened.
    private var size: UInt64
    /// The end, exclusive, of what was asked for. It moves back only if the transmitter lowers it.
    private(set) var end: UInt64
    /// The offset behind the last byte that has arrived.
    private(set) var front: UInt64
    /// The offset up to which the data are stored.
    private(set) var delivered: UInt64
    /// The end of the data, once the final chunk has arrived.
    private(set) var endOfData: UInt64?
    /// The end of the data that the transmitter announced. Asking for something behind this end is an error.
    private(set) var announcedEnd: UInt64?
    /// The gaps in front of ``front``, in order.
    private(set) var missing: [Range<UInt64>] = []
    /// The size of the data chunks that arrive; before the first, the size that was asked for.
    private(set) var chunkSize: UInt64
    private var hasData = false
    /// Whether the last chunk that arrived opened a gap. The next one may fill it, if the line swapped the two.
    private(set) var hasFreshGap = false
    /// Whether everything behind the stored data was given up, and the data that follow them have not arrived again.
    /// Until then, data behind a gap are not taken.
    private(set) var isGoingBack = false

    init(
        initialOffset: UInt64, maximumSize: UInt32, leastSize: UInt32, chunkSize: UInt32, holdLimit: Int
    ) {
        self.holdLimit = UInt64(max(holdLimit, 0))
        self.maximumSize = min(UInt64(max(maximumSize, 1)), self.holdLimit)
        self.leastSize = UInt64(leastSize)
        size = min(self.maximumSize, max(Tuning.firstWindow, self.leastSize))
        self.chunkSize = UInt64(max(chunkSize, 1))
        end = initialOffset
        front = initialOffset
        delivered = initialOffset
        reopen()
    }

    /// The first byte that has not arrived.
    var expected: UInt64 { missing.first?.lowerBound ?? front }

    /// How many bytes have arrived, stored or held, counted from offset 0.
    var arrived: UInt64 { missing.reduce(front) { $0 - UInt64($1.count) } }

    /// Whether everything up to the end of the data is stored.
    var isComplete: Bool { delivered == endOfData }

    var hasGap: Bool { !missing.isEmpty }

    /// Whether everything that was asked for has arrived.
    var isUsedUp: Bool { front >= end }

    /// Where the transmitter stops: at the end of the window, or before it at the end of the data.
    var target: UInt64 { max(front, min(end, announcedEnd ?? end)) }

    /// Whether so little of the window is left that it should be opened, so that the transmitter need not wait. False
    /// behind a gap, and if the announced end is within the window.
    var wantsReopening: Bool {
        guard !hasGap, endOfData == nil, end - front <= size / 2, announcedEnd ?? .max > end else {
            return false
        }
        return min(front + size, maximumOffset) > end
    }

    /// Notes how many bytes follow a chunk that ended at `offset`; `nil` if the transmitter does not know.
    mutating func announce(remaining: UInt64?, behind offset: UInt64) {
        guard let remaining else { return }
        let (end, overflow) = offset.addingReportingOverflow(remaining)
        announcedEnd = overflow || end > maximumOffset ? nil : end
    }

    /// Makes the window just large enough that the line never waits for it, if this is allowed. With a larger one, more
    /// bytes would stand in queues and delay the answers to all requests.
    mutating func adapt(toRate bytesPerSecond: Int, roundTrip: Duration) {
        let time = min(roundTrip, Tuning.longestRoundTrip) * Tuning.windowRoundTrips + Tuning.busyRead
        let carried = UInt64(clamping: bytesPerSecond).multipliedReportingOverflow(
            by: UInt64(clamping: time.saturatedNanoseconds / 1000))
        let wanted = carried.overflow ? maximumSize : carried.partialValue / 1_000_000
        size = min(maximumSize, max(wanted, leastSize, Tuning.leastWindow * chunkSize))
    }

    /// Opens the window to its full size.
    mutating func reopen() { open(from: front) }

    /// Opens the window to its full size from an offset on. It reaches neither behind what can be held nor behind the
    /// last offset of the protocol.
    mutating func open(from offset: UInt64) {
        end = max(end, min(offset + size, expected + holdLimit, maximumOffset))
    }

    /// Opens the window a little further than it is, even if it is open to its full size.
    mutating func extend() {
        let before = end
        if !hasGap { reopen() }
        guard end == before else { return }
        let limit = min(front + size + Tuning.probes * chunkSize, expected + holdLimit, maximumOffset)
        end = max(end, min(end + chunkSize, limit))
    }

    /// Takes over a lower end of the window from the transmitter; false if the end is impossible.
    mutating func lower(to newEnd: UInt64) -> Bool {
        guard newEnd >= expected, newEnd <= end else { return false }
        end = max(newEnd, front)
        return true
    }

    /// Takes in a data chunk, and says where its bytes belong.
    mutating func receive(offset: UInt64, count: Int, isLast: Bool) -> Placement {
        let (chunkEnd, overflow) = offset.addingReportingOverflow(UInt64(count))
        let wanted = expected
        guard !overflow, chunkEnd <= end, chunkEnd <= endOfData ?? chunkEnd,
            !isGoingBack || offset <= wanted,
            missing.count < Tuning.gaps || !addsGap(offset..<chunkEnd)
        else { return .outside }
        let range = offset..<chunkEnd
        let isEnd = isLast && endOfData == nil && chunkEnd >= front
        let extends = chunkEnd > front || (isEnd && offset >= front)
        hasFreshGap = extends && offset > front
        let filled = remove(range)
        if hasFreshGap { missing.append(front..<offset) }
        if extends {
            front = chunkEnd
            if !isLast { measureChunk(UInt64(count)) }
        }
        if isEnd { endOfData = front }
        guard extends || filled || isEnd else { return .duplicate }
        isGoingBack = false
        guard offset <= wanted, chunkEnd > wanted || range.isEmpty else { return .ahead }
        return .next(skip: Int(wanted - offset))
    }

    /// Whether these bytes leave one gap more: they arrive ahead of others, or in the middle of a gap.
    private func addsGap(_ range: Range<UInt64>) -> Bool {
        range.lowerBound > front
            || missing.contains { $0.lowerBound < range.lowerBound && range.upperBound < $0.upperBound }
    }

    /// Takes over the size of a chunk, unless the chunk is much smaller than the others: then it was cut at the end of
    /// the window or of the data. The first chunk to arrive may be a cut one, too, if chunks before it were lost.
    private mutating func measureChunk(_ count: UInt64) {
        guard count > 0, count >= chunkSize - chunkSize / Tuning.chunkVariation || !(hasData || hasFreshGap)
        else { return }
        chunkSize = count
        hasData = true
    }

    /// Removes a range from the missing bytes; false if none of its bytes was missing.
    private mutating func remove(_ range: Range<UInt64>) -> Bool {
        guard missing.contains(where: { $0.overlaps(range) }) else { return false }
        missing = missing.flatMap { gap in
            guard gap.overlaps(range) else { return [gap] }
            let before = gap.lowerBound..<max(gap.lowerBound, range.lowerBound)
            let behind = min(gap.upperBound, range.upperBound)..<gap.upperBound
            return [before, behind].filter { !$0.isEmpty }
        }
        return true
    }

    /// Notes that `count` bytes from ``delivered`` on are stored.
    mutating func store(_ count: Int) {
        delivered += UInt64(count)
    }

    /// The held bytes that can be stored now; empty if there are none.
    var deliverable: Range<UInt64> { delivered..<max(delivered, expected) }

    /// Forgets what was held and goes back to the first byte that is not stored.
    mutating func forgetHeld() {
        missing.removeAll()
        front = delivered
        endOfData = nil
        isGoingBack = true
        reopen()
    }
}

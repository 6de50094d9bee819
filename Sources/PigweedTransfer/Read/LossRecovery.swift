/// What a read asks for again, and when; see <doc:LossRecovery>.
///
/// A line keeps the order of what it carries, and a device answers in the order of the questions. So an answer tells
/// that every earlier question that is still open was lost, and nothing needs to be guessed about queues. Gaps are left
/// alone until the device has sent all that the window allows. It is idle then, and the missing pieces are asked for,
/// one after the other; behind them the device is told to go on where it was.
struct LossRecovery {
    /// Bytes that were asked for. The device stops at the end of the range.
    struct Request: Hashable {
        var range: Range<UInt64>
        /// Whether the request makes the device go on behind the gaps; otherwise the device only sends a missing piece.
        var isResumption: Bool

        func isAnswered(by data: Range<UInt64>) -> Bool {
            data.isEmpty ? range.contains(data.lowerBound) : range.overlaps(data)
        }
    }

    private let firstOffset: UInt64
    /// The requests without an answer, in the order in which they were sent.
    private var outstanding: [Request] = []
    /// Whether the device was told to stop behind a missing piece, so that it sends nothing by itself any more.
    private(set) var isStopped = false
    /// When the requests were sent, if the answer to the first of them cannot be an answer to an earlier request.
    private var askedAt: Instant?
    private var vainRounds = 0

    init(firstOffset: UInt64) {
        self.firstOffset = firstOffset
    }

    /// Whether a request has no answer yet.
    var isWaiting: Bool { !outstanding.isEmpty }

    /// Call this when the first missing byte has arrived.
    mutating func madeProgress() { vainRounds = 0 }

    /// Call this when data arrived, new or not.
    ///
    /// - Returns: how long the answer to a request took, if it could be measured.
    mutating func heard(_ data: Range<UInt64>, at now: Instant) -> Duration? {
        guard let answered = outstanding.lastIndex(where: { $0.isAnswered(by: data) }) else { return nil }
        outstanding.removeFirst(answered)
        if outstanding[0].isResumption || data.upperBound >= outstanding[0].range.upperBound {
            outstanding.removeFirst()
        }
        defer { askedAt = nil }
        return askedAt.map { now - $0 }
    }

    /// The requests to send now, in this order; empty while the device is busy with earlier ones.
    ///
    /// - Parameters:
    ///   - window: what is missing; is opened further if the device is told to go on.
    ///   - lead: bytes that the line carries in a round trip. When no more than these are still to come, the device has
    ///     sent them.
    ///   - isSilent: whether nothing arrives any more, so that all requests or their answers are lost.
    ///   - limit: the most pieces to ask for.
    ///   - now: the present time.
    mutating func requests(
        in window: inout ReceiveWindow, lead: UInt64, isSilent: Bool, limit: Int, at now: Instant
    ) -> [Request] {
        if isSilent {
            outstanding.removeAll()
        } else if isWaiting {
            return isStopped ? laterRequests(in: window, limit: limit) : []
        } else if !(window.hasGap || isStopped) || !(isStopped || isIdle(window, lead: lead)) {
            return []
        }
        let isLost = isSilent || isStopped
        askedAt = isSilent ? nil : now
        vainRounds += 1
        if vainRounds > Tuning.vainRounds {
            outstanding = widened(window)
        } else {
            outstanding = pieces(of: window, from: 0, limit: limit)
            if isLast(outstanding, lead: lead, in: window) {
                outstanding += outstanding
            } else if isAll(outstanding, of: window),
                let rest = resumption(in: &window, at: isLost ? window.front : window.target)
            {
                outstanding.append(rest)
            }
        }
        isStopped = !(outstanding.last?.isResumption ?? false)
        return outstanding
    }

    /// Requests for pieces that were found to be missing since the last request, at the end of which the device stops.
    private mutating func laterRequests(in window: ReceiveWindow, limit: Int) -> [Request] {
        guard let last = outstanding.last?.range, last.count <= Int(window.chunkSize), !window.hasFreshGap
        else {
            return []
        }
        let pieces = pieces(of: window, from: last.upperBound, limit: limit - outstanding.count)
        outstanding += pieces
        return pieces
    }

    /// Asks for everything from the first byte that is not stored.
    mutating func goBack(in window: inout ReceiveWindow) -> Request {
        window.forgetHeld()
        let request = Request(range: window.front..<window.end, isResumption: true)
        outstanding = [request]
        isStopped = false
        askedAt = nil
        return request
    }

    /// Whether the device has sent all that it may. While more chunks are to come, the next one may fill a fresh gap.
    private func isIdle(_ window: ReceiveWindow, lead: UInt64) -> Bool {
        guard window.endOfData == nil, window.front < window.target else { return true }
        return window.announcedEnd != nil && window.target - window.front <= lead && !window.hasFreshGap
    }

    /// Requests for the missing bytes, one for each chunk, since each request interrupts the one before. A long gap has
    /// one request, which is the last.
    private func pieces(of window: ReceiveWindow, from offset: UInt64, limit: Int) -> [Request] {
        var pieces: [Request] = []
        for gap in window.missing where gap.lowerBound >= offset {
            let isLong = UInt64(gap.count) > Tuning.longGap * window.chunkSize
            var start = gap.lowerBound
            while start < gap.upperBound {
                guard pieces.count < limit else { return pieces }
                let end = isLong ? gap.upperBound : min(start + window.chunkSize, gap.upperBound)
                pieces.append(Request(range: start..<end, isResumption: false))
                start = end
            }
            if isLong { return pieces }
        }
        return pieces
    }

    /// Whether the requests are for all missing bytes, and one more request would not interrupt the answer to the last
    /// of them.
    private func isAll(_ pieces: [Request], of window: ReceiveWindow) -> Bool {
        guard let last = pieces.last else { return !window.hasGap }
        return last.range.upperBound == window.missing.last?.upperBound
            && UInt64(last.range.count) <= window.chunkSize
    }

    /// Whether only a few pieces are missing at the end, on a line that would be idle for long if one of the requests
    /// were lost. Then it costs less to send each request twice.
    private func isLast(_ pieces: [Request], lead: UInt64, in window: ReceiveWindow) -> Bool {
        window.endOfData != nil && pieces.count <= Tuning.lastPieces
            && lead >= Tuning.longLine * window.chunkSize
    }

    /// The request that makes the device go on; `nil` if the device has no more data, or if the window cannot be opened
    /// before missing pieces arrive.
    private func resumption(in window: inout ReceiveWindow, at offset: UInt64) -> Request? {
        guard window.endOfData == nil, offset < window.announcedEnd ?? .max || offset == window.front else {
            return nil
        }
        window.open(from: offset)
        return offset < window.end ? Request(range: offset..<window.end, isResumption: true) : nil
    }

    /// A request for the first missing piece and the chunk before it. If there is no chunk before it, the piece is
    /// requested twice.
    private func widened(_ window: ReceiveWindow) -> [Request] {
        let start = window.expected - min(window.chunkSize, window.expected - firstOffset)
        let end = min(window.missing.first?.upperBound ?? window.end, window.expected + window.chunkSize)
        let request = Request(range: start..<max(end, start + 1), isResumption: false)
        return start == window.expected ? [request, request] : [request]
    }
}

/// What a read asks for again, and when; see <doc:LossRecovery>.
///
/// A line keeps the order of what it carries, and a device answers in the order of the questions. So an answer tells that
/// every earlier question that is still open was lost, and nothing needs to be guessed about queues. Gaps are left alone
/// until the device has sent all that the window allows. It is idle then, and the missing pieces are asked for, one after
/// the other; behind them the device is told to go on where it was.
struct LossRecovery {
    /// Bytes that were asked for. The device stops at the end of the range.
    struct Request: Hashable {
        var range: Range<UInt64>
        /// Whether the device goes on with the data behind the gaps, and does not just send a missing piece.
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
    /// When the requests were sent, if the answer to the first of them can be told from an answer to an earlier one.
    private var askedAt: Instant?
    private var vainRounds = 0

    init(firstOffset: UInt64) {
        self.firstOffset = firstOffset
    }

    /// Whether the device is still at what was asked for.
    var isWaiting: Bool { !outstanding.isEmpty }

    /// The first missing byte has arrived.
    mutating func madeProgress() { vainRounds = 0 }

    /// Data arrived, new or not.
    ///
    /// - Returns: how long the answer to a request took, if that can be told.
    mutating func heard(_ data: Range<UInt64>, at now: Instant) -> Duration? {
        guard let answered = outstanding.lastIndex(where: { $0.isAnswered(by: data) }) else { return nil }
        outstanding.removeFirst(answered)
        if outstanding[0].isResumption || data.upperBound >= outstanding[0].range.upperBound {
            outstanding.removeFirst()
        }
        defer { askedAt = nil }
        return askedAt.map { now - $0 }
    }

    /// What to ask for now, in this order; empty while the device is still busy with what it was told before.
    ///
    /// - Parameters:
    ///   - window: what is missing; is opened further if the device is told to go on.
    ///   - lead: bytes that the line carries in a round trip. As many before its end the device has reached it.
    ///   - isSilent: whether nothing arrives any more, so that everything asked for is lost.
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

    /// What was found to be missing since the last request, at the end of which the device stops.
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

    /// Whether the device has sent all that it may. A gap that the next chunk may fill is waited for, if one is to come.
    private func isIdle(_ window: ReceiveWindow, lead: UInt64) -> Bool {
        guard window.endOfData == nil, window.front < window.target else { return true }
        return window.announcedEnd != nil && window.target - window.front <= lead && !window.hasFreshGap
    }

    /// Requests for what is missing, chunk by chunk, since each is interrupted by the next; a long gap is the last of them.
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

    /// Whether the requests are for all that is missing, and the next one would not interrupt the answer to the last.
    private func isAll(_ pieces: [Request], of window: ReceiveWindow) -> Bool {
        guard let last = pieces.last else { return !window.hasGap }
        return last.range.upperBound == window.missing.last?.upperBound
            && UInt64(last.range.count) <= window.chunkSize
    }

    /// Whether next to nothing is missing to the end, on a line that is idle for long if one of the requests is lost. Then
    /// a second request costs less than to wait for the answer to the first.
    private func isLast(_ pieces: [Request], lead: UInt64, in window: ReceiveWindow) -> Bool {
        window.endOfData != nil && pieces.count <= Tuning.lastPieces
            && lead >= Tuning.longLine * window.chunkSize
    }

    /// Tells the device to go on; `nil` if it has nothing more, or if the window cannot be opened before pieces arrive.
    private func resumption(in window: inout ReceiveWindow, at offset: UInt64) -> Request? {
        guard window.endOfData == nil, offset < window.announcedEnd ?? .max || offset == window.front else {
            return nil
        }
        window.open(from: offset)
        return offset < window.end ? Request(range: offset..<window.end, isResumption: true) : nil
    }

    /// A request for the first missing piece and the chunk before it; if there is none, twice for the piece.
    private func widened(_ window: ReceiveWindow) -> [Request] {
        let start = window.expected - min(window.chunkSize, window.expected - firstOffset)
        let end = min(window.missing.first?.upperBound ?? window.end, window.expected + window.chunkSize)
        let request = Request(range: start..<max(end, start + 1), isResumption: false)
        return start == window.expected ? [request, request] : [request]
    }
}

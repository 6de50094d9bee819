/// Where a receiver stands: what it has, what is missing in between, and how far it lets the transmitter go
/// (protocol: window).
///
/// The transmitter sends in a straight line. What arrives ahead of a gap is held; the pieces of the gap are asked for
/// one by one, and behind them the transmitter is told to resume the line where it will have arrived by then.
struct ReceiveWindow {
    /// What a data chunk means to the receiver.
    enum Placement: Hashable {
        /// The bytes that are wanted next, behind `skip` bytes that are there already.
        case next(skip: Int)
        /// Bytes from behind a gap, or a piece of one that is not the first.
        case ahead
        /// Bytes that are there already.
        case duplicate
        /// Bytes that were not asked for, cannot be held, or begin before the end of the line and end behind it.
        case outside
    }

    /// A piece of a gap, no longer than a chunk.
    private struct Missing {
        var range: Range<UInt64>
        var request: Request?
    }

    /// How a missing piece was asked for.
    private struct Request {
        var at: Instant
        /// Where the line was to resume behind the requests.
        var resume: UInt64
        /// What the line had carried when the request was made.
        var carried: UInt64
        /// How often the piece was asked for before. Only the first time says something about how long an answer takes.
        var repeats: Int
    }

    /// The most pieces that are asked for one by one; with more, going back is simpler.
    private static let missingLimit = 64
    /// With one of ten frames lost, that happens to one piece of 4000.
    private static let vainRepeats = 4
    /// Chunks in flight from which on losing a request costs more than sending it twice.
    private static let longLine: UInt64 = 8
    /// The window until the line is known, and the smallest one after that: what the reference's clients take.
    private static let firstSize: UInt64 = 32 * 1024

    private let firstOffset: UInt64
    private let maximumSize: UInt64
    /// How far the window reaches behind ``front`` when it is opened.
    private var size: UInt64
    /// How far behind the first missing byte data are held.
    private let holdLimit: UInt64
    /// The end, exclusive, of what was asked for. Never lowered by us: a transmitter that hears of an end behind its
    /// position may stall.
    private(set) var end: UInt64
    /// Behind the last byte of the line.
    private(set) var front: UInt64
    /// The data that are stored, as an offset.
    private(set) var delivered: UInt64
    /// The end of the data, once the final chunk has arrived.
    private(set) var endOfData: UInt64?
    /// Where the data end, as far as the transmitter says. Asking for something behind the end is an error, so the line
    /// is never told to resume further ahead than is known to exist.
    private(set) var announcedEnd: UInt64?
    private var missing: [Missing] = []
    /// How many pieces were missing when what follows them arrived.
    private(set) var piecesLost = 0
    /// Bytes of the data chunks that arrive.
    private(set) var chunkSize: UInt64
    /// All bytes that the line has carried, duplicates and losses included.
    private var carried: UInt64 = 0
    /// How much the line carries from a request until the answer arrives.
    private var inFlight: UInt64?
    /// When and where the line was last told to resume.
    private var lastRequest: (at: Instant, resume: UInt64)?
    /// The first missing byte, if everything from there on was asked for because that byte alone was not to be had.
    private var askedInLine: UInt64?
    /// Requests since the line last went on.
    private var fruitlessRequests = 0
    /// Whether the transmitter sends what is there already: it did not hear where to resume.
    private var isLineLost = false
    /// Whether everything behind ``front`` was given up, so that only data from there on count.
    private var isGoingBack = false

    init(initialOffset: UInt64, maximumSize: UInt32, chunkSize: UInt32, holdLimit: Int) {
        firstOffset = initialOffset
        self.maximumSize = UInt64(max(maximumSize, 1))
        size = min(self.maximumSize, Self.firstSize)
        self.holdLimit = UInt64(max(holdLimit, 0))
        self.chunkSize = UInt64(max(chunkSize, 1))
        end = initialOffset
        front = initialOffset
        delivered = initialOffset
        reopen()
    }

    /// The first byte that has not arrived.
    var expected: UInt64 { missing.first?.range.lowerBound ?? front }

    /// The data that are here, stored or held, counted from offset 0.
    var arrived: UInt64 { missing.reduce(front) { $0 - UInt64($1.range.count) } }

    /// Whether everything up to the end of the data is stored.
    var isComplete: Bool { delivered == endOfData }

    var hasGap: Bool { !missing.isEmpty }

    /// Whether everything that was asked for has arrived.
    var isUsedUp: Bool { front >= end }

    /// Whether so little of the window is left that the transmitter should hear of more, lest it runs dry. Not if it
    /// said that everything fits.
    var wantsReopening: Bool {
        guard endOfData == nil, end - front <= size / 2, announcedEnd ?? .max > end else { return false }
        return reopenedEnd > end
    }

    private var reopenedEnd: UInt64 {
        let held = hasGap ? expected + max(holdLimit, size) : .max
        return min(front + size, held, maximumOffset)
    }

    /// The transmitter says that as many bytes follow a chunk that ended at `offset`; `nil` if it does not know.
    mutating func announce(remaining: UInt64?, behind offset: UInt64) {
        guard let remaining else { return }
        let (end, overflow) = offset.addingReportingOverflow(remaining)
        announcedEnd = overflow || end > maximumOffset ? nil : end
    }

    /// Makes the window so large that a line with so many chunks in flight never waits for it, as far as allowed.
    mutating func adapt(toChunksInFlight chunks: UInt64) {
        size = min(maximumSize, max(Self.firstSize, 3 * chunks * chunkSize))
    }

    /// Opens the window to its full size again. It never reaches behind the last offset of the protocol.
    mutating func reopen() {
        end = max(end, reopenedEnd)
    }

    /// Opens the window a little further than it is, even if it is open to its full size; false if it cannot be.
    mutating func extend() -> Bool {
        let before = end
        reopen()
        if end == before, !hasGap { end = max(end, min(end + chunkSize, front + maximumSize, maximumOffset)) }
        return end > before
    }

    /// Takes over a lower end that the transmitter announced; false if it is none.
    mutating func lower(to newEnd: UInt64) -> Bool {
        guard newEnd >= expected, newEnd <= end else { return false }
        end = max(newEnd, front)
        return true
    }

    /// A data chunk arrived.
    ///
    /// - Returns: what it means, and how long its answer took if it was asked for just once.
    mutating func receive(
        offset: UInt64, count: Int, isLast: Bool, at now: Instant
    ) -> (placement: Placement, roundTrip: Duration?) {
        let (chunkEnd, overflow) = offset.addingReportingOverflow(UInt64(count))
        guard !overflow, chunkEnd <= end, chunkEnd <= endOfData ?? chunkEnd else { return (.outside, nil) }
        let range = offset..<chunkEnd
        carried += UInt64(count)
        if offset >= front { return (extendLine(range, isLast: isLast), nil) }
        if chunkEnd > front { return (crossFront(range, isLast: isLast, at: now), nil) }
        let overlapping = missing.contains { $0.range.overlaps(range) }
        guard overlapping else {
            let isAwaitingAnswer = missing.contains { $0.request != nil }
            if let lastRequest, offset < lastRequest.resume, !isAwaitingAnswer { isLineLost = true }
            return (.duplicate, nil)
        }
        let skip = expected > offset ? Int(expected - offset) : 0
        let isNext = offset <= expected
        let roundTrip = fill(range, at: now)
        return (isNext ? .next(skip: skip) : .ahead, roundTrip)
    }

    private mutating func extendLine(_ range: Range<UInt64>, isLast: Bool) -> Placement {
        let isNext = range.lowerBound == expected
        let skipped = pieces(front..<range.lowerBound)
        guard isNext || !isGoingBack, isNext || range.upperBound - expected <= holdLimit,
            missing.count + skipped <= Self.missingLimit
        else { return .outside }
        addMissing(front..<range.lowerBound)
        if !isResumption(range.lowerBound) {
            carried += range.lowerBound - front
            piecesLost += skipped
        }
        front = range.upperBound
        isLineLost = false
        isGoingBack = false
        fruitlessRequests = 0
        if !range.isEmpty { chunkSize = range.upperBound - range.lowerBound }
        if isLast { endOfData = front }
        return isNext ? .next(skip: 0) : .ahead
    }

    /// Data begin before the end of the line and end behind it. That is no error if the transmitter was told to go
    /// elsewhere and cuts its chunks from there; before that, nothing is taken of them (protocol: pitfall 22).
    private mutating func crossFront(_ range: Range<UInt64>, isLast: Bool, at now: Instant) -> Placement {
        let wanted = expected
        let isNext = range.lowerBound <= wanted
        guard lastRequest != nil, isNext || (!isGoingBack && range.upperBound - wanted <= holdLimit) else {
            return .outside
        }
        _ = fill(range.lowerBound..<front, at: now)
        front = range.upperBound
        isGoingBack = false
        if isLast { endOfData = front }
        return isNext ? .next(skip: Int(wanted - range.lowerBound)) : .ahead
    }

    /// Data fill a gap, or parts of it: the transmitter may cut its chunks elsewhere.
    private mutating func fill(_ range: Range<UInt64>, at now: Instant) -> Duration? {
        var rest: [Missing] = []
        var roundTrip: Duration?
        for piece in missing {
            guard piece.range.overlaps(range) else {
                rest.append(piece)
                continue
            }
            if piece.range.lowerBound < range.lowerBound {
                rest.append(Missing(range: piece.range.lowerBound..<range.lowerBound, request: piece.request))
            }
            if range.upperBound < piece.range.upperBound {
                rest.append(Missing(range: range.upperBound..<piece.range.upperBound, request: piece.request))
            }
            guard let request = piece.request, request.repeats == 0 else { continue }
            let passed = carried - request.carried
            inFlight = inFlight.map { ($0 * 3 + passed) / 4 } ?? passed
            roundTrip = now - request.at
        }
        missing = rest
        if let askedInLine, expected > askedInLine {
            self.askedInLine = nil
            for index in missing.indices { missing[index].request = nil }
        }
        return roundTrip
    }

    /// Bytes at ``delivered`` are stored; what is held behind them comes next.
    mutating func store(_ count: Int) {
        delivered += UInt64(count)
    }

    /// The held bytes that can be stored now; empty if there are none.
    var deliverable: Range<UInt64> { delivered..<max(delivered, expected) }

    /// Whether the line was told to resume at an offset: then what is skipped was not lost but never sent.
    private func isResumption(_ offset: UInt64) -> Bool {
        lastRequest?.resume == offset || missing.contains { $0.request?.resume == offset }
    }

    private func pieces(_ range: Range<UInt64>) -> Int {
        let (quotient, remainder) = (range.upperBound - range.lowerBound)
            .quotientAndRemainder(dividingBy: chunkSize)
        return Int(quotient) + (remainder > 0 ? 1 : 0)
    }

    private mutating func addMissing(_ range: Range<UInt64>) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + chunkSize, range.upperBound)
            missing.append(Missing(range: start..<end, request: nil))
            start = end
        }
    }

    // MARK: Requests

    /// Whether the answer to the last request is overdue. Where requests bring nothing new their answers may be standing in
    /// a queue, which more requests would only make longer.
    func mayAskAgain(at now: Instant, answerDue: Duration) -> Bool {
        guard let lastRequest else { return true }
        return now - lastRequest.at >= answerDue * (1 << min(max(fruitlessRequests - 2, 0), 6))
    }

    /// The offsets to ask for now, in this order, the last of them where the line resumes; empty if nothing is overdue.
    ///
    /// - Parameters:
    ///   - answerDue: the time after which an answer is overdue.
    ///   - chunksInFlight: what the line carries in a round trip, if known.
    ///   - isSilent: whether nothing arrives any more, so that whatever was asked for is lost.
    ///   - limit: the most pieces that may be asked for without an answer.
    mutating func requests(
        at now: Instant, answerDue: Duration, chunksInFlight: UInt64?, isSilent: Bool, limit: Int = .max
    ) -> [UInt64] {
        let resumesLine = isSilent || (isLineLost && mayAskAgain(at: now, answerDue: answerDue))
        var wanted: [Int] = []
        var outstanding = 0
        for index in missing.indices {
            if let request = missing[index].request, !isSilent,
                front <= request.resume || now - request.at < answerDue * (1 << min(request.repeats, 2))
            {
                outstanding += 1
            } else {
                wanted.append(index)
            }
        }
        wanted.removeLast(max(wanted.count - max(limit - outstanding, 0), 0))
        guard !wanted.isEmpty || resumesLine else { return [] }
        if wanted.first ?? 0 == 0, let offsets = earlierOffsets { return askInLine(for: offsets, at: now) }

        let ahead = inFlight ?? (chunksInFlight ?? 0) * chunkSize
        let resume =
            resumesLine ? front : resumption(ahead: ahead, outstanding: UInt64(outstanding) * chunkSize)
        reopen()
        let offsets = wanted.map { missing[$0].range.lowerBound }
        for index in wanted {
            missing[index].request = Request(
                at: now, resume: resume, carried: carried,
                repeats: missing[index].request.map { $0.repeats + 1 } ?? 0)
        }
        if resumesLine { fruitlessRequests += 1 }
        lastRequest = (now, resume)
        isLineLost = false
        let goesOnByItself = wanted.last.map { missing[$0].range.upperBound == resume } ?? false
        guard !goesOnByItself, endOfData == nil, resume < end else { return offsets }
        return offsets + resumptions(at: resume, ahead: ahead)
    }

    /// From where to ask for the first missing byte, if that was done so often in vain that the line seems to lose just what
    /// comes first after each request: from a chunk earlier, or if there is none, twice from the same place. Not if nothing
    /// came at all, unless nothing more is to come.
    private var earlierOffsets: [UInt64]? {
        let request = missing.first?.request
        let isHeard = request.map { carried > $0.carried } ?? false
        let isLast = announcedEnd.map { $0 <= expected + chunkSize } ?? false
        guard isHeard || isLast, request?.repeats ?? fruitlessRequests >= Self.vainRepeats else { return nil }
        let offset = expected
        return offset > firstOffset ? [offset - min(chunkSize, offset - firstOffset)] : [offset, offset]
    }

    /// Asks for everything from an offset on, held or not, until the first missing byte is there.
    private mutating func askInLine(for offsets: [UInt64], at now: Instant) -> [UInt64] {
        reopen()
        for index in missing.indices {
            missing[index].request = Request(
                at: now, resume: front, carried: carried,
                repeats: missing[index].request.map { $0.repeats + 1 } ?? 0)
        }
        fruitlessRequests += 1
        lastRequest = (now, front)
        isLineLost = false
        askedInLine = expected
        return offsets
    }

    /// Where the line is told to resume. If that got lost, the transmitter would send for a whole round trip what is there
    /// already; on a long line it is told twice, the second time one chunk later, so that nothing is sent twice.
    private func resumptions(at resume: UInt64, ahead: UInt64) -> [UInt64] {
        let second = resume + chunkSize
        let isWorthIt = ahead >= Self.longLine * chunkSize && second < min(end, announcedEnd ?? 0)
        return isWorthIt ? [resume, second] : [resume]
    }

    /// Where the line will be when requests that are sent now take effect: those sent before come first, and it cannot
    /// go beyond what it was allowed.
    private func resumption(ahead: UInt64, outstanding: UInt64) -> UInt64 {
        let reserved = outstanding + chunkSize
        let advance = ahead > reserved ? (ahead - reserved) / chunkSize * chunkSize : 0
        return min(front + advance, end, max(announcedEnd ?? front, front))
    }

    /// Forgets what was held and goes back to the first byte that is not stored.
    ///
    /// - Returns: whether that is to be asked for: not if it was just now.
    mutating func goBack(at now: Instant, answerDue: Duration) -> Bool {
        if isGoingBack, !mayAskAgain(at: now, answerDue: answerDue) { return false }
        missing.removeAll()
        askedInLine = nil
        front = delivered
        endOfData = nil
        isLineLost = false
        isGoingBack = true
        lastRequest = (now, front)
        fruitlessRequests += 1
        reopen()
        return true
    }
}

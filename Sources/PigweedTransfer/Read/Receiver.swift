/// A read: the data that have arrived, and the data that the device is told to send.
///
/// The steps are those of the protocol's chart of a receiver:
///
/// | in the chart | here |
/// | --- | --- |
/// | set transfer parameters | ``begin(in:at:)``, ``setTransferParameters(_:_:in:at:)`` |
/// | wait for chunk | ``waitForChunk(in:at:)`` |
/// | received chunk by deadline? | yes: ``receive(_:dataCount:in:at:)``; no: ``handleSilence(in:at:)`` |
/// | correct offset? | ``ReceiveWindow/receive(offset:count:isLast:)`` |
/// | process chunk | ``process(_:_:dataCount:)``, ``stored(_:)`` |
/// | final chunk? | ``ReceiveWindow/isComplete`` |
/// | received all pending? | ``ReceiveWindow/wantsReopening``, somewhat earlier, so that the device need not wait |
/// | signal completion | ``Session`` |
///
/// What the chart does not have is in ``LossRecovery``: a gap need not be asked for at once.
struct Receiver {
    private(set) var window: ReceiveWindow
    private var recovery: LossRecovery
    private(set) var limits: ReadLimits
    /// The offset up to which the caller has the data from earlier sessions.
    private let deliveredEnd: UInt64
    /// The end that an earlier session announced, if this session brings data again that the caller has.
    private let endToReach: UInt64?
    /// Bytes of data chunks that brought nothing new.
    private(set) var duplicateBytes = 0
    /// The largest ``ReceiveWindow/arrived`` so far.
    private var mostArrived: UInt64
    /// The offset of the last data chunk. If the chunk comes again, the device has heard nothing from us since.
    private var lastChunkOffset: UInt64?
    /// When the device was last told how far to go.
    private(set) var lastParametersAt = Instant.zero
    /// When a request or a message was last repeated because of silence; `nil` once data have arrived since.
    private var lastRepeatAt: Instant?

    init(_ request: TransferRequest, announcedEnd: UInt64?, deliveredEnd: UInt64) {
        window = ReceiveWindow(
            initialOffset: request.initialOffset, maximumSize: request.settings.window,
            leastSize: request.settings.leastWindow,
            chunkSize: request.settings.chunkSize, holdLimit: Tuning.holdBuffer)
        recovery = LossRecovery(firstOffset: request.initialOffset)
        limits = ReadLimits(request, announcedEnd: announcedEnd)
        mostArrived = request.initialOffset
        self.deliveredEnd = deliveredEnd
        endToReach = deliveredEnd > request.initialOffset ? announcedEnd : nil
    }

    /// The data that the start asks for.
    var firstWindow: Range<UInt64> { window.delivered..<window.end }

    /// Whether data is missing, or a request for missing data waits for its answer.
    var isRecovering: Bool { window.hasGap || recovery.isWaiting }

    var wait: TransferWait { isRecovering ? .recovery : window.isUsedUp ? .window : .data }

    /// The bytes that were moved, for ``Standstill``. Each byte counts half when it arrives behind a gap, and half when
    /// the gap is filled. Bytes that were given up for going back to a gap, and arrive again, do not count twice.
    var moved: UInt64 { (mostArrived + window.expected) / 2 }

    /// How many data chunks the line may hold; 0 if the chunk that has just arrived has no data.
    func chunksUnderWay(dataCount: Int, chunkSize: UInt32) -> UInt64 {
        dataCount == 0 ? 0 : (window.end - min(window.expected, window.end)) / UInt64(max(chunkSize, 1))
    }

    func progress(from start: UInt64) -> TransferEngine.Progress {
        let end = window.endOfData ?? window.announcedEnd
        return .init(moved: window.delivered - start, total: end.map { max($0, start) - start })
    }

    // MARK: Steps

    /// Confirms the acceptance of the device, which may send data from now on.
    mutating func begin(in exchange: inout Exchange, at now: Instant) {
        lastParametersAt = now
        guard exchange.version == .version2 else { return }
        exchange.confirm(window: firstWindow, at: now)
        exchange.retries.wait(
            exchange.request.dataTimeout, repeatAfter: exchange.estimate.answerInterval, from: now)
    }

    /// Handles a data chunk.
    mutating func receive(
        _ chunk: Chunk, dataCount: Int, in exchange: inout Exchange, at now: Instant
    ) throws(TransferFailure) -> Session.Action {
        exchange.heardBeyondHandshake(at: now)
        let violation = limits.violation(
            by: chunk, dataCount: dataCount, windowEnd: window.end, version: exchange.version)
        if let violation { throw .protocolViolation(violation) }
        let expectedBefore = window.expected
        let placement = window.receive(
            offset: chunk.offset, count: dataCount, isLast: chunk.remainingBytes == 0)
        guard placement != .outside else {
            if !window.isGoingBack { try goBack(in: &exchange, at: now) }
            return .nothing
        }
        let end = chunk.offset + UInt64(dataCount)
        if let roundTrip = recovery.heard(chunk.offset..<end, at: now) {
            exchange.estimate.answered(after: roundTrip)
        }
        guard takeAnnouncements(of: chunk, endingAt: end) else { throw .protocolViolation(.invalidWindow) }
        let isRepeated = chunk.offset == lastChunkOffset
        lastChunkOffset = chunk.offset
        if placement == .duplicate {
            duplicateBytes += dataCount
            try receiveDuplicate(isRepeated: isRepeated, in: &exchange, at: now)
        } else {
            measure(in: &exchange, at: now)
            if window.expected > expectedBefore {
                exchange.retries.madeProgress(at: now)
                recovery.madeProgress()
            }
            try requestMissing(isSilent: false, in: &exchange, at: now)
            if window.wantsReopening, !recovery.isStopped {
                window.reopen()
                setTransferParameters(in: &exchange, at: now)
            }
        }
        mostArrived = max(mostArrived, window.arrived)
        waitForChunk(in: &exchange, at: now)
        return try process(placement, chunk, dataCount: dataCount)
    }

    /// What the engine must do with the data of a chunk.
    private mutating func process(
        _ placement: ReceiveWindow.Placement, _ chunk: Chunk, dataCount: Int
    ) throws(TransferFailure) -> Session.Action {
        switch placement {
        case .next where dataCount == 0 && !window.isComplete: return try stored(0)
        // Data of unknown size may end with an empty chunk. The caller must store what came before it on the disk.
        case .next(let skip): return .store(skip: skip, offset: window.delivered)
        case .ahead: return dataCount > 0 ? .hold(offset: chunk.offset) : .nothing
        case .duplicate, .outside: return .nothing
        }
    }

    /// Notes that the next `count` bytes are stored.
    mutating func stored(_ count: Int) throws(TransferFailure) -> Session.Action {
        window.store(count)
        guard !window.isComplete else {
            // A device that gives its data only once has given fewer or other data this time.
            guard window.delivered >= deliveredEnd, window.delivered == endToReach ?? window.delivered else {
                throw .cannotGoBack
            }
            return .nothing
        }
        guard window.deliverable.isEmpty else { return .storeHeld(window.deliverable) }
        guard window.delivered < maximumOffset else { throw .tooLarge }
        return .nothing
    }

    private mutating func waitForChunk(in exchange: inout Exchange, at now: Instant) {
        // A device that hears nothing from us for a while gives up, even if its data are on their way.
        if now - lastParametersAt >= exchange.request.settings.chunkTimeout, !recovery.isWaiting {
            letDeviceGoOn(in: &exchange, at: now)
        }
        exchange.retries.wait(
            exchange.request.dataTimeout, repeatAfter: exchange.estimate.dataInterval,
            steadyRepeats: exchange.estimate.steadyRepeats, from: now)
    }

    /// Acts when nothing has arrived for longer than the line explains. Silence alone is no evidence of a loss: the
    /// device may pause, and may be unable to go back. So the device is told that it may go on; the offset at which it
    /// goes on shows what was lost. Missing data are asked for only if some were asked for before, or if the retries
    /// are almost over.
    mutating func handleSilence(in exchange: inout Exchange, at now: Instant) throws(TransferFailure) {
        lastRepeatAt = now
        if exchange.isAwaitingConfirmation, !isRecovering {
            guard exchange.request.repeatsConfirmation else {
                exchange.estimate.sent(.confirmation, at: now)
                return letDeviceGoOn(in: &exchange, at: now)
            }
            exchange.confirm(window: firstWindow, at: now)
            exchange.repeats += 1
            return
        }
        // All data are here, and this side is slow to store them.
        guard window.endOfData == nil || window.hasGap else { return }
        let isAsked = recovery.isWaiting || recovery.isStopped || window.endOfData != nil
        guard isAsked || exchange.retries.isAlmostOver(at: now) else {
            return letDeviceGoOn(in: &exchange, at: now)
        }
        try requestMissing(isSilent: true, in: &exchange, at: now)
    }

    private mutating func receiveDuplicate(
        isRepeated: Bool, in exchange: inout Exchange, at now: Instant
    ) throws(TransferFailure) {
        guard exchange.retries.mayGoInCircles(at: now) else { throw .noProgress }
        // A device that repeats a chunk has heard nothing from us since.
        if isRepeated, !recovery.isWaiting, now - lastParametersAt >= exchange.estimate.answerInterval {
            letDeviceGoOn(in: &exchange, at: now)
        }
    }

    /// Takes over what the transmitter says about the end of the data and of the window; false if what it says is
    /// impossible.
    private mutating func takeAnnouncements(of chunk: Chunk, endingAt end: UInt64) -> Bool {
        guard end >= window.front else { return true }
        window.announce(remaining: chunk.remainingBytes, behind: end)
        return chunk.windowEndOffset == 0 || window.lower(to: UInt64(chunk.windowEndOffset))
    }

    /// Learns from new data how fast the line is, and makes the window large enough for it.
    private mutating func measure(in exchange: inout Exchange, at now: Instant) {
        if lastRepeatAt != nil {
            exchange.estimate.dataArrivedLate(after: now - exchange.retries.waitingSince)
        }
        lastRepeatAt = nil
        exchange.estimate.dataArrived(upTo: window.front, at: now)
        exchange.estimate.moved(chunks: 1, lost: 0)
        if let rate = exchange.estimate.rate, let roundTrip = exchange.estimate.roundTrip {
            window.adapt(toRate: rate, roundTrip: roundTrip)
        }
    }

    // MARK: Parameters

    /// Asks for what is missing, if the device is idle.
    private mutating func requestMissing(
        isSilent: Bool, in exchange: inout Exchange, at now: Instant
    ) throws(TransferFailure) {
        if exchange.version == .legacy, window.expected == 0, isSilent || window.hasGap {
            return try goBack(in: &exchange, at: now)
        }
        let requests = recovery.requests(
            in: &window, lead: exchange.estimate.lead, isSilent: isSilent,
            limit: exchange.request.isFallback ? Tuning.requestsAtFallback : Tuning.requests, at: now)
        if !requests.isEmpty { try ask(for: requests, in: &exchange, at: now) }
    }

    /// Asks for everything from the first byte that is not stored. In the legacy protocol, this is the only way to get
    /// the first chunk again: parameters at offset 0 make a device begin anew.
    private mutating func goBack(in exchange: inout Exchange, at now: Instant) throws(TransferFailure) {
        try ask(for: [recovery.goBack(in: &window)], in: &exchange, at: now)
    }

    private mutating func ask(
        for requests: [LossRecovery.Request], in exchange: inout Exchange, at now: Instant
    ) throws(TransferFailure) {
        guard exchange.retries.mayGoInCircles(at: now) else { throw .noProgress }
        exchange.estimate.sequenceInterrupted(losing: requests.count { !$0.isResumption })
        exchange.repeats += requests.count
        lastParametersAt = now
        for request in requests { exchange.send(exchange.parameters(.parametersRetransmit, request.range)) }
    }

    /// Tells the device that it may go on, and opens the window further than ever. Whatever message the device missed,
    /// it has something to send then.
    private mutating func letDeviceGoOn(in exchange: inout Exchange, at now: Instant) {
        guard !recovery.isStopped else { return }
        window.extend()
        setTransferParameters(in: &exchange, at: now)
    }

    private mutating func setTransferParameters(in exchange: inout Exchange, at now: Instant) {
        lastParametersAt = now
        exchange.send(exchange.parameters(.parametersContinue, window.expected..<window.end))
    }
}

extension TransferRequest {
    /// The silence of a read that counts as one retry. On a slow line it includes the time for a chunk whose bytes are
    /// all escaped.
    fileprivate var dataTimeout: Duration {
        guard let rate = settings.lineRate, rate > 0, rate <= Tuning.slowRate else {
            return settings.chunkTimeout
        }
        return settings.chunkTimeout + .seconds(1) * (2 * Int(settings.chunkSize)) / Int(rate)
    }
}

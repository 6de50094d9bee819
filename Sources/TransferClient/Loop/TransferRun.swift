internal import PigweedTransfer
internal import SerialPort

/// One transfer in a ``TransferLoop``: the side of the file, and why it ends.
struct TransferRun: ~Copyable {
    /// What the device's resource is copied to or from.
    enum Peer {
        case sink(any ByteSink)
        case source(any ByteSource)
    }

    let start: Instant
    let options: TransferLoop.Options
    private(set) var report: TransferReport
    /// What the present line is to carry: all of the transfer, or what was left when the line before broke.
    private(set) var request: TransferRequest
    /// Whether the source has nothing at the moment although the device would take data.
    private(set) var isSourceAwaited = false
    /// Whether this side has ended the transfer, or decided to.
    private(set) var isStopping = false
    /// How long the sink has kept the transfer waiting, and how long this process was stopped.
    private var sinkTime = Duration.zero
    private var suspension = Duration.zero
    /// The engine is not told of this time: nobody could have heard the device meanwhile, so its silence means nothing.
    var stalled: Duration { sinkTime + suspension }
    /// When text without an end is to be handed out.
    var textDeadline: Instant?

    private let clock: () -> Instant
    private let peer: Peer
    /// What the resource is to have from offset 0 on; `nil` if that is not known, or in a read.
    private let whole: (any ByteSource)?
    private var outcome: TransferFailure??
    private var fileError: FileError?
    private var endReason: TransferError.Reason?
    /// When to leave, whatever the device does.
    private var leaveAt: Instant?
    private var greeting = LineGreeting()
    private var chunk = [UInt8](repeating: 0, count: 8192)
    private var timeUse = TransferTiming.Use.preparation
    private var timedUntil: Instant
    /// When data moved for the last time; `nil` before the device took the transfer on.
    private var lastMovement: Instant?
    /// How far data were stored or sent since the transfer last went back, and ever.
    private var furthest: UInt64 = 0
    private var furthestEver: UInt64 = 0
    private let sentBefore: UInt64

    /// A wait that ends so much too late did so because this process could not run: stopped (Ctrl-Z) or out of luck.
    private static let lateness = Duration.milliseconds(200)
    /// How often the line may break in a row without the transfer getting further than ever before.
    static let vainReconnectLimit = 5
    /// How many bytes further counts: a device may give one each time that it comes back.
    private static let leastProgress: UInt64 = 64
    /// Whether the device has taken on what the present line is to carry.
    private var isAccepted = false
    /// Whether the present line is to carry what another one has left.
    private var isRest = false
    /// What earlier engines of this transfer have counted.
    private var earlierStatistics = TransferEngine.Statistics()
    private var lastBreak: SerialPortError?
    private var remedies = Remedies()
    /// The failure after which a remedy is being tried.
    private var remediedFailure: TransferFailure?
    private var vainReconnects = 0
    /// How far the transfer was when the line broke, the last time that this counted as further.
    private var furthestBreak: UInt64 = 0

    /// - Parameter clock: tells the time, which passes while the sink takes data and while the loop waits.
    init(
        _ request: TransferRequest, peer: Peer, of whole: (any ByteSource)? = nil,
        options: TransferLoop.Options, engine: borrowing TransferEngine, output: OutputBuffer,
        clock: @escaping () -> Instant = { MonotonicClock.now }
    ) {
        self.clock = clock
        start = clock()
        report = TransferReport(request, of: engine)
        self.request = request
        self.peer = peer
        self.whole = whole
        self.options = options
        sentBefore = output.totalSent
        timedUntil = start
        if case .sink(let sink) = peer, let deadline = options.deadline { sink.limit(to: start + deadline) }
    }

    /// The time as the engine knows it.
    var now: Instant { clock() - stalled }

    var isFinished: Bool { outcome != nil }

    var sourceDescriptor: Int32 {
        guard case .source(let source) = peer else { return -1 }
        return source.waitDescriptor
    }

    /// When the loop must come round, whatever the engine says; on the real clock.
    var nextTimeout: Instant {
        var earliest = Instant(nanoseconds: .max)
        if let leaveAt { earliest = min(earliest, leaveAt + stalled) }
        if let textDeadline { earliest = min(earliest, textDeadline + stalled) }
        if let update = options.observer?.nextUpdate { earliest = min(earliest, update) }
        if !isStopping, let deadline = options.deadline { earliest = min(earliest, start + deadline) }
        return earliest
    }

    func isOverdue(at now: Instant) -> Bool {
        guard let leaveAt else { return false }
        return now >= leaveAt
    }

    /// Whether this side wants to end the transfer, once.
    mutating func endsNow(at now: Instant) -> TransferFailure? {
        guard !isStopping, !isFinished else { return nil }
        if let signal = options.stop?.signal {
            endReason = .interrupted(signal: signal)
        } else if let deadline = options.deadline, now + stalled >= start + deadline {
            endReason = .deadline(deadline)
        } else {
            return nil
        }
        isStopping = true
        leaveAt = now + TransferLoop.stopTimeout
        return .cancelled
    }

    mutating func handleEvents(of engine: inout TransferEngine, at now: Instant) {
        while let event = engine.nextEvent() {
            switch event {
            case .started(let version): accepted(version)
            case .data: store(&engine, at: now)
            case .deviceOutput:
                tell(.deviceOutput(engine.deviceOutput.array, engine.outputPlace), at: now)
            case .reopenedStream: tell(.streamReopened, at: now)
            case .restarted(let offset):
                goBack(to: offset - min(offset, report.request.initialOffset))
                tell(.restarted(offset: offset), at: now)
            case .slowedDown(let status, let offset):
                tell(.slowedDown(after: status, offset: offset), at: now)
            case .readsAgain(let offset): tell(.readsAgain(offset: offset), at: now)
            case .deviceBusy: tell(.deviceBusy, at: now)
            case .finished(let failure):
                outcome = .some(failure)
                leaveAt = min(
                    leaveAt ?? now + TransferLoop.farewellTimeout, now + TransferLoop.farewellTimeout)
            }
        }
    }

    /// Sends data while the device and the output have room.
    mutating func provideData(
        to engine: inout TransferEngine, output: inout OutputBuffer, at now: Instant
    ) {
        if isSourceAwaited { lastMovement = now }
        isSourceAwaited = false
        guard case .source(let source) = peer, !isFinished else { return }
        engine.transmit(into: &output.bytes)
        while output.hasRoom, let request = engine.dataRequest(at: now) {
            let position = request.offset - report.request.initialOffset
            let result: SourceBytes
            do throws(FileError) {
                result = try chunk.filling(request.count) { room throws(FileError) in
                    try source.read(at: position, into: room)
                }
            } catch {
                fileError = error
                isStopping = true
                leaveAt = now + TransferLoop.stopTimeout
                return engine.fail(.sourceFailed, at: now)
            }
            guard case .bytes(let count, let isLast) = result else {
                isSourceAwaited = true
                engine.waitForSource(at: now)
                return
            }
            engine.send(chunk.span.extracting(0..<count), isLast: isLast, at: now)
            moved(to: position + UInt64(count), at: now)
            engine.transmit(into: &output.bytes)
        }
    }

    /// Bytes came from the device.
    mutating func received(_ bytes: Span<UInt8>) {
        report.bytesReceived += UInt64(bytes.count)
        greeting.receive(bytes)
        report.isTelnet = greeting.isTelnet
    }

    /// Takes over how things stand before the next wait.
    mutating func update(from engine: borrowing TransferEngine, output: OutputBuffer, at now: Instant) {
        let earlier = request.initialOffset - report.request.initialOffset
        report.progress = engine.progress
        report.progress.moved += earlier
        report.progress.total? += earlier
        report.statistics = earlierStatistics + engine.statistics
        report.wait = engine.wait
        report.bytesSent = output.totalSent - sentBefore
        moved(to: report.progress.moved, at: now)
        passTime(at: now)
        timeUse = isSourceAwaited ? .source : TransferTiming.Use(engine.wait, isSending: !output.isEmpty)
        tell(.round, at: now)
    }

    /// Accounts for the time until now.
    mutating func passTime(at now: Instant) {
        report.duration = now + stalled - start
        report.timing.add(now - timedUntil, to: timeUse)
        report.timing.set(sinkTime, for: .sink)
        report.timing.set(suspension, for: .suspension)
        timedUntil = now
    }

    private func tell(_ event: TransferEvent, at now: Instant) {
        options.observer?.take(event, report, at: now + stalled)
    }

    private mutating func accepted(_ version: ProtocolVersion) {
        report.version = version
        isAccepted = true
        if isRest {
            tell(.reconnection(.goesOn(offset: request.initialOffset)), at: now)
        }
    }

    private mutating func moved(to position: UInt64, at now: Instant) {
        if let lastMovement, !isSourceAwaited {
            report.longestStall = max(report.longestStall, now - lastMovement)
        }
        guard position > furthest || isSourceAwaited || lastMovement == nil else { return }
        if report.version != nil || position > 0 { lastMovement = now }
        furthest = max(furthest, position)
        furthestEver = max(furthestEver, position)
    }

    /// The transfer goes on from a place where it was before.
    private mutating func goBack(to position: UInt64) {
        report.bytesRepeated += furthest - min(furthest, position)
        furthest = position
    }

    /// A wait has ended that was to end by then.
    mutating func wokeUp(after deadline: Instant) {
        let late = clock() - deadline
        if late > Self.lateness { suspension += late }
    }

    // MARK: The line breaks

    /// Whether the transfer ended only because the line broke.
    var hasBroken: Bool { !isStopping && outcome == .some(.streamLost) }

    /// What is left of the deadline; `nil` without one.
    var timeLeft: Duration? {
        options.deadline.map { max(.zero, start + $0 - clock()) }
    }

    /// The line broke, and another is about to be looked for.
    mutating func lineBroke(_ failure: SerialPortError) throws(TransferError) {
        lastBreak = failure
        if report.progress.moved >= furthestBreak + Self.leastProgress {
            vainReconnects = 1
            furthestBreak = report.progress.moved
        } else {
            vainReconnects += 1
        }
        guard vainReconnects <= Self.vainReconnectLimit else {
            throw error(.notResumed(failure, .noProgress(reconnects: report.reconnects)))
        }
        earlierStatistics = report.statistics
        outcome = nil
        timeUse = .reconnection
        tell(.reconnection(.lost(failure)), at: now)
    }

    /// Whether a device that restarted in the middle has lost a write, of which it may take the rest or all once more.
    var isForgotten: Bool {
        guard case .source = peer, options.recovery != nil, !isStopping else { return false }
        return outcome == .some(.streamLost)
    }

    /// The device has lost a write, and is about to be asked what it has of it.
    mutating func beginReturn() throws(TransferError) {
        vainReconnects = report.progress.moved > furthestBreak ? 1 : vainReconnects + 1
        furthestBreak = max(furthestBreak, report.progress.moved)
        guard vainReconnects <= Self.vainReconnectLimit else { return try conclude() }
        timeUse = .reconnection
        tell(.reconnection(.forgotten), at: now)
    }

    /// Another line is there.
    mutating func lineIsBack(at port: String) {
        report.reconnects += 1
        passTime(at: now)
        tell(.reconnection(.back(port: port)), at: now)
    }

    /// Whether to ask the device what it has, before ``goOn(by:)``.
    var needsResourceStatus: Bool {
        whole != nil && report.version != .legacy
            && report.request.initialOffset + report.progress.moved > 0
    }

    /// Prepares for the engine what is left to do.
    ///
    /// - Parameter status: what the device tells of the resource, if it was asked and told.
    mutating func goOn(by status: ResourceStatusResponse?) throws(TransferError) {
        if needsResourceStatus, let whole { return try goOn(with: whole, by: status) }
        guard report.progress.moved > 0 else { return try startOver(.nothingMoved) }
        if report.version == .legacy { return try startOver(.legacyProtocol) }
        guard case .sink = peer else { return try startOver(.unknownBeginning) }
        var rest = report.request
        rest.initialOffset += report.progress.moved
        begin(rest, isRest: true)
    }

    private mutating func goOn(
        with whole: any ByteSource, by status: ResourceStatusResponse?
    ) throws(TransferError) {
        let base = report.request.initialOffset
        let resumption: WriteResumption
        do throws(FileError) {
            resumption = try WriteResumption(
                status, of: whole, sent: base + furthestEver, algorithms: options.resumeChecksums)
        } catch {
            throw self.error(.file(error))
        }
        switch resumption {
        case .goesOn(let offset) where offset >= base:
            var rest = report.request
            rest.initialOffset = offset
            rest.size? -= offset - base
            begin(rest, isRest: true)
        case .startsOver(let cause) where base == 0: try startOver(.notResumable(cause))
        case .goesOn, .startsOver:
            guard let lastBreak else { return try conclude() }
            throw error(.notResumed(lastBreak, .beginningLost))
        }
    }

    /// Whether the device does not go on from where the transfer was, but may take all of it once more.
    var mustStartOver: Bool {
        guard options.recovery != nil || remedies.haveBeenTried, !isStopping,
            case .some(.some(let failure)) = outcome
        else { return false }
        switch failure {
        case .offsetNotSupported, .device:
            return request.initialOffset > report.request.initialOffset && !isAccepted
        case .streamLost, .cannotContinue:
            return request.direction == .read && report.progress.moved > 0
                && vainReconnects <= Self.vainReconnectLimit
        default: return false
        }
    }

    /// Prepares another attempt after a failure by something that this side can change.
    ///
    /// - Returns: whether there is one.
    mutating func tryAgain() -> Bool {
        guard !isStopping, case .some(.some(let failure)) = outcome,
            let remedy = remedies.next(after: failure, in: report)
        else { return false }
        var rest = report.request
        if case .smallerChunks(let size) = remedy { rest = rest.limited(toChunksOf: size) }
        let mayGoOn = request.direction == .read && report.version != .legacy && report.progress.moved > 0
        if !mayGoOn, !canStartOver() { return false }
        report.request = rest
        remediedFailure = failure
        tell(.reconnection(.triedAgain(remedy)), at: now)
        if mayGoOn { rest.initialOffset += report.progress.moved }
        begin(rest, isRest: mayGoOn)
        return true
    }

    private func canStartOver() -> Bool {
        do throws(FileError) {
            switch peer {
            case .sink(let sink): try sink.restart()
            case .source(let source): try source.checkAvailability(from: 0)
            }
        } catch {
            return false
        }
        return true
    }

    /// Prepares for the engine the whole transfer once more, after ``mustStartOver``.
    mutating func startOver() throws(TransferError) {
        vainReconnects += 1
        let moved = report.request.initialOffset + report.progress.moved
        try startOver(.refused(offset: isAccepted ? moved : request.initialOffset))
    }

    private mutating func startOver(_ cause: ReconnectionNews.Cause) throws(TransferError) {
        do throws(FileError) {
            switch peer {
            case .sink(let sink): try sink.restart()
            case .source(let source): try source.checkAvailability(from: 0)
            }
        } catch {
            guard let lastBreak else {
                if let remediedFailure { throw self.error(.transfer(remediedFailure)) }
                return try conclude()
            }
            throw self.error(.notResumed(lastBreak, .cannotStartOver(error)))
        }
        tell(.reconnection(.startsOver(cause)), at: now)
        begin(report.request, isRest: false)
    }

    private mutating func begin(_ request: TransferRequest, isRest: Bool) {
        self.request = request
        self.isRest = isRest
        goBack(to: request.initialOffset - report.request.initialOffset)
        outcome = nil
        leaveAt = nil
        textDeadline = nil
        isSourceAwaited = false
        isAccepted = false
        lastMovement = nil
    }

    /// Throws why the transfer failed.
    borrowing func conclude() throws(TransferError) {
        if case .some(.none) = outcome { return }
        if let endReason { throw error(endReason) }
        if let fileError { throw error(.file(fileError)) }
        throw error(.transfer((outcome ?? nil) ?? .cancelled))
    }

    borrowing func error(_ reason: TransferError.Reason) -> TransferError {
        TransferError(reason: reason, report: report)
    }

    private mutating func store(_ engine: inout TransferEngine, at now: Instant) {
        guard case .sink(let sink) = peer else { return }
        do throws(FileError) {
            let begin = clock()
            defer { sinkTime += clock() - begin }
            if let total = engine.progress.total {
                sink.expect(total: total + (request.initialOffset - report.request.initialOffset))
            }
            try sink.write(engine.data)
            // The last acknowledgement must not promise more than the disk holds.
            let end = engine.progress.moved + UInt64(engine.data.count)
            if let total = engine.progress.total, end >= total { try sink.synchronize() }
        } catch {
            if case .stopped = error, let failure = endsNow(at: now) { return engine.fail(failure, at: now) }
            if endReason == nil { fileError = error }
            isStopping = true
            leaveAt = min(leaveAt ?? now + TransferLoop.stopTimeout, now + TransferLoop.stopTimeout)
            return engine.fail(.storageFailed, at: now)
        }
        engine.confirmStored(at: now)
    }
}

internal import PigweedTransfer
internal import SerialPort

/// One transfer in a ``TransferLoop``: the file on this side, the report, and the reason for the end.
struct TransferRun: ~Copyable {
    /// The sink or the source on this side.
    enum Peer {
        case sink(any ByteSink)
        case source(any ByteSource)
    }

    let start: Instant
    let options: TransferLoop.Options
    /// Whether a write may go on or begin again after the device lost it.
    private let mayReturn: Bool
    private(set) var report: TransferReport
    /// The request for the present line: the whole transfer, or the rest that was left when the line before broke.
    private(set) var request: TransferRequest
    /// Whether the source has no data at the moment although the device would take some.
    private(set) var isSourceAwaited = false
    /// Whether this side has ended the transfer, or has decided to end it.
    private(set) var isStopping = false
    /// How long the sink has kept the transfer waiting, and how long this process was stopped.
    private var sinkTime = Duration.zero
    private var suspension = Duration.zero
    /// The time that the engine's clock leaves out: nobody could have heard the device meanwhile, so its silence means
    /// nothing.
    var stalled: Duration { sinkTime + suspension }
    /// When text without an end must be handed out; `nil` if there is none.
    var textDeadline: Instant?

    private let clock: () -> Instant
    private let peer: Peer
    /// The whole content that a write gives the resource from offset 0 on; `nil` if it is not known, and in a read.
    private let whole: (any ByteSource)?
    private var outcome: TransferFailure??
    private var fileError: FileError?
    private var endReason: TransferError.Reason?
    /// When to end the transfer, whatever the device does; `nil` for no limit.
    private var leaveAt: Instant?
    private var greeting = LineGreeting()
    private var chunk = [UInt8](repeating: 0, count: 8192)
    private var timeUse = TransferTiming.Use.preparation
    private var timedUntil: Instant
    private var movement = Movement()
    private let sentBefore: UInt64
    /// The counts before the transfer.
    private let before: TransferEngine.Statistics

    /// A wait that ends this much too late did so because this process could not run: it was stopped (Ctrl-Z), or the
    /// machine was too busy.
    private static let lateness = Duration.milliseconds(200)
    /// Whether the device has accepted the transfer on the present line.
    private var isAccepted = false
    /// Whether the present line carries the rest of a transfer that began on another line.
    private var isRest = false
    /// The counts of earlier engines of this transfer.
    private var earlierStatistics = TransferEngine.Statistics()
    private var lastBreak: SerialPortError?
    private var remedies = Remedies()
    /// The failure after which a remedy is being tried.
    private var remediedFailure: TransferFailure?
    private var vainReturns = VainReturns()

    /// - Parameter clock: returns the time, which passes while the sink takes data and while the loop waits.
    init(
        _ request: TransferRequest, peer: Peer, of whole: (any ByteSource)? = nil,
        options: TransferLoop.Options, engine: borrowing TransferEngine, output: OutputBuffer,
        clock: @escaping () -> Instant = { MonotonicClock.now }
    ) {
        var request = request
        mayReturn = options.recovery != nil || options.confirmation != nil && request.restartsWrite
        // The engine would begin again without a question to the device.
        if options.confirmation != nil { request.restartsWrite = false }
        self.clock = clock
        start = clock()
        report = TransferReport(request, of: engine)
        self.request = request
        self.peer = peer
        self.whole = whole
        self.options = options
        sentBefore = output.totalSent
        before = engine.statistics
        timedUntil = start
        if case .sink(let sink) = peer, let deadline = options.deadline { sink.limit(to: start + deadline) }
    }

    /// The time on the engine's clock, which leaves out ``stalled``.
    var now: Instant { clock() - stalled }

    var isFinished: Bool { outcome != nil }

    var sourceDescriptor: Int32 {
        guard case .source(let source) = peer else { return -1 }
        return source.waitDescriptor
    }

    /// When the next round must begin at the latest, whatever the engine says; on the real clock.
    var nextTimeout: Instant {
        var earliest = Instant(nanoseconds: .max)
        if let leaveAt { earliest = min(earliest, leaveAt + stalled) }
        if let textDeadline { earliest = min(earliest, textDeadline + stalled) }
        if let update = options.observer?.nextUpdate { earliest = min(earliest, update) }
        if !isStopping, let deadline = options.deadline { earliest = min(earliest, start + deadline) }
        return earliest
    }

    func isOverdue(at now: Instant) -> Bool {
        leaveAt.map { now >= $0 } ?? false
    }

    /// The failure with which this side ends the transfer now; `nil` if it does not, or has ended it before.
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
                movement.goBack(to: offset - min(offset, report.request.initialOffset))
                report.bytesRepeated = movement.bytesRepeated
                tell(.restarted(offset: offset), at: now)
            case .slowedDown(let status, let offset):
                tell(.slowedDown(after: status, offset: offset), at: now)
            case .readsAgain(let offset): tell(.readsAgain(offset: offset), at: now)
            case .deviceBusy: tell(.deviceBusy, at: now)
            case .finished(let failure):
                outcome = .some(failure)
                leaveAt = min(
                    leaveAt ?? now + Line.farewellTimeout, now + Line.farewellTimeout)
            }
        }
    }

    /// Sends data while the device and the output have room.
    mutating func provideData(
        to engine: inout TransferEngine, output: inout OutputBuffer, at now: Instant
    ) {
        if isSourceAwaited { movement.waitForSource(at: now) }
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

    /// Counts bytes from the device.
    mutating func received(_ bytes: Span<UInt8>) {
        report.bytesReceived += UInt64(bytes.count)
        greeting.receive(bytes)
        report.isTelnet = greeting.isTelnet
    }

    /// Brings the report up to date before the next wait.
    mutating func update(from engine: borrowing TransferEngine, output: OutputBuffer, at now: Instant) {
        let earlier = request.initialOffset - report.request.initialOffset
        report.progress = engine.progress
        report.progress.moved += earlier
        report.progress.total? += earlier
        report.statistics = earlierStatistics + engine.statistics
        report.lostStreams = report.statistics.lostStreams - before.lostStreams
        report.isEndUnconfirmed = report.statistics.unconfirmedEnds > before.unconfirmedEnds
        report.wait = engine.wait
        report.bytesSent = output.totalSent - sentBefore
        moved(to: report.progress.moved, at: now)
        passTime(at: now)
        timeUse = isSourceAwaited ? .source : TransferTiming.Use(engine.wait, isSending: !output.isEmpty)
        tell(.round, at: now)
    }

    /// Adds the time until now to the report.
    mutating func passTime(at now: Instant) {
        report.duration = now + stalled - start
        report.timing[timeUse] += now - timedUntil
        report.timing[.sink] = sinkTime
        report.timing[.suspension] = suspension
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
        movement.moved(
            to: position, isSourceAwaited: isSourceAwaited, isAccepted: report.version != nil, at: now)
        report.longestStall = movement.longestStall
    }

    /// Notes that a wait has ended that should have ended at `deadline`: if it ended much too late, this process was
    /// stopped.
    mutating func wokeUp(after deadline: Instant) {
        let late = clock() - deadline
        if late > Self.lateness { suspension += late }
    }

    // MARK: The line breaks

    /// Whether the transfer ended only because the line broke.
    var hasBroken: Bool { !isStopping && outcome == .some(.streamLost) }

    /// The time that is left before the deadline; `nil` without a deadline.
    var timeLeft: Duration? {
        options.deadline.map { max(.zero, start + $0 - clock()) }
    }

    /// Notes that the line broke, before another one is looked for.
    mutating func lineBroke(_ failure: SerialPortError) throws(TransferError) {
        lastBreak = failure
        vainReturns.add(after: report.progress.moved)
        guard !vainReturns.areTooMany else {
            throw error(.notResumed(failure, .noProgress(reconnects: report.reconnects)))
        }
        earlierStatistics = report.statistics
        outcome = nil
        timeUse = .reconnection
        tell(.reconnection(.lost(failure)), at: now)
    }

    /// Whether the device restarted in the middle of a write and lost it, so that the rest or all of the write may be
    /// tried again.
    var isForgotten: Bool {
        guard case .source = peer, mayReturn, !isStopping else { return false }
        return outcome == .some(.streamLost)
    }

    /// Notes that the device has lost a write, before it is asked how much of the data it has.
    mutating func beginReturn() throws(TransferError) {
        vainReturns.add(after: report.progress.moved)
        guard !vainReturns.areTooMany else { return try conclude() }
        timeUse = .reconnection
        tell(.reconnection(.forgotten), at: now)
    }

    /// Notes that another line to the device is open.
    mutating func lineIsBack(at port: String) {
        report.reconnects += 1
        passTime(at: now)
        tell(.reconnection(.back(port: port)), at: now)
    }

    /// Notes that the resource is the one that is meant, after all restarts until now.
    mutating func resourceIsConfirmed() {
        report.confirmedRestarts = report.restarts
    }

    /// Whether the device must be asked, before ``goOn(by:)``, how much of a write it has.
    var needsResourceStatus: Bool {
        whole != nil && report.version != .legacy
            && report.request.initialOffset + report.progress.moved > 0
    }

    /// How long the device may be silent when it is asked about the resource after a break: as long as at the start of
    /// a transfer, since it may have just restarted.
    var timeAfterRestart: Duration {
        let retries = Int64(min(max(request.settings.retries, 0), Int(UInt32.max)))
        let (time, isTooLong) = request.settings.startTimeout.saturatedNanoseconds
            .multipliedReportingOverflow(by: retries + 1)
        let patience = Duration.nanoseconds(isTooLong ? .max : time)
        return min(patience, timeLeft ?? patience)
    }

    /// Prepares the request for the rest of the transfer.
    ///
    /// - Parameter status: the device's report about the resource; `nil` if it was not asked, or gave none.
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
                status, of: whole, sent: base + movement.furthestEver, algorithms: options.resumeChecksums)
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

    /// Whether the device refuses to go on from where the transfer was, but may take all of it again.
    var mustStartOver: Bool {
        guard options.recovery != nil || remedies.haveBeenTried, !isStopping,
            case .some(.some(let failure)) = outcome
        else { return false }
        switch failure {
        case .offsetNotSupported, .device:
            return request.initialOffset > report.request.initialOffset && !isAccepted
        case .streamLost, .cannotContinue:
            return request.direction == .read && report.progress.moved > 0
                && !vainReturns.areTooMany
        default: return false
        }
    }

    /// Prepares another attempt after a failure that this side can do something about.
    ///
    /// - Returns: whether there is another attempt.
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
        tell(.triedAgain(remedy), at: now)
        if mayGoOn { rest.initialOffset += report.progress.moved }
        begin(rest, isRest: mayGoOn)
        return true
    }

    private func canStartOver() -> Bool {
        do throws(FileError) { try goBack() } catch { return false }
        return true
    }

    /// Makes the sink or the source ready for the data from their beginning.
    private func goBack() throws(FileError) {
        switch peer {
        case .sink(let sink): try sink.restart()
        case .source(let source): try source.peek()
        }
    }

    /// Prepares the request for the whole transfer once more, after ``mustStartOver``.
    mutating func startOver() throws(TransferError) {
        vainReturns.addNewStart()
        let moved = report.request.initialOffset + report.progress.moved
        try startOver(.refused(offset: isAccepted ? moved : request.initialOffset))
    }

    private mutating func startOver(_ reason: ReconnectionNews.Cause.Reason) throws(TransferError) {
        do throws(FileError) { try goBack() } catch {
            guard let lastBreak else {
                if let remediedFailure { throw self.error(.transfer(remediedFailure)) }
                return try conclude()
            }
            throw self.error(.notResumed(lastBreak, .cannotStartOver(error)))
        }
        tell(.reconnection(.startsOver(ReconnectionNews.Cause(reason))), at: now)
        begin(report.request, isRest: false)
    }

    private mutating func begin(_ request: TransferRequest, isRest: Bool) {
        self.request = request
        self.isRest = isRest
        movement.beginAgain(at: request.initialOffset - report.request.initialOffset)
        report.bytesRepeated = movement.bytesRepeated
        outcome = nil
        leaveAt = nil
        textDeadline = nil
        isSourceAwaited = false
        isAccepted = false
    }

    /// Throws the error of a transfer that failed.
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
            if !engine.data.isEmpty { try sink.write(engine.data) }
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

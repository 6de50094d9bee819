internal import HDLC
public import PigweedRPC
internal import ProtobufWire

/// The client: one line to one device, one transfer at a time, without I/O, clock or threads.
///
/// Four kinds of calls:
/// - ask: ``progress``, ``nextWake``, ``hasOutput``
/// - tell: ``receive(_:at:now:)``, ``handleTimeout(at:)``, ``confirmStored(at:)``
/// - do: ``begin(_:at:)``, ``cancel(at:)``, ``fail(_:at:)``, ``loseLine(at:)``, ``send(_:isLast:at:)``
/// - take: ``transmit(into:)``, ``nextEvent()``, ``dataRequest(at:)``
///
/// The caller's loop: tell it what was received and what time it is, take events until there are none, provide data
/// while it requests some, write out what ``transmit(into:)`` gives, and wait for bytes or for the next deadline.
public struct TransferEngine: ~Copyable {
    private var client: RPCClient
    private var sideStream: SideStream?
    private var streams = TransferStreams()
    private var sessionIDs: SessionIDs

    private var phase = Phase.idle
    private var session: Session?
    private var attempts = TransferAttempts()
    /// The offset at which the transfer began; its present session may have begun at a later one.
    private var firstOffset: UInt64 = 0
    private var lastProgress = Progress()
    private var ended = EndedSessions()

    private var events: [Event] = []
    private var received = ReceivedData()
    /// How the last ``deviceOutput`` reached the client.
    package private(set) var outputPlace = DeviceOutputPlace.logFrame
    private var chunkWriter = FieldWriter(capacity: Tuning.chunkHead)
    /// The counts without repeats and duplicate bytes of the present session.
    private var countedStatistics = Statistics()

    private enum Phase {
        /// There is no transfer.
        case idle
        /// The RPC stream is being opened, or the START waits for its time.
        case opening
        /// The START went out.
        case running
        /// The transfer runs. No input is taken until the caller has stored the bytes that it was given.
        case storing
    }

    /// An engine for a line whose device may be in any state.
    ///
    /// - Parameters:
    ///   - configuration: channel and addresses of the device.
    ///   - seed: any random number. First session and call ids are drawn from it, so that a device does not take this
    ///     process for an earlier one.
    public init(configuration: RPCClient.Configuration, seed: UInt64) {
        self.init(
            configuration: configuration,
            firstSessionID: UInt32(1 + seed % Tuning.firstIDs),
            firstCallID: UInt32(1 + (seed >> UInt32.bitWidth) % Tuning.firstIDs))
    }

    /// An engine with chosen ids, for the replay of recordings.
    init(configuration: RPCClient.Configuration, firstSessionID: UInt32, firstCallID: UInt32) {
        client = RPCClient(configuration: configuration, firstCallID: firstCallID)
        sessionIDs = SessionIDs(first: firstSessionID)
    }

    // MARK: Ask

    /// Whether a transfer can begin.
    package var isIdle: Bool { phase == .idle }

    /// The progress of the transfer, or of the last one.
    public var progress: Progress {
        var progress = session.borrowing { $0.progress(from: firstOffset) } ?? lastProgress
        progress.moved = max(progress.moved, received.deliveredEnd - firstOffset)
        return progress
    }

    /// How many bytes of a read have arrived, including those held behind a gap; for measurements.
    package var arrived: UInt64 {
        session.borrowing { $0.receiver?.window.arrived }.map { $0 - firstOffset } ?? lastProgress.moved
    }

    /// Counts since the engine was made.
    package var statistics: Statistics {
        var statistics = countedStatistics
        statistics.repeats += session.borrowing { $0.repeats } ?? 0
        statistics.duplicateBytes += session.borrowing { $0.receiver?.duplicateBytes } ?? 0
        return statistics
    }

    /// What the transfer waits for; `nil` when there is no transfer.
    package var wait: TransferWait? { session.borrowing { $0.wait } }

    /// When the engine must be called again, if nothing happens before: ``handleTimeout(at:)``, and
    /// ``send(_:isLast:at:)`` if a write has a ``dataRequest(at:)`` then.
    public var nextWake: Instant? {
        guard let nextTimeout, let nextDataTime else { return nextTimeout ?? nextDataTime }
        return min(nextTimeout, nextDataTime)
    }

    /// When ``handleTimeout(at:)`` must be called, if nothing happens before.
    package var nextTimeout: Instant? {
        let own = session.borrowing {
            phase == .opening ? startTime($0.request.direction) : $0.deadline
        }
        guard let aside = sideStream?.nextTimeout else { return own }
        return min(aside, own ?? aside)
    }

    /// When ``dataRequest(at:)`` may have a request; `nil` while the device takes no data.
    package var nextDataTime: Instant? { session.borrowing { $0.nextDataTime } }

    /// The bytes of the last ``Event/data(offset:)``, valid until the next call of ``receive(_:at:now:)``.
    public var data: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            received.bytes(of: client)
        }
    }

    /// The bytes of the last ``Event/deviceOutput``, valid until the next call of ``receive(_:at:now:)``.
    public var deviceOutput: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            switch outputPlace {
            case .logFrame, .logService: client.payload
            case .betweenFrames: client.unframed
            }
        }
    }

    /// Appends ``data`` to `bytes`. Unlike the span, this can be asked of an engine that an actor or a class holds.
    public func appendData(to bytes: inout [UInt8]) {
        bytes.append(copying: data)
    }

    /// Appends ``deviceOutput`` to `bytes`. Unlike the span, this can be asked of an engine that an actor or a class
    /// holds.
    public func appendDeviceOutput(to bytes: inout [UInt8]) {
        bytes.append(copying: deviceOutput)
    }

    // MARK: Do

    /// Begins a transfer. The engine must be idle.
    ///
    /// - Throws: the reason why no device can do this. Nothing was sent then.
    public mutating func begin(_ request: TransferRequest, at now: Instant) throws(TransferFailure) {
        let end = request.initialOffset.addingReportingOverflow(request.size ?? 0)
        guard !end.overflow, end.partialValue <= maximumOffset else { throw .tooLarge }
        guard
            request.settings.version != .legacy
                || (request.resource != 0 && request.initialOffset == 0)
        else { throw .notPossibleInLegacy }
        let request = request.bounded
        attempts = TransferAttempts(request, at: now)
        firstOffset = request.initialOffset
        received.begin(at: request.initialOffset)
        streams.closeStale(request.direction)
        session = Session(request, id: sessionIDs.take(for: request.resource))
        phase = .opening
        handleTransferTimeout(at: now)
    }

    /// Ends the transfer, and tells the device. ``Event/finished(_:)`` follows, at once or when the device has
    /// answered.
    public mutating func cancel(at now: Instant) {
        fail(.cancelled, at: now)
    }

    /// Ends the transfer because this side cannot go on.
    public mutating func fail(_ failure: TransferFailure, at now: Instant) {
        if phase == .opening { session?.lose(failure) } else { session?.stop(failure, at: now) }
        if phase == .storing { phase = .running }
        settle(.nothing, at: now)
    }

    /// Ends the transfer without telling the device, because the line broke, or because nobody waits for the device's
    /// answer any longer. A read that lacks only this answer keeps its success; other transfers end with
    /// ``TransferFailure/streamLost``.
    public mutating func loseLine(at now: Instant) {
        session?.lose(.streamLost)
        settle(.nothing, at: now)
    }

    /// Sends the data that ``dataRequest(at:)`` asked for.
    ///
    /// - Parameters:
    ///   - data: at most as many bytes as were asked for; fewer only at the end of the data.
    ///   - isLast: whether no byte follows; needed only if the size of the transfer is unknown. Send it with the last
    ///     bytes: not every device understands an end that is sent on its own behind them.
    ///   - now: when the data are sent.
    public mutating func send(_ data: Span<UInt8>, isLast: Bool, at now: Instant) {
        guard let chunk = session?.dataChunk(count: data.count, isLast: isLast, at: now) else { return }
        queue(chunk, data: data, on: .write)
    }

    // MARK: Take

    /// Moves all frames that wait to be sent to the end of `bytes`.
    public mutating func transmit(into bytes: inout [UInt8]) {
        client.transmit(into: &bytes)
    }

    /// Whether ``transmit(into:)`` has something.
    public var hasOutput: Bool { client.hasOutput }

    /// The next event; `nil` when there is none.
    public mutating func nextEvent() -> Event? {
        events.isEmpty ? nil : events.removeFirst()
    }

    /// The bytes to send now; `nil` if the device takes none, or its pause is not over. Answer with
    /// ``send(_:isLast:at:)``.
    public func dataRequest(at now: Instant) -> DataRequest? {
        session.borrowing { $0.dataRequest(at: now) }
    }

    // MARK: Tell

    /// Takes received bytes until there is an event, which must be dealt with before the next call.
    ///
    /// - Parameters:
    ///   - input: received bytes.
    ///   - position: where to begin; moved behind what was taken.
    ///   - now: when they were received.
    public mutating func receive(_ input: Span<UInt8>, at position: inout Int, now: Instant) {
        while events.isEmpty, phase != .storing, let event = client.next(in: input, at: &position) {
            handle(event, at: now)
        }
    }

    /// Call this when the bytes of the last ``Event/data(offset:)`` are stored.
    public mutating func confirmStored(at now: Instant) {
        guard phase == .storing else { return }
        phase = .running
        settle(session?.stored(received.count, at: now), at: now)
    }

    /// Call this when there are no data for a ``dataRequest(at:)`` yet, so that the device is not blamed if nothing
    /// moves.
    public mutating func waitForSource(at now: Instant) {
        session?.waitForSource(at: now)
    }

    /// Acts on every deadline up to `now`.
    public mutating func handleTimeout(at now: Instant) {
        sideStream?.handleTimeout(on: &client, at: now)
        handleTransferTimeout(at: now)
    }

    private mutating func handleTransferTimeout(at now: Instant) {
        guard phase == .opening, let request = session?.request else {
            return settle(session?.timeout(at: now), at: now)
        }
        let direction = request.direction
        guard now >= startTime(direction) else { return }
        if !streams.isOpen(direction) {
            open(request, at: now)
            guard now >= startTime(direction) else { return }
        }
        phase = .running
        session?.start(
            onNewStream: streams.starts(on: direction), answerTime: attempts.answerTime, at: now)
        settle(.nothing, at: now)
    }

    /// Hands out device output that no frame has followed yet; for a line that has fallen silent.
    public mutating func flushDeviceOutput() {
        guard events.isEmpty, client.flushText() else { return }
        handOutUnframed()
    }

    // MARK: Beside transfers

    /// Opens a stream beside the transfers, whose messages are ``Event/deviceOutput``.
    package mutating func open(_ stream: SideStream) { sideStream = stream }

    /// Ends the stream beside the transfers.
    package mutating func closeSideStream() { sideStream?.close(on: &client) }

    /// The status with which the device refused the stream beside the transfers for good; `nil` if it did not.
    package var sideStreamRefusal: Status? { sideStream?.refusal }

    /// Lends the state of the line to code that makes other calls, or takes it back: open calls, the stream beside
    /// them, and the beginning of a frame. The engine must be idle meanwhile.
    package mutating func exchangeClient(
        with other: inout RPCClient, _ otherStream: inout SideStream?
    ) {
        swap(&client, &other)
        swap(&sideStream, &otherStream)
    }

    // MARK: Streams

    private func startTime(_ direction: Direction) -> Instant {
        max(streams.readyTime(direction), attempts.notBefore)
    }

    private mutating func open(_ request: TransferRequest, at now: Instant) {
        let direction = request.direction
        streams.opened(
            direction, as: client.open(direction.method),
            mayStart: StartPauses.mayStartAtOnce(request) && !Handshake.isSlow(attempts.answerTime), at: now)
    }

    /// Begins the transfer again with a new session, on a new stream if there is none.
    private mutating func beginAgain(_ request: TransferRequest) {
        if let session = session.take() { begin(request, after: session) }
    }

    private mutating func begin(_ request: TransferRequest, after last: borrowing Session) {
        remember(last)
        attempts.answered(after: last.answerTime)
        received.keep(upTo: last.receiver?.window.delivered ?? 0)
        session = Session(
            request, id: sessionIDs.take(for: request.resource),
            announcedEnd: last.receiver?.limits.announcedEnd, deliveredEnd: received.deliveredEnd)
        phase = .opening
    }

    /// The device ended the stream or does not know it.
    private mutating func streamEnded(_ call: RPCClient.Call, status: Status, isError: Bool, at now: Instant)
    {
        guard let request = session?.request, let direction = streams.direction(of: call) else { return }
        streams.close(direction)
        countedStatistics.lostStreams += 1
        // The device has forgotten its calls, or takes this one for a call of another client.
        sideStream?.deviceRestarted(at: now)
        guard direction == request.direction else { return }
        if isError, status != .failedPrecondition {
            session?.lose(status == .notFound ? .noTransferService : .streamRefused(status))
        } else if session?.state == .handshake, attempts.mayReopen() {
            beginAgain(request)
            events.append(.reopenedStream)
            return handleTransferTimeout(at: now)
        } else if let next = session?.continuation, attempts.mayContinue() {
            beginAgain(next)
            events.append(.restarted(offset: max(next.initialOffset, received.deliveredEnd)))
            return handleTransferTimeout(at: now)
        } else {
            session?.lose(.streamLost)
        }
        settle(.nothing, at: now)
    }

    // MARK: Chunks

    private mutating func handle(_ event: RPCClient.Event, at now: Instant) {
        switch event {
        case .unframed(let defect):
            guard defect == .text else {
                countedStatistics.damagedFrames += 1
                return
            }
            return handOutUnframed()
        case .log:
            outputPlace = .logFrame
            events.append(.deviceOutput)
        case .message where sideStream?.receive(event, at: now) == true:
            outputPlace = .logService
            events.append(.deviceOutput)
        case .message(let call):
            if let direction = streams.direction(of: call), let (chunk, data) = Chunk.decode(client.payload) {
                receive(chunk, data: data, from: direction, at: now)
            }
        case .response(let call, let status):
            _ = sideStream?.receive(event, at: now)
            streamEnded(call, status: status, isError: false, at: now)
        case .error(let call, let status):
            _ = sideStream?.receive(event, at: now)
            streamEnded(call, status: status, isError: true, at: now)
        case .unrelated: break
        }
        countedStatistics.frames += 1
    }

    private mutating func handOutUnframed() {
        let count = client.unframed.count
        countedStatistics.strayBytes += count
        outputPlace = .betweenFrames
        events.append(.deviceOutput)
    }

    private mutating func receive(
        _ chunk: Chunk, data: Range<Int>, from direction: Direction, at now: Instant
    ) {
        guard phase != .opening, session?.owns(chunk, from: direction) ?? false else {
            attempts.lateChunkArrived(at: now)
            if let answer = ended.answer(to: chunk) { queue(answer.chunk, on: answer.direction) }
            return
        }
        received.arrived(data)
        let action = session?.receive(chunk, dataCount: data.count, at: now)
        if session?.isAccepted ?? false, attempts.deviceAccepted(), let version = session?.version {
            events.append(.started(version))
        }
        settle(action, at: now)
    }

    /// Carries out an action of the session, and ends the transfer if the session is over.
    private mutating func settle(_ action: Session.Action?, at now: Instant) {
        guard let request = session?.request else { return }
        while let chunk = session?.takeChunk() { queue(chunk, on: request.direction) }
        switch action {
        case .store(let skip, let offset):
            announceData(at: received.deliver(skip: skip, at: offset), now: now)
        case .hold(let offset):
            Self.hold(client, at: offset, in: &received)
        case .storeHeld(let range):
            announceData(at: received.deliverHeld(range), now: now)
        case .startOver:
            guard attempts.mayStartOver() else { break }
            beginAgain(request)
            return handleTransferTimeout(at: now)
        case .confirmAgain:
            var next = request
            next.repeatsConfirmation = true
            beginAgain(next)
            return handleTransferTimeout(at: now)
        case .startLater:
            guard attempts.mayAskBusyDevice(at: now) else { break }
            if attempts.mayFreeContexts() { streams.close(request.direction) }
            beginAgain(request)
            return events.append(.deviceBusy)
        case .reopen:
            phase = .opening
            open(request, at: now)
            return handleTransferTimeout(at: now)
        case .nothing, nil: break
        }
        if session?.state == .over { finish(at: now) }
    }

    private mutating func finish(at now: Instant) {
        lastProgress = progress
        guard let session = session.take() else { return }
        phase = .idle
        if let next = attempts.gentlerRequest(after: session, from: firstOffset, at: now) {
            begin(next, after: session)
            if let status = session.failure?.status, session.isAccepted {
                events.append(.slowedDown(after: status, offset: received.deliveredEnd))
            }
            return handleTransferTimeout(at: now)
        }
        if attempts.mayReadAgain(after: session, at: now) {
            var next = session.request
            next.initialOffset = firstOffset
            begin(next, after: session)
            events.append(.readsAgain(offset: received.deliveredEnd))
            return handleTransferTimeout(at: now)
        }
        // A legacy device answers a final chunk that was sent again with a second completion, which has the name of the
        // next session, too.
        let mayAnswerLate = session.version == .legacy && session.repeats > 0
        if !session.isEndConfirmed || mayAnswerLate { streams.markStale(session.request.direction) }
        if !session.isEndConfirmed { countedStatistics.unconfirmedEnds += 1 }
        if attempts.hasContinued, session.hasRefusedOffset, let status = session.failure?.status {
            events.append(.finished(.cannotContinue(status)))
        } else {
            events.append(.finished(session.failure))
        }
        remember(session)
    }

    private mutating func remember(_ session: borrowing Session) {
        ended.add(session)
        countedStatistics.repeats += session.repeats
        countedStatistics.duplicateBytes += session.receiver?.duplicateBytes ?? 0
    }

    /// Announces data that the caller has to store from an offset on; with `nil` it has all of them, and they count as
    /// stored.
    private mutating func announceData(at offset: UInt64?, now: Instant) {
        guard let offset else { return settle(session?.stored(received.count, at: now), at: now) }
        phase = .storing
        events.append(.data(offset: offset))
    }

    private static func hold(
        _ client: borrowing RPCClient, at offset: UInt64, in received: inout ReceivedData
    ) {
        received.hold(in: client.payload, at: offset)
    }

    private mutating func queue(_ chunk: Chunk, on direction: Direction) {
        queue(chunk, data: [UInt8]().span, on: direction)
    }

    private mutating func queue(_ chunk: Chunk, data: Span<UInt8>, on direction: Direction) {
        guard let call = streams.call(direction) else { return }
        chunkWriter.removeAll()
        chunk.encode(dataCount: data.count, into: &chunkWriter)
        client.send(chunkWriter, data: data, on: call)
    }
}

extension Optional where Wrapped: ~Copyable {
    /// Calls a closure with the wrapped value, which optional chaining would consume; `nil` if there is no value.
    @inline(__always)
    borrowing func borrowing<Result>(_ body: (borrowing Wrapped) -> Result?) -> Result? {
        switch self {
        case .some(let wrapped): body(wrapped)
        case .none: nil
        }
    }
}

internal import HDLC
public import PigweedRPC
internal import ProtobufWire

/// The client: one line to one device, one transfer at a time, without I/O, clock or threads.
///
/// Four kinds of calls:
/// - ask: ``isIdle``, ``progress``, ``statistics``, ``wait``, ``nextTimeout``, ``nextDataTime``
/// - tell: ``receive(_:at:now:)``, ``handleTimeout(at:)``, ``confirmStored(at:)``
/// - do: ``begin(_:at:)``, ``cancel(at:)``, ``fail(_:at:)``, ``loseLine(at:)``, ``send(_:isLast:at:)``
/// - take: ``transmit(into:)``, ``nextEvent()``, ``dataRequest(at:)``
///
/// The caller's loop: tell it what was received and what time it is, take events until there are none, provide data
/// while it requests some, write out what ``transmit(into:)`` gives, and wait for bytes or for the next deadline.
public struct TransferEngine: ~Copyable {
    /// Something the caller must know or do.
    public enum Event: Equatable, Sendable {
        /// The device accepted the transfer and speaks this version of the protocol.
        case started(Chunk.ProtocolVersion)
        /// ``TransferEngine/data`` belongs at this offset of the resource. Store it, then call
        /// ``TransferEngine/confirmStored(at:)`` or, if that failed, ``TransferEngine/fail(_:at:)``.
        case data(offset: UInt64)
        /// The device printed ``TransferEngine/deviceOutput``.
        case deviceOutput
        /// The device no longer knew the stream, which was opened again to start the transfer once more.
        case reopenedStream
        /// The device lost the stream in the middle of the transfer, which goes on from this offset of the resource.
        case restarted(offset: UInt64)
        /// The device has no free context; the start is repeated until one is free or patience ends.
        case deviceBusy
        /// The transfer is over.
        case finished(TransferFailure?)
    }

    /// How far the transfer is.
    public struct Progress: Hashable, Sendable {
        /// Bytes that the other side has confirmed, or that were stored here.
        public var moved: UInt64 = 0
        /// All bytes of the transfer, if known. In a read this is the device's word, which may be wrong.
        public var total: UInt64?

        /// Nothing moved yet.
        public init(moved: UInt64 = 0, total: UInt64? = nil) {
            self.moved = moved
            self.total = total
        }
    }

    /// How good the line is.
    public struct Statistics: Hashable, Sendable {
        /// Valid frames received.
        public var frames = 0
        /// Frames that arrived damaged.
        public var damagedFrames = 0
        /// Bytes outside frames.
        public var strayBytes = 0
        /// Chunks that were sent or asked for again.
        public var repeats = 0

        /// Counts of a line on which nothing happened but what is given.
        public init(frames: Int = 0, damagedFrames: Int = 0, strayBytes: Int = 0, repeats: Int = 0) {
            self.frames = frames
            self.damagedFrames = damagedFrames
            self.strayBytes = strayBytes
            self.repeats = repeats
        }

        /// The counts of two lines together.
        public static func + (left: Statistics, right: Statistics) -> Statistics {
            Statistics(
                frames: left.frames + right.frames, damagedFrames: left.damagedFrames + right.damagedFrames,
                strayBytes: left.strayBytes + right.strayBytes, repeats: left.repeats + right.repeats)
        }
    }

    /// How long to wait from opening a stream to the first start. A start right behind the request is often lost, since
    /// the device installs the stream on another thread (upstream: Python 1 s, Java 10 ms; measured: 2 % lost at
    /// 10 ms).
    static let openingDelay = Duration.milliseconds(100)
    /// How often a stream is opened again without having heard anything on it.
    static let reopenLimit = 3
    /// How long to wait before the next start when the device has no free context. One whose client vanished is free
    /// after the device's own timeout, 10 s in the reference.
    static let busyDelay = Duration.seconds(1)
    /// How often a transfer goes on after the device lost the stream.
    static let restartLimit = 3
    /// How often a transfer starts over with a new session because the device mixed up an older one.
    static let startOverLimit = 2

    private struct Stream {
        var call: RPCClient.Call
        var readyAt: Instant
        /// Whether a transfer on it ended without the device's word. The device may still be at it; a new stream makes
        /// it stop, and tells its late answers from those of the next transfer.
        var isStale = false
    }

    private var client: RPCClient
    private var readStream: Stream?
    private var writeStream: Stream?
    /// Streams must not be opened right behind each other: devices mix them up.
    private var mayOpenAt = Instant.zero
    private var nextSessionID: UInt32

    private var session: Session?
    private var isStartPending = false
    private var startNotBefore = Instant.zero
    /// Until when a device without a free context is asked again.
    private var busyDeadline = Instant.zero
    private var reopened = 0
    private var startedOver = 0
    private var restarts = 0
    /// Where the transfer began, whatever its present session began with.
    private var firstOffset: UInt64 = 0
    private var isStarted = false
    private var lastProgress = Progress()
    private var ended = EndedSessions()

    private var events: [Event] = []
    private var dataRange = 0..<0
    private var dataSource = DataSource.payload
    private var holdBuffer = HoldBuffer()
    private var isAwaitingStore = false
    private var outputSource = OutputSource.payload
    private var chunkWriter = FieldWriter(capacity: 1024)
    private var framesReceived = 0
    private var damagedFrames = 0
    private var strayBytes = 0
    private var repeatsOfEnded = 0

    private enum OutputSource { case payload, unframed }
    private enum DataSource { case payload, holdBuffer }

    /// An engine for a line whose device may be in any state.
    ///
    /// - Parameters:
    ///   - configuration: channel and addresses of the device.
    ///   - seed: any random number. First session and call ids are drawn from it, so that a device does not take this
    ///     process for an earlier one.
    public init(configuration: RPCClient.Configuration, seed: UInt64) {
        self.init(
            configuration: configuration,
            firstSessionID: UInt32(1 + seed % 16383), firstCallID: UInt32(1 + (seed >> 32) % 16383))
    }

    /// An engine with chosen ids, for the replay of recordings.
    init(configuration: RPCClient.Configuration, firstSessionID: UInt32, firstCallID: UInt32) {
        client = RPCClient(configuration: configuration, firstCallID: firstCallID)
        nextSessionID = firstSessionID
    }

    // MARK: Ask

    /// Whether a transfer can begin.
    public var isIdle: Bool { session == nil }

    /// How far the transfer is, or how far the last one came.
    public var progress: Progress {
        guard let session else { return lastProgress }
        let start = firstOffset
        switch session.request.direction {
        case .read:
            let window = session.receiveWindow
            let end = window.endOfData ?? window.announcedEnd
            return Progress(moved: window.delivered - start, total: end.map { max($0, start) - start })
        case .write:
            let window = session.transmitWindow
            let isComplete = window.hasSentFinalChunk && session.failure == nil && session.state == .done
            let confirmed = isComplete ? window.endOfData ?? window.confirmed : window.confirmed
            return Progress(moved: confirmed - start, total: window.endOfData.map { $0 - start })
        }
    }

    /// Counts since the engine was made.
    public var statistics: Statistics {
        Statistics(
            frames: framesReceived, damagedFrames: damagedFrames, strayBytes: strayBytes,
            repeats: repeatsOfEnded + (session?.repeats ?? 0))
    }

    /// What the transfer waits for; `nil` when there is none.
    public var wait: TransferWait? { isStartPending ? .acceptance : session?.wait }

    /// When ``handleTimeout(at:)`` must be called, if nothing happens before.
    public var nextTimeout: Instant? {
        guard let session else { return nil }
        return isStartPending ? startTime(session.request.direction) : session.deadline
    }

    /// When ``dataRequest(at:)`` may have a request; `nil` while the device takes no data.
    public var nextDataTime: Instant? { isStartPending ? nil : session?.nextDataTime }

    /// The bytes of the last ``Event/data(offset:)``, valid until the next call of ``receive(_:at:now:)``.
    public var data: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            switch dataSource {
            case .payload: client.payload.extracting(dataRange)
            case .holdBuffer: holdBuffer.storage.extracting(dataRange)
            }
        }
    }

    /// The bytes of the last ``Event/deviceOutput``, valid until the next call of ``receive(_:at:now:)``.
    public var deviceOutput: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            switch outputSource {
            case .payload: client.payload
            case .unframed: client.unframed
            }
        }
    }

    // MARK: Do

    /// Begins a transfer. The engine must be idle.
    ///
    /// - Throws: what makes the request impossible on any device; nothing was sent then.
    public mutating func begin(_ request: TransferRequest, at now: Instant) throws(TransferFailure) {
        let end = request.initialOffset.addingReportingOverflow(request.size ?? 0)
        guard !end.overflow, end.partialValue <= maximumOffset else { throw .tooLarge }
        guard request.protocolChoice != .legacy || (request.resource != 0 && request.initialOffset == 0)
        else { throw .notPossibleInLegacy }
        reopened = 0
        startedOver = 0
        restarts = 0
        firstOffset = request.initialOffset
        startNotBefore = now
        busyDeadline = now + request.startTimeout * (max(request.retries, 0) + 1)
        isStarted = false
        if stream(request.direction)?.isStale == true { setStream(request.direction, nil) }
        session = Session(request, id: takeSessionID())
        isStartPending = true
        handleTimeout(at: now)
    }

    /// Ends the transfer; the device is told. ``Event/finished(_:)`` follows, at once or when it has answered.
    public mutating func cancel(at now: Instant) {
        fail(.cancelled, at: now)
    }

    /// Ends the transfer because this side cannot go on.
    public mutating func fail(_ failure: TransferFailure, at now: Instant) {
        isAwaitingStore = false
        guard session != nil else { return }
        guard !isStartPending else {
            session?.lose(failure)
            return settle(.nothing, at: now)
        }
        session?.stop(failure, at: now)
        settle(.nothing, at: now)
    }

    /// The line broke, and the device can be told nothing: the transfer ends at once. A read of which only the device's
    /// confirmation is missing keeps its success; anything else ends with ``TransferFailure/streamLost``.
    public mutating func loseLine(at now: Instant) {
        isAwaitingStore = false
        session?.lose(.streamLost)
        settle(.nothing, at: now)
    }

    /// Sends the data that ``dataRequest(at:)`` asked for.
    ///
    /// - Parameters:
    ///   - data: no more than was asked for, less only at the end.
    ///   - isLast: whether no byte follows; counts where the size of the transfer is unknown. The last bytes must carry
    ///     it: an end sent on its own behind the data is not understood by every device.
    public mutating func send(_ data: Span<UInt8>, isLast: Bool, at now: Instant) {
        guard session?.dataRequest(at: now) != nil,
            let chunk = session?.dataChunk(count: data.count, isLast: isLast, at: now)
        else { return }
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

    /// The bytes to send now, if the device takes some and its pause is over. Answer with ``send(_:isLast:at:)``.
    public func dataRequest(at now: Instant) -> DataRequest? {
        isStartPending ? nil : session?.dataRequest(at: now)
    }

    // MARK: Tell

    /// Takes received bytes until there is an event, which must be dealt with before the next call.
    ///
    /// - Parameters:
    ///   - input: received bytes.
    ///   - position: where to begin; moved behind what was taken.
    ///   - now: when they were received.
    public mutating func receive(_ input: Span<UInt8>, at position: inout Int, now: Instant) {
        while events.isEmpty, !isAwaitingStore, let event = client.next(in: input, at: &position) {
            handle(event, at: now)
        }
    }

    /// The bytes of the last ``Event/data(offset:)`` are stored.
    public mutating func confirmStored(at now: Instant) {
        guard isAwaitingStore else { return }
        isAwaitingStore = false
        settle(session?.stored(dataRange.count, at: now), at: now)
    }

    /// Some time passed; acts on every deadline up to `now`.
    public mutating func handleTimeout(at now: Instant) {
        guard let session else { return }
        guard isStartPending else {
            return settle(self.session?.timeout(at: now), at: now)
        }
        let direction = session.request.direction
        guard now >= startTime(direction) else { return }
        guard stream(direction) != nil else { return open(direction, at: now) }
        isStartPending = false
        self.session?.start(at: now)
        settle(.nothing, at: now)
    }

    /// Hands out device output that no frame has followed yet; for a line that has fallen silent.
    public mutating func flushDeviceOutput() {
        guard events.isEmpty, client.flushText() else { return }
        handOutUnframed()
    }

    // MARK: Streams

    private func stream(_ direction: Direction) -> Stream? {
        direction == .read ? readStream : writeStream
    }

    private mutating func setStream(_ direction: Direction, _ stream: Stream?) {
        if direction == .read { readStream = stream } else { writeStream = stream }
    }

    private mutating func markStale(_ direction: Direction) {
        switch direction {
        case .read: readStream?.isStale = true
        case .write: writeStream?.isStale = true
        }
    }

    private func startTime(_ direction: Direction) -> Instant {
        max(stream(direction)?.readyAt ?? mayOpenAt, startNotBefore)
    }

    private mutating func open(_ direction: Direction, at now: Instant) {
        let call = client.open(direction.method)
        setStream(direction, Stream(call: call, readyAt: now + Self.openingDelay))
        mayOpenAt = now + Self.openingDelay
    }

    /// Starts the transfer again, with a new session on a new stream if `reopening`.
    private mutating func restart(_ request: TransferRequest, reopening: Bool) {
        if reopening { setStream(request.direction, nil) }
        if let session {
            ended.add(session)
            repeatsOfEnded += session.repeats
        }
        session = Session(request, id: takeSessionID())
        isStartPending = true
    }

    /// The device ended the stream or does not know it.
    private mutating func streamEnded(_ call: RPCClient.Call, status: Status, isError: Bool, at now: Instant)
    {
        guard let session, let direction = direction(of: call) else { return }
        setStream(direction, nil)
        guard direction == session.request.direction else { return }
        if isError, status != .failedPrecondition {
            self.session?.lose(status == .notFound ? .noTransferService : .streamRefused(status))
        } else if session.state == .initiating, reopened < Self.reopenLimit {
            reopened += 1
            restart(session.request, reopening: true)
            events.append(.reopenedStream)
            return handleTimeout(at: now)
        } else if let next = session.continuation, restarts < Self.restartLimit {
            restarts += 1
            restart(next, reopening: true)
            events.append(.restarted(offset: next.initialOffset))
            return handleTimeout(at: now)
        } else {
            self.session?.lose(.streamLost)
        }
        settle(.nothing, at: now)
    }

    private func direction(of call: RPCClient.Call) -> Direction? {
        if readStream?.call == call { return .read }
        return writeStream?.call == call ? .write : nil
    }

    // MARK: Chunks

    private mutating func handle(_ event: RPCClient.Event, at now: Instant) {
        switch event {
        case .unframed(let defect):
            guard defect == .text else {
                damagedFrames += 1
                return
            }
            return handOutUnframed()
        case .log:
            outputSource = .payload
            events.append(.deviceOutput)
        case .message(let call):
            if let direction = direction(of: call), let (chunk, data) = Chunk.decode(client.payload) {
                receive(chunk, data: data, from: direction, at: now)
            }
        case .response(let call, let status):
            streamEnded(call, status: status, isError: false, at: now)
        case .error(let call, let status):
            streamEnded(call, status: status, isError: true, at: now)
        case .unrelated: break
        }
        framesReceived += 1
    }

    private mutating func handOutUnframed() {
        let count = client.unframed.count
        strayBytes += count
        outputSource = .unframed
        events.append(.deviceOutput)
    }

    private mutating func receive(
        _ chunk: Chunk, data: Range<Int>, from direction: Direction, at now: Instant
    ) {
        guard let session, !isStartPending, session.owns(chunk, from: direction) else {
            if let answer = ended.answer(to: chunk) { queue(answer.chunk, on: answer.direction) }
            return
        }
        reopened = 0
        dataRange = data
        dataSource = .payload
        settle(self.session?.receive(chunk, dataCount: data.count, at: now), at: now)
    }

    /// Does what the session demands after an event, and ends it when it is done.
    private mutating func settle(_ action: Session.Action?, at now: Instant) {
        guard let request = session?.request else { return }
        if !isStarted, let session, session.isAccepted {
            isStarted = true
            events.append(.started(session.version))
        }
        while let chunk = session?.takeChunk() { queue(chunk, on: request.direction) }
        switch action {
        case .store(let skip):
            dataRange = min(dataRange.lowerBound + skip, dataRange.upperBound)..<dataRange.upperBound
            announceData(at: session?.receiveWindow.delivered ?? 0)
        case .hold(let offset):
            Self.hold(client, dataRange, at: offset, in: &holdBuffer)
        case .storeHeld(let range):
            dataSource = .holdBuffer
            dataRange = HoldBuffer.place(of: range)
            announceData(at: range.lowerBound)
        case .startOver where startedOver < Self.startOverLimit:
            startedOver += 1
            restart(request, reopening: false)
            return handleTimeout(at: now)
        case .startLater where now + Self.busyDelay <= busyDeadline:
            startNotBefore = now + Self.busyDelay
            restart(request, reopening: false)
            return events.append(.deviceBusy)
        case .reopen:
            isStartPending = true
            open(request.direction, at: now)
        case .startOver, .startLater, .nothing, nil: break
        }
        if session?.state == .done { finish() }
    }

    private mutating func finish() {
        guard let session else { return }
        ended.add(session)
        if !session.isEndConfirmed { markStale(session.request.direction) }
        repeatsOfEnded += session.repeats
        lastProgress = progress
        let cannotContinue = restarts > 0 && session.failure?.status == .unimplemented
        events.append(.finished(cannotContinue ? .streamLost : session.failure))
        self.session = nil
    }

    private mutating func announceData(at offset: UInt64) {
        isAwaitingStore = true
        events.append(.data(offset: offset))
    }

    private static func hold(
        _ client: borrowing RPCClient, _ range: Range<Int>, at offset: UInt64, in buffer: inout HoldBuffer
    ) {
        buffer.hold(client.payload.extracting(range), at: offset)
    }

    private mutating func queue(_ chunk: Chunk, on direction: Direction) {
        queue(chunk, data: [UInt8]().span, on: direction)
    }

    private mutating func queue(_ chunk: Chunk, data: Span<UInt8>, on direction: Direction) {
        guard let call = stream(direction)?.call else { return }
        chunkWriter.removeAll()
        chunk.encode(data: data, into: &chunkWriter)
        client.send(chunkWriter.bytes, on: call)
    }

    private mutating func takeSessionID() -> UInt32 {
        let id = nextSessionID
        nextSessionID = id == .max ? 1 : id + 1
        return id
    }
}

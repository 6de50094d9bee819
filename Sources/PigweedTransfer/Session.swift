internal import PigweedRPC

/// The state machine of one transfer, client side: every state, and what each event does in it.
///
/// ```
///                      write: parameters
///                   ┌───────────────────────▶ transmitting ─┐ window used up
///  initiating ──▶ waiting ◀─────────────────────────────────┘
///      │            │  ▲ read: gap ┌──────────┐
///      │            │  └──────────▶│ recovery │
///      │            ▼   gap filled └──────────┘
///      └────────▶ terminating ──▶ done
/// ```
///
/// Events go in by ``start(onNewStream:at:)``, ``receive(_:dataCount:at:)``, ``stored(_:at:)``, ``dataChunk(count:isLast:at:)``,
/// ``timeout(at:)`` and ``stop(_:at:)``; chunks come out of ``takeChunk()``. What data do in a read and parameters in a write
/// is in files of their own, the only others that change what stands here. The arithmetic of windows is in
/// ``ReceiveWindow`` and ``TransmitWindow``, that of time in ``SessionClock`` and ``Patience``.
///
/// There is one of a session: a copy would cost every chunk, and a second owner of its arrays would copy these, too.
struct Session: ~Copyable {
    enum State: Hashable {
        /// A start was sent; nothing was heard.
        case initiating
        /// Read: data are awaited. Write: parameters or the completion are awaited.
        case waiting
        /// Write: the window is open.
        case transmitting
        /// Read: pieces are missing and were asked for.
        case recovery
        /// A completion was sent; its acknowledgement is awaited. Version 2 only.
        case terminating
        /// Over; see ``Session/outcome``.
        case done
    }

    let request: TransferRequest
    /// The id in version 2.
    let id: UInt32
    private(set) var version: Chunk.ProtocolVersion
    var state = State.initiating
    /// How the transfer ended, or will have ended when the device has acknowledged it.
    private(set) var outcome: Result<Void, TransferFailure>?
    var receiveWindow: ReceiveWindow
    var recovery: LossRecovery
    var transmitWindow: TransmitWindow
    /// Whether the device took the transfer on.
    private(set) var isAccepted = false
    /// When the start was sent for the first time.
    private var startedAt: Instant?
    /// How long the device took for its answer to the start, the repeats included, once it is there.
    private(set) var answerTime: Duration?
    /// Whether the device said itself that the transfer is over. If not, it may still be at it.
    private(set) var isEndConfirmed = false
    /// Chunks sent again or asked for again.
    var repeats = 0
    /// Bytes of data chunks of a read that brought nothing new.
    var duplicateBytes = 0

    /// Answers to a start that take longer are not the line's.
    private static let longAnswer = Duration.seconds(1)
    /// How often a completion is repeated, those in answer to late chunks included: at 10 % loss, one device in a thousand has
    /// not heard of it then, and frees its context by its own timeout.
    private static let completionRepeats = 2
    /// How many completions go out in answer to late chunks, of which a line that stood still may bring thousands at once.
    private static let lateChunkAnswers = 64

    var outbox: [Chunk] = []
    var patience: Patience
    var clock: SessionClock
    private var initiation: Initiation
    var talk = TalkWithoutProgress()
    /// The most of a read that was ever here, held or stored.
    var mostArrived: UInt64
    var limits: ReadLimits
    private var completionsSent = 0
    private var hasHeardBeyondHandshake = false
    /// The offset of the last data chunk: if it comes again, the device heard nothing of us since.
    var lastSeenOffset: UInt64?
    /// When the device took the transfer on.
    private var acceptedAt = Instant.zero
    /// When a read last told the device how far to go.
    var lastParametersAt = Instant.zero
    /// When what is waited for was last asked for again, or the last chunk sent again, because nothing was heard.
    var lastRepeatAt: Instant?

    /// - Parameter limits: those of an earlier session of the same transfer.
    init(_ request: TransferRequest, id: UInt32, after limits: ReadLimits? = nil) {
        self.request = request
        self.id = id
        version = request.protocolChoice == .legacy ? .legacy : .version2
        receiveWindow = ReceiveWindow(
            initialOffset: request.initialOffset, maximumSize: request.window, leastSize: request.leastWindow,
            chunkSize: request.chunkSize,
            holdLimit: HoldBuffer.capacity)
        recovery = LossRecovery(firstOffset: request.initialOffset)
        transmitWindow = TransmitWindow(
            initialOffset: request.initialOffset,
            endOfData: request.size.map { request.initialOffset + $0 },
            chunkLimit: Self.chunkLimit(of: request))
        mostArrived = request.initialOffset
        self.limits = ReadLimits(request, after: limits)
        patience = Patience(request)
        clock = SessionClock(request)
        initiation = Initiation(request)
    }

    /// When ``timeout(at:)`` has something to do.
    var deadline: Instant? { patience.deadline }

    /// The next chunk to send.
    mutating func takeChunk() -> Chunk? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    /// A device that took its time for a start, such as to erase, will take it again, and some of that for each repeat that
    /// comes meanwhile.
    private static func quietTime(_ answerTime: Duration?) -> Duration {
        guard let answerTime, answerTime >= longAnswer else { return .zero }
        return answerTime * 5 / 4
    }

    // MARK: Events

    /// The stream is open, perhaps not for the first time: sends the start.
    ///
    /// - Parameters:
    ///   - isNew: whether the stream was opened for it.
    ///   - answerTime: how long the device took for its answer to an earlier start of the transfer, if there was one.
    ///   - now: when it is sent.
    mutating func start(onNewStream isNew: Bool, answerTime: Duration?, at now: Instant) {
        if initiation.beginsStream(isNew: isNew) { patience.restartSilence(at: now) }
        if startedAt == nil {
            startedAt = now
            patience.keepQuiet(until: now + Self.quietTime(answerTime))
        }
        clock.sent(.start, at: now)
        patience.wait(
            request.startTimeout, repeatAfter: initiation.nextPause() ?? request.startTimeout, from: now)
        outbox.append(startChunk())
    }

    /// A chunk of this session arrived.
    mutating func receive(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        let kind = chunk.kind(ofDeviceIn: request.direction, dataCount: dataCount)
        switch state {
        case .initiating:
            return receiveInitiating(chunk, kind, dataCount: dataCount, at: now)
        case .waiting, .transmitting, .recovery:
            patience.restartSilence(at: now)
            guard chunk.version == version || kind == .completion else {
                return end(.failure(.protocolViolation(.versionChanged)), at: now)
            }
            let action = receiveActive(chunk, kind, dataCount: dataCount, at: now)
            guard isStandingStill(dataCount: dataCount, at: now) else { return action }
            outbox.removeAll()
            return giveUp(.noProgress)
        case .terminating:
            patience.restartSilence(at: now)
            return receiveTerminating(kind)
        case .done:
            return .nothing
        }
    }

    /// This side cannot go on: its file failed, or the user wants to stop.
    mutating func stop(_ failure: TransferFailure, at now: Instant) {
        guard state != .done, state != .terminating else { return }
        _ = end(.failure(failure), at: now)
    }

    /// The device no longer knows the stream.
    mutating func lose(_ failure: TransferFailure) {
        guard state != .done else { return }
        finish(state == .terminating ? outcome ?? .failure(failure) : .failure(failure))
    }

    /// A deadline passed.
    mutating func timeout(at now: Instant) -> Action {
        switch patience.expire(at: now) {
        case .wait: break
        case .repeat: repeatLast(at: now)
        case .giveUp:
            switch state {
            case .initiating:
                guard initiation.mayReopenStream() else { return giveUp(.noAnswer) }
                patience.extend(by: request.startTimeout, at: now)
                return .reopen
            case .terminating: finish(outcome ?? .failure(.deviceSilent))
            default: return giveUp(.deviceSilent)
            }
        }
        return .nothing
    }

    // MARK: Transitions

    private mutating func repeatLast(at now: Instant) {
        switch (state, request.direction) {
        case (.initiating, _):
            initiation.repeats()
            patience.repeatAgain(after: initiation.nextPause(), at: now)
            outbox.append(startChunk())
            return
        case (.terminating, _):
            guard completionsSent <= Self.completionRepeats else {
                return finish(outcome ?? .failure(.deviceSilent))
            }
            sendCompletion()
        case (.waiting, _) where isAwaitingConfirmation:
            clock.sent(.confirmation, at: now)
            if request.direction == .read {
                lastRepeatAt = now
                guard request.repeatsConfirmation else { return probe(at: now) }
            }
            outbox.append(confirmation())
        case (.transmitting, .write):
            guard isMissingAnswers, transmitWindow.repeatUnanswered() else { return }
            patience.repeatAgain(after: clock.answerInterval, at: now)
            lastRepeatAt = now
            return
        case (.waiting, .write):
            if !transmitWindow.sendRest() { transmitWindow.repeatLastChunk() }
            if lastRepeatAt == nil { patience.repeatAgain(after: clock.answerInterval, at: now) }
            lastRepeatAt = now
            if transmitWindow.canSend { state = .transmitting }
            return
        case (_, .read):
            lastRepeatAt = now
            _ = breakSilence(at: now)
            return
        default:
            return
        }
        repeats += 1
    }

    private mutating func receiveInitiating(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        let answer = initiation.answer(chunk, kind)
        if answer != .none { answerTime = startedAt.map { now - $0 } }
        switch answer {
        case .none:
            // It ends nobody's wait for an answer.
            return .nothing
        case .accepted:
            accept(at: now)
            clock.sent(.confirmation, at: now)
            let timeout = request.direction == .read ? dataTimeout : request.chunkTimeout
            patience.wait(timeout, repeatAfter: clock.answerInterval, from: now)
            outbox.append(confirmation())
            return .nothing
        case .acceptedByLegacyDevice:
            version = .legacy
            accept(at: now)
            return receiveActive(chunk, kind, dataCount: dataCount, at: now)
        case .unusable(let failure):
            return giveUp(failure)
        case .unusableLegacyDevice(let failure):
            version = .legacy
            state = .waiting
            return end(.failure(failure), at: now)
        case .mixedUp(let failure):
            return startOver(or: failure)
        case .busy:
            finish(.failure(.device(.resourceExhausted)))
            return version == .version2 ? .startLater : .nothing
        case .refused(let failure):
            finish(.failure(failure))
            isEndConfirmed = failure != .device(.dataLoss)
            return .nothing
        }
    }

    private mutating func accept(at now: Instant) {
        state = .waiting
        isAccepted = true
        patience.restartSilence(at: now)
        talk.restart(moved: moved, at: now)
        acceptedAt = now
        lastParametersAt = now
        clock.answered(.start, at: now)
    }

    private mutating func receiveActive(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        switch (kind, request.direction) {
        case (.completion, _):
            return receiveCompletion(chunk)
        case (.data, .read):
            return receiveData(chunk, dataCount: dataCount, at: now)
        case (.parametersRetransmit, .write), (.parametersContinue, .write):
            return receiveParameters(chunk, rewinds: kind == .parametersRetransmit, at: now)
        default:
            return .nothing
        }
    }

    /// Whether the device may not have heard the confirmation of its acknowledgement.
    private var isAwaitingConfirmation: Bool { version == .version2 && !hasHeardBeyondHandshake }

    private mutating func receiveCompletion(_ chunk: Chunk) -> Action {
        if isAwaitingConfirmation, chunk.version == .legacy, lastParametersAt > acceptedAt {
            // The confirmation was lost, and the device took the question whether it is there for one of an older protocol.
            finish(.failure(TransferFailure(completion: chunk)))
            return .confirmAgain
        }
        let isComplete = request.direction == .write && transmitWindow.hasSentFinalChunk
        let isSuccess = chunk.status == Status.ok.rawValue && isComplete
        isEndConfirmed = true
        finish(isSuccess ? .success(()) : .failure(failure(completion: chunk)))
        if version == .version2 { outbox.append(self.chunk(.completionAck)) }
        return .nothing
    }

    private func failure(completion chunk: Chunk) -> TransferFailure {
        let failure = TransferFailure(completion: chunk)
        let hasAskedAgain = request.direction == .read && repeats > 0
        return hasAskedAgain && failure == .device(.unimplemented) ? .cannotGoBack : failure
    }

    mutating func hearBeyondHandshake(at now: Instant) {
        if !hasHeardBeyondHandshake { clock.answered(.confirmation, at: now) }
        hasHeardBeyondHandshake = true
    }

    private mutating func receiveTerminating(_ kind: Chunk.Kind) -> Action {
        switch kind {
        case .completionAck, .completion:
            isEndConfirmed = true
            finish(outcome ?? .success(()))
            if kind == .completion { outbox.append(chunk(.completionAck)) }
        default:
            if completionsSent < Self.lateChunkAnswers { sendCompletion() }
        }
        return .nothing
    }

    private mutating func sendCompletion() {
        completionsSent += 1
        outbox.append(completion())
    }

    /// Ends the transfer from this side. Only a device that has taken on a session confirms its end.
    mutating func end(_ result: Result<Void, TransferFailure>, at now: Instant) -> Action {
        outcome = result
        sendCompletion()
        guard isEstablished else {
            finish(result)
            return .nothing
        }
        state = .terminating
        patience.restartSilence(at: now)
        patience.limitRetries(to: Self.completionRepeats)
        patience.wait(clock.acknowledgementTimeout, from: now)
        return .nothing
    }

    /// Ends the transfer where no confirmation can be expected.
    mutating func giveUp(_ failure: TransferFailure) -> Action {
        finish(.failure(failure))
        outbox.append(completion())
        return .nothing
    }

    private mutating func startOver(or failure: TransferFailure) -> Action {
        _ = giveUp(failure)
        return .startOver
    }

    private mutating func finish(_ result: Result<Void, TransferFailure>) {
        outcome = result
        state = .done
        patience.stop()
    }
}

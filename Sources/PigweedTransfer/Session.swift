internal import PigweedRPC

/// The state machine of one transfer, client side: every state and every transition, and nothing else.
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
/// Events go in by ``start(at:)``, ``receive(_:dataCount:at:)``, ``stored(_:at:)``, ``timeout(at:)`` and ``stop(_:at:)``;
/// chunks come out of ``takeChunk()``. The arithmetic of windows is in ``ReceiveWindow`` and ``TransmitWindow``, that of
/// time in ``SessionClock`` and ``Patience``.
struct Session {
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
    private(set) var state = State.initiating
    /// How the transfer ended, or will have ended when the device has acknowledged it.
    private(set) var outcome: Result<Void, TransferFailure>?
    private(set) var receiveWindow: ReceiveWindow
    private(set) var transmitWindow: TransmitWindow
    /// Whether the device took the transfer on.
    private(set) var isAccepted = false
    /// Whether the device said itself that the transfer is over. If not, it may still be at it.
    private(set) var isEndConfirmed = false
    /// Chunks sent again or asked for again.
    private(set) var repeats = 0

    /// How often a completion is repeated: at 10 % loss, one device in a thousand has not heard of it then, and frees
    /// its context by its own timeout.
    private static let completionRepeats = 2

    /// How often a confirmation is repeated without growing pauses: the device has just answered, and a confirmation too
    /// many costs no more than a few chunks.
    private static let steadyConfirmations = 1

    private var outbox: [Chunk] = []
    private var patience: Patience
    private var clock: SessionClock
    private var initiation: Initiation
    private var hasHeardBeyondHandshake = false
    /// The offset of the last data chunk: if it comes again, the device heard nothing of us since.
    private var lastSeenOffset: UInt64?
    /// When a read last told the device how far to go.
    private var lastParametersAt = Instant.zero
    /// When what is waited for was last asked for again, or the last chunk sent again, because nothing was heard.
    private var lastRepeatAt: Instant?

    init(_ request: TransferRequest, id: UInt32) {
        self.request = request
        self.id = id
        version = request.protocolChoice == .legacy ? .legacy : .version2
        receiveWindow = ReceiveWindow(
            initialOffset: request.initialOffset, maximumSize: request.window, chunkSize: request.chunkSize,
            holdLimit: HoldBuffer.capacity)
        transmitWindow = TransmitWindow(
            initialOffset: request.initialOffset,
            endOfData: request.size.map { request.initialOffset + $0 })
        patience = Patience(request)
        clock = SessionClock(request)
        initiation = Initiation(request)
    }

    /// When ``timeout(at:)`` has something to do.
    var deadline: Instant? { patience.deadline }

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transmitting ? transmitWindow.nextSendTime : nil }

    /// The next chunk to send.
    mutating func takeChunk() -> Chunk? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    // MARK: Events

    /// The stream is open, perhaps not for the first time: sends the start.
    mutating func start(onNewStream isNew: Bool, at now: Instant) {
        if initiation.beginsStream(isNew: isNew) { patience.restartSilence(at: now) }
        clock.sent(.start, at: now)
        patience.wait(
            request.startTimeout, repeatAfter: initiation.nextPause() ?? request.startTimeout, from: now)
        outbox.append(startChunk())
    }

    /// A chunk of this session arrived.
    mutating func receive(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        patience.restartSilence(at: now)
        let kind = chunk.effectiveKind(dataCount: dataCount)
        switch state {
        case .initiating:
            return receiveInitiating(chunk, kind, dataCount: dataCount, at: now)
        case .waiting, .transmitting, .recovery:
            guard chunk.version == version || kind == .completion else {
                return end(.failure(.protocolViolation(.versionChanged)), at: now)
            }
            return receiveActive(chunk, kind, dataCount: dataCount, at: now)
        case .terminating:
            return receiveTerminating(kind)
        case .done:
            return .nothing
        }
    }

    /// As many bytes, the next that are due, are safe.
    mutating func stored(_ count: Int, at now: Instant) -> Action {
        guard state == .waiting || state == .recovery else { return .nothing }
        receiveWindow.store(count)
        if receiveWindow.isComplete { return end(.success(()), at: now) }
        guard receiveWindow.deliverable.isEmpty else { return .storeHeld(receiveWindow.deliverable) }
        guard receiveWindow.delivered < maximumOffset else { return end(.failure(.tooLarge), at: now) }
        return .nothing
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

    /// What to send next, if it is time.
    func dataRequest(at now: Instant) -> DataRequest? {
        guard state == .transmitting, transmitWindow.canSend, now >= transmitWindow.nextSendTime else {
            return nil
        }
        return DataRequest(offset: transmitWindow.position, count: transmitWindow.nextCount)
    }

    /// The chunk for `count` bytes as asked for by ``dataRequest(at:)``.
    mutating func dataChunk(count: Int, isLast: Bool, at now: Instant) -> Chunk {
        var chunk = chunk(.data)
        chunk.offset = transmitWindow.position
        let remaining = transmitWindow.remaining(after: count) ?? (isLast ? 0 : nil)
        chunk.remainingBytes = remaining
        let isNew = transmitWindow.sent(count, isLast: remaining == 0, at: now)
        if isNew { patience.restartSilence(at: now) } else { repeats += 1 }
        if !transmitWindow.canSend { state = .waiting }
        if lastRepeatAt == nil {
            let interval = transmitWindow.canSend ? request.chunkTimeout : clock.answerInterval
            patience.wait(request.chunkTimeout, repeatAfter: interval, from: now)
        }
        return chunk
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
            outbox.append(completion())
        case (.waiting, _) where version == .version2 && !hasHeardBeyondHandshake:
            clock.sent(.confirmation, at: now)
            outbox.append(confirmation())
            if request.direction == .read { lastRepeatAt = now }
        case (.waiting, .write):
            if !transmitWindow.sendRest() { transmitWindow.repeatLastChunk() }
            lastRepeatAt = now
            if transmitWindow.canSend { state = .transmitting }
            return
        case (_, .read):
            lastRepeatAt = now
            _ = request(at: now, isSilent: true)
            return
        default:
            return
        }
        repeats += 1
    }

    private mutating func receiveInitiating(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        switch initiation.answer(chunk, kind) {
        case .none:
            return .nothing
        case .accepted:
            accept(at: now)
            clock.sent(.confirmation, at: now)
            patience.wait(
                request.chunkTimeout, repeatAfter: clock.answerInterval,
                steadyRepeats: Self.steadyConfirmations, from: now)
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

    private mutating func receiveCompletion(_ chunk: Chunk) -> Action {
        let isComplete = request.direction == .write && transmitWindow.hasSentFinalChunk
        let isSuccess = chunk.status == Status.ok.rawValue && isComplete
        isEndConfirmed = true
        finish(isSuccess ? .success(()) : .failure(TransferFailure(completion: chunk)))
        if version == .version2 { outbox.append(self.chunk(.completionAck)) }
        return .nothing
    }

    private mutating func receiveData(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        hearBeyondHandshake(at: now)
        let expectedBefore = receiveWindow.expected
        let (placement, roundTrip) = receiveWindow.receive(
            offset: chunk.offset, count: dataCount, isLast: chunk.remainingBytes == 0, at: now)
        if let roundTrip { clock.answered(after: roundTrip) }
        switch placement {
        case .outside:
            return goBack(at: now)
        case .duplicate:
            let isRepeated = chunk.offset == lastSeenOffset
            let mayAsk = receiveWindow.mayAskAgain(at: now, answerDue: clock.requestInterval)
            lastSeenOffset = chunk.offset
            if !receiveWindow.hasGap {
                patience.wait(request.chunkTimeout, repeatAfter: clock.requestInterval, from: now)
            }
            remindDevice(at: now)
            return request(at: now, isSilent: isRepeated && mayAsk)
        case .next, .ahead:
            lastSeenOffset = chunk.offset
        }

        if lastRepeatAt != nil { clock.dataArrivedLate(after: now - patience.waitingSince) }
        lastRepeatAt = nil
        clock.dataArrived(at: now)
        if receiveWindow.expected > expectedBefore { patience.madeProgress(at: now) }
        receiveWindow.announce(remaining: chunk.remainingBytes, behind: chunk.offset + UInt64(dataCount))
        if chunk.windowEndOffset != 0, !receiveWindow.lower(to: UInt64(chunk.windowEndOffset)) {
            return end(.failure(.protocolViolation(.invalidWindow)), at: now)
        }
        // Behind the end nothing is on its way that a request too many could hold up.
        patience.wait(
            request.chunkTimeout, repeatAfter: clock.requestInterval,
            steadyRepeats: receiveWindow.endOfData.map { _ in 2 }, from: now)
        _ = request(at: now, isSilent: false)
        guard state != .done else { return .nothing }
        if let chunks = clock.chunksInFlight { receiveWindow.adapt(toChunksInFlight: chunks) }
        if receiveWindow.wantsReopening {
            receiveWindow.reopen()
            sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
        }
        remindDevice(at: now)
        guard case .next(let skip) = placement else {
            return dataCount > 0 ? .hold(offset: chunk.offset) : .nothing
        }
        return dataCount > 0 ? .store(skip: skip) : stored(0, at: now)
    }

    private mutating func hearBeyondHandshake(at now: Instant) {
        if !hasHeardBeyondHandshake { clock.answered(.confirmation, at: now) }
        hasHeardBeyondHandshake = true
    }

    /// Asks for what is missing or overdue.
    private mutating func request(at now: Instant, isSilent: Bool) -> Action {
        if version == .legacy, receiveWindow.expected == 0, isSilent || receiveWindow.hasGap {
            return goBack(at: now)
        }
        let offsets = receiveWindow.requests(
            at: now, answerDue: clock.requestInterval, chunksInFlight: clock.chunksInFlight,
            isSilent: isSilent)
        state = receiveWindow.hasGap ? .recovery : .waiting
        return offsets.isEmpty ? .nothing : askAgain(for: offsets, at: now)
    }

    /// Asks for everything from the first missing byte on. In the legacy protocol that is the only way to get the first
    /// chunk again: parameters at offset 0 make a device begin anew.
    private mutating func goBack(at now: Instant) -> Action {
        guard receiveWindow.goBack(at: now, answerDue: clock.requestInterval) else { return .nothing }
        state = .recovery
        return askAgain(for: [receiveWindow.expected], at: now)
    }

    private mutating func askAgain(for offsets: [UInt64], at now: Instant) -> Action {
        guard patience.goBack(at: now) else { return giveUp(.noProgress) }
        clock.lineInterrupted()
        repeats += offsets.count
        for offset in offsets {
            sendParameters(.parametersRetransmit, offset: offset, at: now)
        }
        return .nothing
    }

    /// Lets a device hear of us whose data are long under way: it may wait since it sent them, and gives up after a while.
    private mutating func remindDevice(at now: Instant) {
        guard now - lastParametersAt >= request.chunkTimeout, receiveWindow.extend() else { return }
        sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
    }

    private mutating func sendParameters(_ kind: Chunk.Kind, offset: UInt64, at now: Instant) {
        lastParametersAt = now
        outbox.append(parameters(kind, offset: offset))
    }

    private mutating func receiveParameters(_ chunk: Chunk, rewinds: Bool, at now: Instant) -> Action {
        hearBeyondHandshake(at: now)
        let confirmedBefore = transmitWindow.confirmed
        switch transmitWindow.apply(chunk, rewinds: rewinds, at: now) {
        case .violation(let violation):
            return end(.failure(.protocolViolation(violation)), at: now)
        case .full:
            let isProtocolLimit = chunk.offset >= maximumOffset
            return end(.failure(isProtocolLimit ? .tooLarge : .deviceStorageFull), at: now)
        case .stale:
            return .nothing
        case .open(let sentAt):
            if let lastRepeatAt {
                clock.answered(after: now - patience.waitingSince, repeatedBefore: now - lastRepeatAt)
            }
            lastRepeatAt = nil
            clock.chunkSize = transmitWindow.chunkSize
            if let sentAt { clock.answered(after: now - sentAt) }
            if transmitWindow.confirmed > confirmedBefore {
                patience.madeProgress(at: now)
            } else if rewinds, transmitWindow.hasSentAnything, !patience.goBack(at: now) {
                return giveUp(.noProgress)
            }
            patience.wait(
                request.chunkTimeout,
                repeatAfter: transmitWindow.canSend ? request.chunkTimeout : clock.answerInterval, from: now)
            state = transmitWindow.canSend ? .transmitting : .waiting
            return .nothing
        }
    }

    private mutating func receiveTerminating(_ kind: Chunk.Kind) -> Action {
        switch kind {
        case .completionAck, .completion:
            isEndConfirmed = true
            finish(outcome ?? .success(()))
            if kind == .completion { outbox.append(chunk(.completionAck)) }
        default:
            outbox.append(completion())
        }
        return .nothing
    }

    /// Ends the transfer from this side. Only a device that has taken on a session confirms its end.
    private mutating func end(_ result: Result<Void, TransferFailure>, at now: Instant) -> Action {
        outcome = result
        outbox.append(completion())
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
    private mutating func giveUp(_ failure: TransferFailure) -> Action {
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

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

    /// What the caller must do with the data of a chunk, or with the session.
    enum Action: Hashable {
        case nothing
        /// Store the data of the chunk but for the first `skip` bytes, then call ``stored(_:at:)``.
        case store(skip: Int)
        /// Hold the data of the chunk, which belong at this offset: something before them is missing.
        case hold(offset: UInt64)
        /// Store held data of this range, or the beginning of it, then call ``stored(_:at:)``.
        case storeHeld(Range<UInt64>)
        /// Begin again with a new session.
        case startOver
        /// Begin again with a new session after a while: the device has no free context.
        case startLater
        /// Open the stream again for a last start: the device may never have installed it.
        case reopen
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

    private var outbox: [Chunk] = []
    private var patience: Patience
    private var clock: SessionClock
    private var startsSent = 0
    private var startsOnStream = 0
    /// Whether all retries of the start went by in silence, so that this is the last, on a new stream.
    private var isLastStart = false
    private var hasHeardBeyondHandshake = false
    /// The offset of the last data chunk: if it comes again, the device heard nothing of us since.
    private var lastSeenOffset: UInt64?
    private var nextDataAt = Instant.zero
    /// Whether a write sends its last chunk again because nothing was heard, at growing intervals.
    private var isRepeatingLastChunk = false

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
    }

    /// When ``timeout(at:)`` has something to do.
    var deadline: Instant? { patience.deadline }

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transmitting ? nextDataAt : nil }

    /// Whether the device has taken a session on, so that it confirms its end.
    var isEstablished: Bool { version == .version2 && isAccepted }

    /// Why the transfer failed, or will have failed when the device has acknowledged it.
    var failure: TransferFailure? {
        guard case .failure(let failure) = outcome else { return nil }
        return failure
    }

    /// The request that goes on where this session was, after the device lost it; `nil` if that is not possible or not
    /// wanted.
    var continuation: TransferRequest? {
        guard state == .waiting || state == .recovery || state == .transmitting else { return nil }
        var next = request
        switch request.direction {
        case .read where version == .version2: next.initialOffset = receiveWindow.delivered
        case .read: return receiveWindow.delivered == 0 ? request : nil
        case .write: return request.restartsWrite ? request : nil
        }
        return next
    }

    /// Whether a received chunk belongs to this transfer: by session id, or in the legacy protocol by resource.
    func owns(_ chunk: Chunk, from direction: Direction) -> Bool {
        if let sessionID = chunk.sessionID { return version == .version2 && sessionID == id }
        guard chunk.version == .legacy, direction == request.direction else { return false }
        let isRejection = chunk.kind == .completion && chunk.transferID == id
        return chunk.transferID == request.resource || isRejection
    }

    /// The next chunk to send.
    mutating func takeChunk() -> Chunk? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    // MARK: Events

    /// The stream is open, perhaps not for the first time: sends the start.
    mutating func start(at now: Instant) {
        if startsSent == 0 || isLastStart { patience.restartSilence(at: now) }
        startsSent += 1
        startsOnStream = 1
        clock.sent(.start, at: now)
        patience.wait(request.startTimeout, repeatAfter: clock.startInterval, from: now)
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
        guard state == .transmitting, transmitWindow.canSend, now >= nextDataAt else { return nil }
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
        nextDataAt = now + transmitWindow.minDelay
        if !transmitWindow.canSend { state = .waiting }
        if !isRepeatingLastChunk {
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
            case .initiating where !isLastStart:
                isLastStart = true
                patience.extend(by: request.startTimeout, at: now)
                return .reopen
            case .initiating: return giveUp(.noAnswer)
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
            startsSent += 1
            startsOnStream += 1
            clock.sent(.start, at: now)
            if startsOnStream >= clock.startsInFirstTry { patience.slowDown(at: now) }
            outbox.append(startChunk())
        case (.terminating, _):
            outbox.append(completion())
        case (.waiting, _) where version == .version2 && !hasHeardBeyondHandshake:
            clock.sent(.confirmation, at: now)
            outbox.append(confirmation())
        case (.waiting, .write):
            transmitWindow.repeatLastChunk()
            isRepeatingLastChunk = true
            if transmitWindow.canSend { state = .transmitting }
            return
        case (_, .read):
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
        switch kind {
        case .completion:
            let failure = failure(of: chunk)
            finish(.failure(failure))
            // Without the resource it is the service that has no free context, not the resource that refuses.
            let isBusy = failure == .device(.resourceExhausted) && chunk.resourceID == nil
            isEndConfirmed = !isBusy && failure != .device(.dataLoss)
            return isBusy && version == .version2 ? .startLater : .nothing
        case .startAck where version == .version2 && chunk.version == .version2:
            guard chunk.resourceID == nil || chunk.resourceID == request.resource else {
                return startOver(or: .streamLost)
            }
            guard chunk.initialOffset == request.initialOffset else {
                return startsSent > 1 ? startOver(or: .offsetNotSupported) : giveUp(.offsetNotSupported)
            }
            state = .waiting
            isAccepted = true
            clock.answered(.start, at: now)
            clock.sent(.confirmation, at: now)
            patience.wait(request.chunkTimeout, repeatAfter: clock.answerInterval, from: now)
            outbox.append(confirmation())
            return .nothing
        case .data, .parametersRetransmit, .parametersContinue:
            guard chunk.version == .legacy else { return .nothing }
            version = .legacy
            state = .waiting
            guard request.protocolChoice != .version2 else {
                return end(.failure(.onlyLegacySupported), at: now)
            }
            guard request.initialOffset == 0 else { return end(.failure(.offsetNotSupported), at: now) }
            guard request.resource != 0 else { return end(.failure(.notPossibleInLegacy), at: now) }
            isAccepted = true
            clock.answered(.start, at: now)
            return receiveActive(chunk, kind, dataCount: dataCount, at: now)
        default:
            return .nothing
        }
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
        case (.startAck, _) where !hasHeardBeyondHandshake:
            outbox.append(confirmation())
            return .nothing
        default:
            return .nothing
        }
    }

    private mutating func receiveCompletion(_ chunk: Chunk) -> Action {
        let isComplete = request.direction == .write && transmitWindow.hasSentFinalChunk
        let isSuccess = chunk.status == Status.ok.rawValue && isComplete
        isEndConfirmed = true
        finish(isSuccess ? .success(()) : .failure(failure(of: chunk)))
        if version == .version2 { outbox.append(self.chunk(.completionAck)) }
        return .nothing
    }

    private mutating func receiveData(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        if !hasHeardBeyondHandshake { clock.answered(.confirmation, at: now) }
        hasHeardBeyondHandshake = true
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
            return request(at: now, isSilent: isRepeated && mayAsk)
        case .next, .ahead:
            lastSeenOffset = chunk.offset
        }

        clock.dataArrived(at: now)
        if receiveWindow.expected > expectedBefore { patience.madeProgress(at: now) }
        receiveWindow.announce(remaining: chunk.remainingBytes, behind: chunk.offset + UInt64(dataCount))
        if chunk.windowEndOffset != 0, !receiveWindow.lower(to: UInt64(chunk.windowEndOffset)) {
            return end(.failure(.protocolViolation(.invalidWindow)), at: now)
        }
        patience.wait(request.chunkTimeout, repeatAfter: clock.requestInterval, from: now)
        _ = request(at: now, isSilent: false)
        guard state != .done else { return .nothing }
        if let bytesInFlight { receiveWindow.adapt(to: bytesInFlight) }
        if receiveWindow.wantsReopening {
            receiveWindow.reopen()
            outbox.append(parameters(.parametersContinue, offset: receiveWindow.expected))
        }
        guard case .next(let skip) = placement else {
            return dataCount > 0 ? .hold(offset: chunk.offset) : .nothing
        }
        return dataCount > 0 ? .store(skip: skip) : stored(0, at: now)
    }

    /// Asks for what is missing or overdue.
    private mutating func request(at now: Instant, isSilent: Bool) -> Action {
        if version == .legacy, receiveWindow.expected == 0, isSilent || receiveWindow.hasGap {
            return goBack(at: now)
        }
        let offsets = receiveWindow.requests(
            at: now, answerDue: clock.requestInterval, bytesInFlight: bytesInFlight, isSilent: isSilent)
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
            outbox.append(parameters(.parametersRetransmit, offset: offset))
        }
        return .nothing
    }

    private mutating func receiveParameters(_ chunk: Chunk, rewinds: Bool, at now: Instant) -> Action {
        if !hasHeardBeyondHandshake { clock.answered(.confirmation, at: now) }
        hasHeardBeyondHandshake = true
        let confirmedBefore = transmitWindow.confirmed
        switch transmitWindow.apply(chunk, rewinds: rewinds) {
        case .violation(let violation):
            return end(.failure(.protocolViolation(violation)), at: now)
        case .full:
            let isProtocolLimit = chunk.offset >= maximumOffset
            return end(.failure(isProtocolLimit ? .tooLarge : .deviceStorageFull), at: now)
        case .stale:
            return .nothing
        case .open(let sentAt):
            isRepeatingLastChunk = false
            clock.chunkSize = transmitWindow.chunkSize
            if let sentAt { clock.answered(after: now - sentAt) }
            if transmitWindow.confirmed > confirmedBefore {
                patience.madeProgress(at: now)
            } else if rewinds, transmitWindow.hasSentAnything, !patience.goBack(at: now) {
                return giveUp(.noProgress)
            }
            if rewinds { nextDataAt = now }
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

    private func failure(of chunk: Chunk) -> TransferFailure {
        guard let status = chunk.status else { return .protocolViolation(.completionWithoutStatus) }
        return status == Status.ok.rawValue
            ? .protocolViolation(.prematureSuccess) : .device(Status(rawValue: status))
    }

    /// What the line carries in a round trip, if both are known.
    private var bytesInFlight: UInt64? {
        clock.chunksInFlight.map { $0 * receiveWindow.chunkSize }
    }
}

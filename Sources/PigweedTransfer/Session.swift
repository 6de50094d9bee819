internal import PigweedRPC

/// The state machine of one transfer, client side: every state and every transition, and nothing else.
///
/// ```
///                      write: parameters
///                   ┌───────────────────────▶ transmitting ─┐ window used up
///  initiating ──▶ waiting ◀────────────────────────────────-┘
///      │            │  ▲ read: gap ┌──────────┐
///      │            │  └───────────┤ recovery │
///      │            ▼   next data  └──────────┘
///      └────────▶ terminating ──▶ done
/// ```
///
/// Each event returns what the caller must do; arithmetic of windows is in ``ReceiveWindow`` and ``TransmitWindow``,
/// that of time in ``Patience``.
struct Session {
    enum State: Hashable {
        /// A start was sent; nothing was heard.
        case initiating
        /// Read: data are awaited. Write: parameters or the completion are awaited.
        case waiting
        /// Write: the window is open.
        case transmitting
        /// Read: a gap was reported; data from the gap on are awaited.
        case recovery
        /// A completion was sent; its acknowledgement is awaited. Version 2 only.
        case terminating
        /// Over; see ``Session/outcome``.
        case done
    }

    /// What the caller must do after an event.
    enum Action: Hashable {
        case nothing
        case send(Chunk)
        /// Store the data of the chunk, then call ``stored(at:)``.
        case store
        /// Begin again with a new session, after telling the device that this one is over.
        case startOver(Chunk)
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
    /// The size of what a read still has to bring, as far as the device says.
    private(set) var remainingHint: UInt64?
    /// Whether the device took the transfer on.
    private(set) var isAccepted = false
    /// Chunks sent again or asked for again.
    private(set) var repeats = 0

    private var patience: Patience
    private var startsSent = 0
    private var hasHeardBeyondHandshake = false
    private var isLastDataStored = false
    /// The offset of the last data chunk that arrived, to recognise that the device repeats it.
    private var lastSeenOffset: UInt64?
    private var nextDataAt = Instant.zero

    init(_ request: TransferRequest, id: UInt32) {
        self.request = request
        self.id = id
        version = request.protocolChoice == .legacy ? .legacy : .version2
        receiveWindow = ReceiveWindow(initialOffset: request.initialOffset, maximumSize: request.window)
        transmitWindow = TransmitWindow(
            initialOffset: request.initialOffset,
            endOfData: request.size.map { request.initialOffset + $0 })
        patience = Patience(request)
    }

    /// When ``timeout(at:)`` has something to do.
    var deadline: Instant? { patience.deadline }

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transmitting ? nextDataAt : nil }

    /// Whether the start was repeated as often as allowed and the device may have lost the stream.
    var isLastStartTry: Bool { state == .initiating && patience.isLastTry }

    /// Whether the device has taken a session on, so that it confirms its end.
    var isEstablished: Bool { version == .version2 && isAccepted }

    /// Why the transfer failed, or will have failed when the device has acknowledged it.
    var failure: TransferFailure? {
        guard case .failure(let failure) = outcome else { return nil }
        return failure
    }

    /// Whether a received chunk belongs to this transfer: by session id, or in the legacy protocol by resource.
    func owns(_ chunk: Chunk, from direction: Direction) -> Bool {
        if let sessionID = chunk.sessionID { return version == .version2 && sessionID == id }
        guard chunk.version == .legacy, direction == request.direction else { return false }
        let isRejection = chunk.kind == .completion && chunk.transferID == id
        return chunk.transferID == request.resource || isRejection
    }

    // MARK: Events

    /// The stream is open, perhaps not for the first time: sends the start.
    mutating func start(at now: Instant) -> Chunk {
        if startsSent > 0 { _ = patience.retry() }
        startsSent += 1
        patience.wait(request.startTimeout, from: now)
        return startChunk()
    }

    /// A chunk of this session arrived.
    mutating func receive(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        patience.heard()
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
            return receiveTerminating(kind, at: now)
        case .done:
            return .nothing
        }
    }

    /// The data of the last ``Action/store`` are safe.
    mutating func stored(at now: Instant) -> Action {
        guard state == .waiting else { return .nothing }
        if isLastDataStored { return end(.success(()), at: now) }
        guard receiveWindow.expected < maximumOffset else {
            return end(.failure(.tooLarge), at: now)
        }
        guard receiveWindow.isHalfUsed, !isRestWithinWindow else { return .nothing }
        receiveWindow.reopen()
        return .send(parameters(.parametersContinue))
    }

    /// This side cannot go on: its file failed, or the user wants to stop.
    mutating func stop(_ failure: TransferFailure, at now: Instant) -> Action {
        switch state {
        case .done, .terminating: return .nothing
        default: return end(.failure(failure), at: now)
        }
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
        transmitWindow.sent(count, isLast: remaining == 0)
        nextDataAt = now + transmitWindow.minDelay
        if !transmitWindow.canSend { state = .waiting }
        patience.wait(request.chunkTimeout, from: now)
        return chunk
    }

    /// The deadline of patience passed.
    mutating func timeout(at now: Instant) -> Action {
        guard let deadline = patience.deadline, now >= deadline, state != .done else { return .nothing }
        guard patience.retry() else {
            switch state {
            case .initiating: return giveUp(.noAnswer)
            case .terminating: finish(outcome ?? .failure(.deviceSilent))
            default: return giveUp(.deviceSilent)
            }
            return .nothing
        }
        repeats += 1
        patience.wait(state == .initiating ? request.startTimeout : request.chunkTimeout, from: now)
        switch (state, request.direction) {
        case (.initiating, _):
            startsSent += 1
            return .send(startChunk())
        case (.terminating, _):
            patience.wait(acknowledgementTimeout, from: now)
            return .send(completion())
        case (.waiting, _) where version == .version2 && !hasHeardBeyondHandshake:
            return .send(confirmation())
        case (.waiting, .write):
            transmitWindow.repeatLastChunk()
            if transmitWindow.canSend { state = .transmitting }
            return .nothing
        case (_, .read):
            return goBack(at: now)
        default:
            return .nothing
        }
    }

    // MARK: Transitions

    private mutating func receiveInitiating(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        switch kind {
        case .completion:
            finish(.failure(failure(of: chunk)))
            return .nothing
        case .startAck where version == .version2 && chunk.version == .version2:
            guard chunk.resourceID == nil || chunk.resourceID == request.resource else {
                return startOver(or: .streamLost)
            }
            guard chunk.initialOffset == request.initialOffset else {
                return startsSent > 1 ? startOver(or: .offsetNotSupported) : giveUp(.offsetNotSupported)
            }
            state = .waiting
            isAccepted = true
            patience.wait(request.chunkTimeout, from: now)
            return .send(confirmation())
        case .data, .parametersRetransmit, .parametersContinue:
            guard chunk.version == .legacy else { return .nothing }
            version = .legacy
            state = .waiting
            guard request.protocolChoice != .version2 else {
                return end(.failure(.onlyLegacySupported), at: now)
            }
            guard request.initialOffset == 0 else {
                return end(.failure(.offsetNotSupported), at: now)
            }
            isAccepted = true
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
            return .send(confirmation())
        default:
            return .nothing
        }
    }

    private mutating func receiveCompletion(_ chunk: Chunk) -> Action {
        let isComplete = request.direction == .write && transmitWindow.hasSentFinalChunk
        let isSuccess = chunk.status == Status.ok.rawValue && isComplete
        finish(isSuccess ? .success(()) : .failure(failure(of: chunk)))
        return version == .version2 ? .send(self.chunk(.completionAck)) : .nothing
    }

    private mutating func receiveData(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        hasHeardBeyondHandshake = true
        patience.wait(request.chunkTimeout, from: now)
        let repeatsLastSeen = chunk.offset == lastSeenOffset
        lastSeenOffset = chunk.offset

        switch receiveWindow.placement(offset: chunk.offset, count: dataCount) {
        case .next:
            state = .waiting
            receiveWindow.advance(by: dataCount)
            if dataCount > 0 { patience.madeProgress() }
            remainingHint = chunk.remainingBytes
            isLastDataStored = chunk.remainingBytes == 0
            if chunk.windowEndOffset != 0, !receiveWindow.lower(to: UInt64(chunk.windowEndOffset)) {
                return end(.failure(.protocolViolation(.invalidWindow)), at: now)
            }
            return dataCount > 0 ? .store : stored(at: now)
        case .duplicate where state == .waiting:
            repeats += 1
            return .send(parameters(.parametersContinue))
        case .gap where state == .waiting, .beyondWindow where state == .waiting:
            return goBack(at: now)
        default:
            return repeatsLastSeen ? goBack(at: now) : .nothing
        }
    }

    private mutating func receiveParameters(_ chunk: Chunk, rewinds: Bool, at now: Instant) -> Action {
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
        case .open:
            if transmitWindow.confirmed > confirmedBefore {
                patience.madeProgress()
            } else if rewinds, transmitWindow.hasSentAnything, !patience.goBack() {
                return giveUp(.noProgress)
            }
            if rewinds { nextDataAt = now }
            patience.wait(request.chunkTimeout, from: now)
            state = transmitWindow.canSend ? .transmitting : .waiting
            return .nothing
        }
    }

    private mutating func receiveTerminating(_ kind: Chunk.Kind, at now: Instant) -> Action {
        switch kind {
        case .completionAck:
            finish(outcome ?? .success(()))
            return .nothing
        case .completion:
            finish(outcome ?? .success(()))
            return .send(chunk(.completionAck))
        default:
            return .send(completion())
        }
    }

    /// Asks for everything from the first missing byte on.
    private mutating func goBack(at now: Instant) -> Action {
        guard patience.goBack() else { return giveUp(.noProgress) }
        repeats += 1
        state = .recovery
        receiveWindow.reopen()
        patience.wait(request.chunkTimeout, from: now)
        return .send(parameters(.parametersRetransmit))
    }

    /// Ends the transfer from this side. Only a device that has taken on a session confirms its end.
    private mutating func end(_ result: Result<Void, TransferFailure>, at now: Instant) -> Action {
        guard isEstablished else {
            finish(result)
            return .send(completion())
        }
        outcome = result
        state = .terminating
        patience.heard()
        patience.wait(acknowledgementTimeout, from: now)
        return .send(completion())
    }

    /// Ends the transfer where no confirmation can be expected.
    private mutating func giveUp(_ failure: TransferFailure) -> Action {
        finish(.failure(failure))
        return .send(completion())
    }

    private mutating func startOver(or failure: TransferFailure) -> Action {
        finish(.failure(failure))
        return .startOver(completion())
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

    /// The result is known already, so waiting long for its acknowledgement only costs time.
    private var acknowledgementTimeout: Duration { min(request.chunkTimeout, .milliseconds(500)) }

    /// Whether the device said that everything left fits the open window, so that it needs no further parameters.
    private var isRestWithinWindow: Bool {
        guard let remainingHint else { return false }
        return remainingHint > 0 && remainingHint <= receiveWindow.end - receiveWindow.expected
    }
}

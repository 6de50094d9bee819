internal import PigweedRPC

/// One transfer, client side: a handshake, then a receiver or a transmitter, then an ending.
///
/// ```
///  handshake ──▶ transfer: a receiver (read) or a transmitter (write) ──▶ ending ──▶ over
/// ```
///
/// The session only hands each event to the part whose turn it is. Events go in by
/// ``start(onNewStream:answerTime:at:)``, ``receive(_:dataCount:at:)``, ``stored(_:at:)``,
/// ``dataChunk(count:isLast:at:)``, ``timeout(at:)`` and ``stop(_:at:)``; chunks come out of ``takeChunk()``.
///
/// A session is not copyable: a copy would duplicate the arrays of all parts.
struct Session: ~Copyable {
    enum State: Hashable {
        /// A start was sent; the device has not accepted the transfer yet.
        case handshake
        /// Data move.
        case transfer
        /// A completion was sent; its acknowledgement is awaited. Version 2 only.
        case ending
        case over
    }

    /// What the engine must do with the data of a chunk, or with the session.
    enum Action: Hashable {
        case nothing
        /// Store the data of the chunk, without the first `skip` bytes, at this offset, then call ``stored(_:at:)``.
        case store(skip: Int, offset: UInt64)
        /// Hold the data of the chunk, which belong at this offset: something before them is missing.
        case hold(offset: UInt64)
        /// Store held data of this range, or the beginning of it, then call ``stored(_:at:)``.
        case storeHeld(Range<UInt64>)
        /// Begin again with a new session.
        case startOver
        /// Begin again with a new session, and repeat its confirmation until data arrive.
        case confirmAgain
        /// Begin again with a new session after a while: the device has no free context.
        case startLater
        /// Open the stream again for a last start: the device may never have installed it.
        case reopen
    }

    private var exchange: Exchange
    private var handshake: Handshake
    /// The state of a read; `nil` in a write.
    private(set) var receiver: Receiver?
    /// The state of a write; `nil` in a read.
    private(set) var transmitter: Transmitter?
    private var ending: Ending?
    private var standstill = Standstill()

    /// - Parameters:
    ///   - announcedEnd: the end of the data that the device announced in an earlier session of the same transfer.
    ///   - deliveredEnd: the offset up to which the caller has the data from earlier sessions.
    init(
        _ request: TransferRequest, id: UInt32, announcedEnd: UInt64? = nil, deliveredEnd: UInt64 = 0
    ) {
        exchange = Exchange(request, id: id)
        switch request.direction {
        case .read:
            receiver = Receiver(request, announcedEnd: announcedEnd, deliveredEnd: deliveredEnd)
        case .write: transmitter = Transmitter(request)
        }
        handshake = Handshake(request, window: receiver?.firstWindow)
    }

    // MARK: Ask

    var request: TransferRequest { exchange.request }
    var id: UInt32 { exchange.id }
    var version: ProtocolVersion { exchange.version }
    /// How many chunks were sent again or asked for again.
    var repeats: Int { exchange.repeats }
    /// Whether the device has accepted the transfer.
    var isAccepted: Bool { handshake.acceptedAt != nil }
    /// Whether the device has accepted a session of version 2, whose end it acknowledges.
    var isEstablished: Bool { version == .version2 && isAccepted }
    /// The time from the first start to the device's answer; `nil` before the answer.
    var answerTime: Duration? { handshake.answerTime }
    /// The silence after which an answer of the device is overdue now.
    var answerInterval: Duration { exchange.estimate.answerInterval }
    /// Why the transfer failed, or will have failed when the device has acknowledged it.
    var failure: TransferFailure? { ending?.failure }
    /// Whether the device said itself that the transfer is over. If not, the device may still be working on the
    /// transfer.
    var isEndConfirmed: Bool { ending?.isConfirmed ?? false }

    var state: State {
        switch ending?.isOver {
        case true?: .over
        case false?: .ending
        case nil: isAccepted ? .transfer : .handshake
        }
    }

    /// When ``timeout(at:)`` has something to do.
    var deadline: Instant? { state == .over ? nil : exchange.retries.deadline }

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transfer ? transmitter?.nextDataTime : nil }

    /// The data to send next, if it is time.
    @inline(__always)
    func dataRequest(at now: Instant) -> DataRequest? {
        state == .transfer ? transmitter?.dataRequest(at: now) : nil
    }

    /// What the transfer waits for now.
    var wait: TransferWait {
        switch state {
        case .handshake: .acceptance
        case .transfer: receiver?.wait ?? transmitter?.wait ?? .completion
        case .ending, .over: .completion
        }
    }

    /// Whether a received chunk belongs to this transfer.
    func owns(_ chunk: Chunk, from direction: Direction) -> Bool { exchange.owns(chunk, from: direction) }

    /// A completion with the status of the session's end. A session that was replaced by another one has no end; its
    /// completion says `CANCELLED`.
    func completion() -> Chunk {
        exchange.completion(ending.map { $0.failure?.status ?? .ok } ?? .cancelled)
    }

    func completionAcknowledgement() -> Chunk { exchange.chunk(.completionAck) }

    // MARK: Take

    /// The next chunk to send.
    mutating func takeChunk() -> Chunk? { exchange.takeChunk() }

    /// The chunk for `count` bytes that ``dataRequest(at:)`` asked for; `nil` if it asks for none.
    mutating func dataChunk(count: Int, isLast: Bool, at now: Instant) -> Chunk? {
        guard state == .transfer else { return nil }
        return transmitter?.sendChunk(count: count, isLast: isLast, in: &exchange, at: now)
    }

    // MARK: Tell

    /// Sends the start on an open stream.
    ///
    /// - Parameters:
    ///   - isNew: whether the stream was opened for this start.
    ///   - answerTime: how long the device took to answer an earlier start of the transfer; `nil` if it answered none.
    ///   - now: when the start is sent.
    mutating func start(onNewStream isNew: Bool, answerTime: Duration?, at now: Instant) {
        handshake.start(onNewStream: isNew, answerTime: answerTime, in: &exchange, at: now)
    }

    /// Handles a chunk of this session.
    mutating func receive(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        let kind = chunk.kind(ofDeviceIn: request.direction, dataCount: dataCount)
        switch state {
        case .handshake:
            return receiveAnswer(chunk, kind, dataCount: dataCount, at: now)
        case .transfer:
            exchange.retries.restartSilence(at: now)
            guard chunk.version == version || kind == .completion else {
                end(.protocolViolation(.versionChanged), at: now)
                return .nothing
            }
            let action = receiveInTransfer(chunk, kind, dataCount: dataCount, at: now)
            guard isStandingStill(dataCount: dataCount, at: now) else { return action }
            exchange.discardOutput()
            giveUp(.noProgress, at: now)
        case .ending:
            exchange.retries.restartSilence(at: now)
            ending?.receive(kind, in: &exchange)
        case .over: break
        }
        return .nothing
    }

    /// Notes that the next `count` bytes are stored.
    mutating func stored(_ count: Int, at now: Instant) -> Action {
        guard state == .transfer else { return .nothing }
        do {
            let action = try receiver?.stored(count) ?? .nothing
            endIfComplete(at: now)
            return action
        } catch {
            breakOff(error, at: now)
            return .nothing
        }
    }

    /// Notes that there are no data to send yet, so that the device is not blamed if nothing moves.
    mutating func waitForSource(at now: Instant) {
        standstill.restart(moved: moved, at: now)
    }

    /// Ends the transfer because this side cannot go on: its file failed, or the user wants to stop.
    mutating func stop(_ failure: TransferFailure, at now: Instant) {
        if ending == nil { end(failure, at: now) }
    }

    /// Ends the session without telling the device, which no longer knows the stream or cannot be reached.
    mutating func lose(_ failure: TransferFailure) {
        guard state != .over else { return }
        ending = Ending(ending == nil ? failure : ending?.failure)
    }

    /// Acts on a deadline that has passed.
    mutating func timeout(at now: Instant) -> Action {
        switch exchange.retries.expire(at: now) {
        case .wait: break
        case .repeat: handleSilence(at: now)
        case .giveUp:
            switch state {
            case .handshake:
                guard handshake.mayReopenStream() else {
                    giveUp(.noAnswer, at: now)
                    break
                }
                exchange.retries.extend(by: request.settings.startTimeout, at: now)
                return .reopen
            case .transfer: giveUp(.deviceSilent, at: now)
            case .ending, .over: ending?.giveUp()
            }
        }
        return .nothing
    }

    // MARK: Transitions

    private mutating func handleSilence(at now: Instant) {
        switch state {
        case .handshake: handshake.handleSilence(in: &exchange, at: now)
        case .transfer:
            do {
                try receiver?.handleSilence(in: &exchange, at: now)
                transmitter?.handleSilence(in: &exchange, at: now)
            } catch {
                breakOff(error, at: now)
            }
        case .ending: ending?.handleSilence(in: &exchange)
        case .over: break
        }
    }

    private mutating func receiveAnswer(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        let answer = handshake.receive(chunk, kind, at: now)
        switch answer {
        case .none: break
        case .accepted: accept(at: now)
        case .acceptedByLegacyDevice:
            exchange.fallBackToLegacy()
            accept(at: now)
            return receiveInTransfer(chunk, kind, dataCount: dataCount, at: now)
        case .unusable(let failure): giveUp(failure, at: now)
        case .unusableLegacyDevice(let failure):
            exchange.fallBackToLegacy()
            end(failure, at: now)
        case .mixedUp(let failure):
            giveUp(failure, at: now)
            return .startOver
        case .busy:
            ending = Ending(.device(.resourceExhausted))
            return version == .version2 ? .startLater : .nothing
        case .refused(let failure):
            ending = Ending(failure, isConfirmed: failure != .device(.dataLoss))
        }
        return .nothing
    }

    private mutating func accept(at now: Instant) {
        handshake.accept(in: &exchange, at: now)
        standstill.restart(moved: moved, at: now)
        receiver?.begin(in: &exchange, at: now)
        transmitter?.begin(in: &exchange, at: now)
    }

    private mutating func receiveInTransfer(
        _ chunk: Chunk, _ kind: Chunk.Kind, dataCount: Int, at now: Instant
    ) -> Action {
        do {
            switch kind {
            case .completion: return receiveCompletion(chunk)
            case .data:
                let action =
                    try receiver?.receive(chunk, dataCount: dataCount, in: &exchange, at: now) ?? .nothing
                // If something is to be stored first, `stored` ends the transfer.
                if action == .nothing { endIfComplete(at: now) }
                return action
            case .parametersRetransmit, .parametersContinue:
                try transmitter?.receive(
                    chunk, rewinds: kind == .parametersRetransmit, in: &exchange, at: now)
            case .start, .startAck, .startAckConfirmation, .completionAck: break
            }
        } catch {
            breakOff(error, at: now)
        }
        return .nothing
    }

    private mutating func receiveCompletion(_ chunk: Chunk) -> Action {
        if exchange.isAwaitingConfirmation, chunk.version == .legacy, let receiver,
            receiver.lastParametersAt > handshake.acceptedAt ?? .zero
        {
            // The confirmation was lost, and the device took the parameters that followed for a chunk of the legacy
            // protocol.
            ending = Ending(TransferFailure(completion: chunk))
            return .confirmAgain
        }
        let isSuccess = chunk.status == Status.ok.rawValue && transmitter?.window.hasSentFinalChunk ?? false
        ending = Ending(isSuccess ? nil : failure(completion: chunk), isConfirmed: true)
        if version == .version2 { exchange.send(completionAcknowledgement()) }
        return .nothing
    }

    private func failure(completion chunk: Chunk) -> TransferFailure {
        let failure = TransferFailure(completion: chunk)
        let hasAskedAgain = receiver != nil && repeats > 0
        return hasAskedAgain && failure == .device(.unimplemented) ? .cannotGoBack : failure
    }

    private mutating func endIfComplete(at now: Instant) {
        if receiver?.window.isComplete ?? false { end(nil, at: now) }
    }

    /// Ends the transfer because receiver or transmitter cannot go on.
    private mutating func breakOff(_ failure: TransferFailure, at now: Instant) {
        if failure == .noProgress { giveUp(failure, at: now) } else { end(failure, at: now) }
    }

    /// Ends the transfer from this side. Only a device that has accepted a session of version 2 acknowledges its end.
    private mutating func end(_ failure: TransferFailure?, at now: Instant) {
        end(failure, awaitsAcknowledgement: isEstablished, at: now)
    }

    /// Ends the transfer where no acknowledgement can be expected.
    private mutating func giveUp(_ failure: TransferFailure, at now: Instant) {
        end(failure, awaitsAcknowledgement: false, at: now)
    }

    private mutating func end(_ failure: TransferFailure?, awaitsAcknowledgement: Bool, at now: Instant) {
        var ending = Ending(failure)
        ending.tellDevice(awaitsAcknowledgement: awaitsAcknowledgement, in: &exchange, at: now)
        self.ending = ending
    }

    // MARK: Standstill

    /// The bytes that were moved.
    private var moved: UInt64 { receiver?.moved ?? transmitter?.window.confirmed ?? 0 }

    /// Whether the transfer has stopped, or nearly so, although the device talks. Call this once for each chunk.
    private mutating func isStandingStill(dataCount: Int, at now: Instant) -> Bool {
        guard state == .transfer, receiver?.window.isComplete != true else { return false }
        let chunksUnderWay =
            receiver?.chunksUnderWay(dataCount: dataCount, chunkSize: request.settings.chunkSize)
            ?? transmitter?.window.chunksUnderWay
        let isSizeKnown = receiver.map { $0.limits.announcedEnd != nil } ?? (request.size != nil)
        return !standstill.goesOn(
            moved: moved, chunksUnderWay: chunksUnderWay ?? 0, isSizeKnown: isSizeKnown,
            patience: exchange.retries.bound, at: now)
    }
}

internal import PigweedRPC

/// How a transfer is opened: when a start goes out, and what the device's first word means (protocol: opening a transfer).
struct Handshake {
    /// What a chunk means while nothing but starts was sent.
    enum Answer: Hashable {
        /// Nothing.
        case none
        /// The device takes the transfer on and speaks version 2.
        case accepted
        /// The device answers in the legacy protocol, as one that knows no other does: with data or parameters.
        case acceptedByLegacyDevice
        /// The device takes on something else than was asked for.
        case unusable(TransferFailure)
        /// The same of a device that answers in the legacy protocol.
        case unusableLegacyDevice(TransferFailure)
        /// The device may have mixed this up with an older session, or with a repeat: only another session can tell. If there
        /// is to be none, this is the failure.
        case mixedUp(TransferFailure)
        /// The device has no free context.
        case busy
        /// The device refuses.
        case refused(TransferFailure)
    }

    private let request: TransferRequest
    /// What a read allows at first.
    private let window: Range<UInt64>?
    private var startsSent = 0
    private var pauses: StartPauses
    /// Whether all retries of the start went by in silence, so that this is the last, on a new stream.
    private var isLast = false
    /// When the start was sent for the first time.
    private var startedAt: Instant?
    /// How long the device took for its answer to the start, the repeats included, once it is there.
    private(set) var answerTime: Duration?
    /// When the device took the transfer on.
    private(set) var acceptedAt: Instant?

    init(_ request: TransferRequest, window: Range<UInt64>?) {
        self.request = request
        self.window = window
        pauses = StartPauses(request, onNewStream: false)
    }

    /// The first start on a stream goes out. Patience begins with it, unless the device merely did not know an older stream.
    mutating func start(
        onNewStream isNew: Bool, answerTime: Duration?, in exchange: inout Exchange, at now: Instant
    ) {
        if startsSent == 0 || isLast { exchange.retries.restartSilence(at: now) }
        if startedAt == nil {
            startedAt = now
            exchange.retries.keepQuiet(until: now + Self.quietTime(answerTime))
        }
        pauses = StartPauses(request, onNewStream: isNew, isLast: isLast)
        exchange.estimate.sent(.start, at: now)
        exchange.retries.wait(
            request.settings.startTimeout, repeatAfter: pauses.next() ?? request.settings.startTimeout,
            from: now)
        sendStart(in: &exchange)
    }

    mutating func handleSilence(in exchange: inout Exchange, at now: Instant) {
        exchange.retries.repeatAgain(after: pauses.next(), at: now)
        sendStart(in: &exchange)
    }

    private mutating func sendStart(in exchange: inout Exchange) {
        startsSent += 1
        exchange.send(exchange.startChunk(window: window))
    }

    /// A device that took its time for a start, such as to erase, will take it again, and some of that for each repeat that
    /// comes meanwhile.
    private static func quietTime(_ answerTime: Duration?) -> Duration {
        guard let answerTime, answerTime >= Tuning.longAnswer else { return .zero }
        return answerTime + answerTime / Tuning.quietReserve
    }

    /// All retries went by in silence: whether to try once more on a new stream, as the device may never have installed
    /// this one (protocol: pitfall 32).
    mutating func mayReopenStream() -> Bool {
        defer { isLast = true }
        return !isLast
    }

    /// A chunk of the session arrived, or a legacy one of the resource. One without a meaning ends nobody's wait.
    mutating func receive(_ chunk: Chunk, _ kind: Chunk.Kind, at now: Instant) -> Answer {
        let answer = answer(chunk, kind)
        if answer != .none { answerTime = startedAt.map { now - $0 } }
        return answer
    }

    private func answer(_ chunk: Chunk, _ kind: Chunk.Kind) -> Answer {
        switch kind {
        case .completion:
            let failure = TransferFailure(completion: chunk)
            // No handler refuses with this status. The device gave up a transfer that it had heard nothing of for long: an earlier
            // client's, or this one if its answers and our repeats got lost. Without session ids nothing tells them apart.
            if failure == .device(.deadlineExceeded), chunk.version == .legacy { return .mixedUp(failure) }
            // Without the resource it is the service that has no free context, not the resource that refuses.
            return failure == .device(.resourceExhausted) && chunk.resourceID == nil
                ? .busy : .refused(failure)
        case .startAck where request.settings.protocolChoice != .legacy && chunk.version == .version2:
            guard chunk.resourceID ?? request.resource == request.resource else {
                return .mixedUp(.streamLost)
            }
            guard chunk.initialOffset != request.initialOffset else { return .accepted }
            // The reference's answer to a repeated start lacks the offset.
            return startsSent > 1 ? .mixedUp(.offsetNotSupported) : .unusable(.offsetNotSupported)
        case .data, .parametersRetransmit, .parametersContinue:
            guard chunk.version == .legacy else { return .none }
            guard request.settings.protocolChoice != .version2 else {
                return .unusableLegacyDevice(.onlyLegacySupported)
            }
            guard request.initialOffset == 0 else { return .unusableLegacyDevice(.offsetNotSupported) }
            guard request.resource != 0 else { return .unusableLegacyDevice(.notPossibleInLegacy) }
            return .acceptedByLegacyDevice
        default:
            return .none
        }
    }

    /// The device took the transfer on.
    mutating func accept(in exchange: inout Exchange, at now: Instant) {
        acceptedAt = now
        exchange.retries.restartSilence(at: now)
        exchange.estimate.answered(.start, at: now)
    }
}

extension TransferFailure {
    /// What a completion of the device says where it is no success.
    init(completion chunk: Chunk) {
        guard let status = chunk.status else {
            self = .protocolViolation(.completionWithoutStatus)
            return
        }
        self =
            status == Status.ok.rawValue
            ? .protocolViolation(.prematureSuccess) : .device(Status(rawValue: status))
    }
}

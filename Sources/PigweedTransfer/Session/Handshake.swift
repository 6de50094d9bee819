internal import PigweedRPC

/// How a transfer is opened: when a start goes out, and what the device's first word means (protocol: opening a
/// transfer).
struct Handshake {
    /// What a chunk means while nothing but starts was sent.
    enum Answer: Hashable {
        /// The chunk has no meaning here.
        case none
        /// The device accepts the transfer and speaks version 2.
        case accepted
        /// The device accepts the transfer, and speaks only the legacy protocol: it answers with data or parameters.
        case acceptedByLegacyDevice
        /// The device accepts something else than was asked for.
        case unusable(TransferFailure)
        /// The device accepts something else than was asked for, and answers in the legacy protocol.
        case unusableLegacyDevice(TransferFailure)
        /// The device may have mixed up this session with an older one, or the start with its repeat. Only another
        /// session can tell. If there is none, the transfer ends with this failure.
        case mixedUp(TransferFailure)
        /// The device has no free context.
        case busy
        /// The device refuses.
        case refused(TransferFailure)
    }

    private let request: TransferRequest
    /// The data that a read asks for at first; `nil` in a write.
    private let window: Range<UInt64>?
    private var startsSent = 0
    private var pauses: StartPauses
    /// Whether all retries of the start went by in silence, so that the start on the next new stream is the last.
    private var isLast = false
    /// When the first start on the present stream was sent.
    private var startedAt: Instant?
    /// The time from that start to the device's answer; `nil` before the answer.
    private(set) var answerTime: Duration?
    /// When the device accepted the transfer; `nil` before it did.
    private(set) var acceptedAt: Instant?

    init(_ request: TransferRequest, window: Range<UInt64>?) {
        self.request = request
        self.window = window
        pauses = StartPauses(request, onNewStream: false)
    }

    /// Sends the first start on a stream. The silence that counts as retries begins with it.
    mutating func start(
        onNewStream isNew: Bool, answerTime: Duration?, in exchange: inout Exchange, at now: Instant
    ) {
        exchange.retries.restartSilence(at: now)
        if startedAt == nil { exchange.retries.keepQuiet(until: now + quietTime(answerTime)) }
        startedAt = now
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

    /// Whether the device took long for a start, such as for erasing.
    static func isSlow(_ answerTime: Duration?) -> Bool {
        answerTime.map { $0 >= Tuning.longAnswer } ?? false
    }

    /// How long the start is not repeated. A slow device will take as long again, and each repeat in the meantime costs
    /// it more time. The time for the last retry remains, since the start may have been lost.
    private func quietTime(_ answerTime: Duration?) -> Duration {
        guard let answerTime, Self.isSlow(answerTime) else { return .zero }
        return min(
            answerTime + answerTime / Tuning.quietReserve,
            request.settings.startTimeout * request.settings.retries)
    }

    /// All retries went by in silence: whether to try once more on a new stream, as the device may never have installed
    /// this one (protocol: pitfall 32).
    mutating func mayReopenStream() -> Bool {
        defer { isLast = true }
        return !isLast
    }

    /// Says what a chunk of the session, or a legacy chunk of the resource, means. A chunk without a meaning is no
    /// answer.
    mutating func receive(_ chunk: Chunk, _ kind: Chunk.Kind, at now: Instant) -> Answer {
        let answer = answer(chunk, kind)
        if answer != .none { answerTime = startedAt.map { now - $0 } }
        return answer
    }

    private func answer(_ chunk: Chunk, _ kind: Chunk.Kind) -> Answer {
        switch kind {
        case .completion:
            let failure = TransferFailure(completion: chunk)
            // No handler refuses with this status. The device gave up a transfer that it had heard nothing of for long:
            // an earlier client's, or this one if its answers and our repeats got lost. Without session ids nothing
            // tells them apart.
            if failure == .device(.deadlineExceeded), chunk.version == .legacy { return .mixedUp(failure) }
            // If the chunk does not name the resource, the service has no free context. Otherwise the resource refuses.
            return failure == .device(.resourceExhausted) && chunk.resourceID == nil
                ? .busy : .refused(failure)
        case .startAck where request.settings.version != .legacy && chunk.version == .version2:
            guard chunk.resourceID ?? request.resource == request.resource else {
                return .mixedUp(.streamLost)
            }
            guard chunk.initialOffset != request.initialOffset else { return .accepted }
            // The reference's answer to a repeated start lacks the offset.
            return startsSent > 1 ? .mixedUp(.offsetNotSupported) : .unusable(.offsetNotSupported)
        case .data, .parametersRetransmit, .parametersContinue:
            guard chunk.version == .legacy else { return .none }
            guard request.settings.version != .version2 else {
                return .unusableLegacyDevice(.onlyLegacySupported)
            }
            guard request.initialOffset == 0 else { return .unusableLegacyDevice(.offsetNotSupported) }
            guard request.resource != 0 else { return .unusableLegacyDevice(.notPossibleInLegacy) }
            return .acceptedByLegacyDevice
        default:
            return .none
        }
    }

    /// Notes that the device has accepted the transfer.
    mutating func accept(in exchange: inout Exchange, at now: Instant) {
        acceptedAt = now
        exchange.retries.restartSilence(at: now)
        exchange.retries.endHandshake()
        exchange.estimate.answered(.start, at: now)
    }
}

extension TransferFailure {
    /// The failure behind a completion of the device that is no success, or that comes too early for one.
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

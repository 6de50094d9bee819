internal import PigweedRPC

/// The initiating state: how often a start goes out, and what the device's first word means (protocol: opening a
/// transfer).
struct Initiation {
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
    private var startsSent = 0
    private var pauses: StartPauses
    /// Whether all retries of the start went by in silence, so that this is the last, on a new stream.
    private var isLast = false

    init(_ request: TransferRequest) {
        self.request = request
        pauses = StartPauses(request, onNewStream: false)
    }

    /// The first start on a stream goes out.
    ///
    /// - Parameter isNew: whether the stream was opened for it.
    /// - Returns: whether patience begins with it: not if the device merely did not know an older stream.
    mutating func beginsStream(isNew: Bool) -> Bool {
        let isFirst = startsSent == 0
        startsSent += 1
        pauses = StartPauses(request, onNewStream: isNew, isLast: isLast)
        return isFirst || isLast
    }

    /// The start goes out again.
    mutating func repeats() { startsSent += 1 }

    /// When to send the start again, counted from the one that was just sent; `nil` when it is the start timeout's turn.
    mutating func nextPause() -> Duration? { pauses.next() }

    /// All retries went by in silence: whether to try once more on a new stream, as the device may never have installed
    /// this one (protocol: pitfall 32).
    mutating func mayReopenStream() -> Bool {
        defer { isLast = true }
        return !isLast
    }

    /// What a chunk of the session, or a legacy one of the resource, means.
    func answer(_ chunk: Chunk, _ kind: Chunk.Kind) -> Answer {
        switch kind {
        case .completion:
            let failure = TransferFailure(completion: chunk)
            // No handler refuses with this status. The device gave up a transfer that it had heard nothing of for long: an earlier
            // client's, or this one if its answers and our repeats got lost. Without session ids nothing tells them apart.
            if failure == .device(.deadlineExceeded), chunk.version == .legacy { return .mixedUp(failure) }
            // Without the resource it is the service that has no free context, not the resource that refuses.
            return failure == .device(.resourceExhausted) && chunk.resourceID == nil
                ? .busy : .refused(failure)
        case .startAck where request.protocolChoice != .legacy && chunk.version == .version2:
            guard chunk.resourceID ?? request.resource == request.resource else {
                return .mixedUp(.streamLost)
            }
            guard chunk.initialOffset != request.initialOffset else { return .accepted }
            // The reference's answer to a repeated start lacks the offset.
            return startsSent > 1 ? .mixedUp(.offsetNotSupported) : .unusable(.offsetNotSupported)
        case .data, .parametersRetransmit, .parametersContinue:
            guard chunk.version == .legacy else { return .none }
            guard request.protocolChoice != .version2 else {
                return .unusableLegacyDevice(.onlyLegacySupported)
            }
            guard request.initialOffset == 0 else { return .unusableLegacyDevice(.offsetNotSupported) }
            guard request.resource != 0 else { return .unusableLegacyDevice(.notPossibleInLegacy) }
            return .acceptedByLegacyDevice
        default:
            return .none
        }
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

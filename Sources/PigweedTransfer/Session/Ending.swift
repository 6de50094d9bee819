internal import PigweedRPC

/// The end of a session: its result, and whether the device has received it.
struct Ending {
    /// Why the transfer failed; `nil` if it succeeded.
    let failure: TransferFailure?
    /// Whether the session waits for nothing any more.
    private(set) var isOver = true
    /// Whether the device said itself that the transfer is over.
    private(set) var isConfirmed: Bool
    private var completionsSent = 0

    /// An end that is over at once, unless ``tellDevice(awaitsAcknowledgement:in:at:)`` waits for an acknowledgement.
    init(_ failure: TransferFailure?, isConfirmed: Bool = false) {
        self.failure = failure
        self.isConfirmed = isConfirmed
    }

    mutating func tellDevice(awaitsAcknowledgement: Bool, in exchange: inout Exchange, at now: Instant) {
        sendCompletion(in: &exchange)
        guard awaitsAcknowledgement else { return }
        isOver = false
        exchange.retries.restartSilence(at: now)
        exchange.retries.limitRetries(to: Tuning.completionRepeats)
        exchange.retries.wait(exchange.estimate.acknowledgementTimeout, from: now)
    }

    mutating func receive(_ kind: Chunk.Kind, in exchange: inout Exchange) {
        switch kind {
        case .completionAck, .completion:
            isConfirmed = true
            isOver = true
            if kind == .completion { exchange.send(exchange.chunk(.completionAck)) }
        default:
            if completionsSent < Tuning.lateChunkAnswers { sendCompletion(in: &exchange) }
        }
    }

    mutating func handleSilence(in exchange: inout Exchange) {
        guard completionsSent <= Tuning.completionRepeats else { return giveUp() }
        sendCompletion(in: &exchange)
        exchange.repeats += 1
    }

    /// Stops waiting for the acknowledgement.
    mutating func giveUp() { isOver = true }

    private mutating func sendCompletion(in exchange: inout Exchange) {
        completionsSent += 1
        exchange.send(exchange.completion(failure?.status ?? .ok))
    }
}

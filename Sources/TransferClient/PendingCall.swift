internal import PigweedRPC
internal import PigweedTransfer

/// A call that was made and has no end yet.
struct PendingCall {
    enum Outcome {
        case reply(CallReply)
        case silence
    }

    let call: RPCClient.Call
    var isDamaged = false
    private(set) var messages: [[UInt8]] = []
    /// When silence has lasted for too long.
    private(set) var silentAt: Instant

    private let attempt: Int
    private let timeout: Duration
    private var byteCount = 0

    init(_ call: RPCClient.Call, attempt: Int, timeout: Duration) {
        self.call = call
        self.attempt = attempt
        self.timeout = timeout
        silentAt = MonotonicClock.now + timeout
    }

    mutating func take(_ message: Span<UInt8>, _ options: CallLoop.Options) throws(CallError) {
        byteCount += message.count
        guard messages.count < options.messageLimit, byteCount <= options.byteLimit else {
            throw .endless(messages: messages.count)
        }
        messages.append(message.withUnsafeBufferPointer { Array($0) })
        silentAt = MonotonicClock.now + timeout
    }

    func reply(_ status: Status, payload: Span<UInt8>) -> CallReply {
        CallReply(
            status: status, payload: payload.withUnsafeBufferPointer { Array($0) }, messages: messages,
            isDamaged: isDamaged, attempt: attempt)
    }
}

public import PigweedRPC
internal import PigweedTransfer
public import SerialPort

/// How a device ended a call.
public struct CallReply: Hashable, Sendable {
    /// The status of the end.
    public var status: Status
    /// The answer of a unary call.
    public var payload: [UInt8]
    /// The messages of a stream, in the order in which they came.
    public var messages: [[UInt8]]
    /// Whether frames were damaged meanwhile, so that messages may be missing.
    public var isDamaged: Bool
    /// How many times the call was made, this one included.
    public var attempt: Int
}

/// Why a call has no reply.
public enum CallError: Error, Hashable, Sendable {
    /// What was heard meanwhile.
    public struct Line: Hashable, Sendable {
        /// Valid frames, of whatever kind.
        public var frames = 0
        /// Bytes outside valid frames.
        public var strayBytes: UInt64 = 0
        /// Messages of the stream that was called.
        public var messages = 0
    }

    /// The device was silent, each time that it was called.
    case noAnswer(Line)
    /// The device's RPC server refused the call: `NOT_FOUND` if it has no such service or method.
    case refused(Status)
    /// The stream was cut off, since it had more than is taken.
    case endless(messages: Int)
    /// It took longer than allowed.
    case deadline(Duration, messages: Int)
    /// A signal asked to stop.
    case interrupted(signal: Int32)
    /// The line to the device broke.
    case link(SerialPortError)
}

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

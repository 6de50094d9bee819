public import PigweedRPC
public import SerialPort

/// How a device ended a call.
public struct CallReply: Hashable, Sendable {
    /// The status with which the call ended.
    public var status: Status
    /// The answer of a unary call.
    public var payload: [UInt8]
    /// The messages of a stream, in the order in which they arrived.
    public var messages: [[UInt8]]
    /// Whether frames were damaged meanwhile, so that messages may be missing.
    public var isDamaged: Bool
    /// How many times the call was made, this one included.
    package var attempt: Int
}

/// Why a call has no reply.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum CallError: Error, Hashable, Sendable {
    /// Counts of what came over the line meanwhile.
    public struct Line: Hashable, Sendable {
        /// The number of valid frames of any kind.
        package var frames = 0
        /// The number of bytes outside valid frames.
        package var strayBytes: UInt64 = 0
        /// The number of messages of the stream that was called.
        package var messages = 0
        /// Whether a network port began with the negotiation of telnet.
        package var isTelnet: Bool { greeting.isTelnet }

        var greeting = LineGreeting()
    }

    /// The device was silent in each attempt.
    case noAnswer(Line)
    /// The device's RPC server refused the call: `NOT_FOUND` if it has no such service or method.
    case refused(Status)
    /// The stream was cut off, since it had more messages or bytes than allowed.
    case endless(messages: Int)
    /// The call took longer than this time.
    case deadline(Duration, messages: Int)
    /// A signal asked to stop.
    case interrupted(signal: Int32)
    /// The line to the device broke.
    case link(SerialPortError)
    /// The task that made the call was cancelled.
    case cancelled
    /// The `TransferManager` was closed before there was a reply.
    case closed
}

extension CallError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .noAnswer: "the device does not answer"
        case .refused(let status): "the device refused the call with \(status)"
        case .endless(let messages): "the answer did not end within \(messages) messages"
        case .deadline(let time, let messages): "not done within \(time), with \(messages) messages received"
        case .interrupted(let signal): "stopped by signal \(signal)"
        case .link(let error): "\(error)"
        case .cancelled: "cancelled"
        case .closed: "the manager was closed"
        }
    }
}

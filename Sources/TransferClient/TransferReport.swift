public import PigweedTransfer
public import SerialPort

/// What a transfer did, whether it succeeded or not.
public struct TransferReport: Hashable, Sendable {
    /// What was asked for.
    public var request: TransferRequest
    /// The version of the protocol, once the device answered.
    public var version: Chunk.ProtocolVersion?
    /// How much was moved.
    public var progress: TransferEngine.Progress
    /// How good the line was.
    public var statistics: TransferEngine.Statistics
    /// From the first byte sent to the end.
    public var duration = Duration.zero
    /// What the transfer waits for; `nil` once it is over.
    public var wait: TransferWait?
    /// Where the time went.
    public var timing = TransferTiming()
    /// The longest time in which no data moved, between the device's acceptance and the end. Waits for a pipe on this
    /// side do not count.
    public var longestStall = Duration.zero
    /// How often the line broke and was there again.
    public var reconnects = 0
    /// All bytes that went to the device, frames included.
    public var bytesSent: UInt64 = 0
    /// All bytes that came from the device, frames and text included.
    public var bytesReceived: UInt64 = 0

    /// A transfer that was never begun.
    init(unstarted request: TransferRequest) {
        self.request = request
        progress = TransferEngine.Progress()
        statistics = TransferEngine.Statistics()
    }

    init(_ request: TransferRequest, of engine: borrowing TransferEngine) {
        self.request = request
        progress = engine.progress
        statistics = engine.statistics
        wait = .acceptance
    }
}

/// A transfer that did not succeed.
public struct TransferError: Error, Hashable, Sendable {
    /// Why.
    public enum Reason: Hashable, Sendable {
        /// The device or the protocol ended it.
        case transfer(TransferFailure)
        /// The line to the device broke, or never worked.
        case link(SerialPortError)
        /// The line to the device broke, and the transfer could not go on over a new one.
        case notResumed(SerialPortError, ResumeFailure)
        /// The file, pipe or stream on this side failed.
        case file(FileError)
        /// A signal asked to stop.
        case interrupted(signal: Int32)
        /// It took longer than allowed.
        case deadline(Duration)
        /// The ``TransferManager`` was closed before the transfer was done.
        case closed
    }

    /// Why.
    public var reason: Reason
    /// How far it came.
    public var report: TransferReport
}

/// Why a transfer did not go on after the line to the device broke.
public enum ResumeFailure: Error, Hashable, Sendable {
    /// The device did not come back, or its port cannot be opened any more.
    case portUnavailable(PortRequestError)
    /// The transfer would have to begin again, which the file, pipe or stream on this side does not allow.
    case cannotStartOver(FileError)
    /// The write began where an earlier one had ended, and what that brought is no longer known to be on the device.
    case beginningLost
    /// The line broke again and again without the transfer getting any further.
    case noProgress(reconnects: Int)
}

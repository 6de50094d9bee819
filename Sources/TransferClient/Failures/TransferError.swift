public import PigweedTransfer
public import SerialPort

/// A transfer that did not succeed.
public struct TransferError: Error, Hashable, Sendable {
    /// Why a transfer did not succeed.
    #if hasAttribute(nonexhaustive)
        @nonexhaustive
    #endif
    public enum Reason: Hashable, Sendable {
        /// The device or the protocol ended the transfer.
        case transfer(TransferFailure)
        /// The line to the device broke, or never worked.
        case link(SerialPortError)
        /// The line to the device broke, and the transfer could not continue on a new one.
        case notResumed(SerialPortError, ResumeFailure)
        /// The file, pipe or stream on this side failed.
        case file(FileError)
        /// A signal asked to stop.
        case interrupted(signal: Int32)
        /// The transfer took longer than this time.
        case deadline(Duration)
        /// The device may have restarted, and did not confirm that the file with this path is still the resource.
        case pathNotConfirmed(String)
        /// The `TransferManager` was closed before the transfer was done.
        case closed
    }

    /// Why the transfer did not succeed.
    public var reason: Reason
    /// What the transfer did, and how far it came.
    public var report: TransferReport

    /// An error, for tests of code that handles it.
    public init(reason: Reason, report: TransferReport) {
        self.reason = reason
        self.report = report
    }
}

/// Why a transfer did not continue after the line to the device broke.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum ResumeFailure: Error, Hashable, Sendable {
    /// The device did not come back, or its port cannot be opened any more.
    case portUnavailable(PortRequestError)
    /// The transfer would have to begin again, which the file, pipe or stream on this side does not allow.
    case cannotStartOver(FileError)
    /// The write began where an earlier one had ended, and the device may no longer have the bytes of the earlier one.
    case beginningLost
    /// The line broke again and again without the transfer getting any further.
    case noProgress(reconnects: Int)
}

extension ResumeFailure: CustomStringConvertible {
    /// What failed, as the second half of a sentence about the device.
    public var description: String {
        switch self {
        case .portUnavailable(let error): "it did not come back: \(error)"
        case .cannotStartOver(let error): "the transfer cannot continue there: \(error)"
        case .beginningLost: "the device may have lost what an earlier write had brought"
        case .noProgress(let reconnects): "it came back \(reconnects) times in vain"
        }
    }
}

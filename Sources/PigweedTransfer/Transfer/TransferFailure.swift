public import PigweedRPC

/// Why a transfer did not succeed.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum TransferFailure: Error, Hashable, Sendable {
    /// The device ended the transfer with this status.
    case device(Status)
    /// The device did not answer the start in the time that the request's timeout and retries allow.
    case noAnswer
    /// The device answered at first, and then was silent for longer than the request's timeout and retries allow.
    case deviceSilent
    /// The device goes on talking, but nothing gets through, or next to nothing.
    case noProgress
    /// The firmware has no transfer service on this channel.
    case noTransferService
    /// The device refused the stream with this RPC status.
    case streamRefused(Status)
    /// The device no longer knows the stream: it restarted, or another client took over.
    case streamLost
    /// The device lost the stream of a read, and then refused with this status to go on where the read was.
    case cannotContinue(Status)
    /// The device cannot begin at another offset than 0.
    case offsetNotSupported
    /// Something of a read was lost, and the device cannot go back in the resource to send it again.
    case cannotGoBack
    /// The device speaks only the legacy protocol, and version 2 was demanded.
    case onlyLegacySupported
    /// The request names resource 0 or an initial offset, which the legacy protocol cannot express.
    case notPossibleInLegacy
    /// The device has no room for the rest of a write.
    case deviceStorageFull
    /// The transfer would end behind offset 2^32 - 1, the last that devices understand.
    case tooLarge
    /// The device broke the protocol.
    case protocolViolation(Violation)
    /// The caller ended the transfer.
    case cancelled
    /// Received data could not be stored on this side.
    case storageFailed
    /// The data to send could not be read on this side.
    case sourceFailed

    /// How a device broke the protocol.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// What the device did, as one sentence without a full stop.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        package static let prematureSuccess = Self("the device reported success before all data were moved")
        package static let completionWithoutStatus = Self("the device ended the transfer without a status")
        package static let versionChanged = Self("the device changed the protocol version")
        package static let invalidWindow = Self("the device moved the window to where no data can be")
        package static let offsetPastEnd = Self("the device asked for data behind the end")
        package static let chunkSizeZero = Self("the device asked for chunks of no bytes")
        package static let beyondWindow = Self(
            "the device sent data from behind the window that it was given")
        package static let moreThanAnnounced = Self("the device sent more data than it announced")
    }

    /// The status that stands for this failure: the device's own, or what a reference client would report.
    public var status: Status {
        switch self {
        case .device(let status), .streamRefused(let status), .cannotContinue(let status): status
        case .noAnswer, .deviceSilent, .noProgress: .deadlineExceeded
        case .noTransferService: .notFound
        case .streamLost: .internal
        case .offsetNotSupported, .cannotGoBack, .onlyLegacySupported: .unimplemented
        case .notPossibleInLegacy: .invalidArgument
        case .deviceStorageFull: .resourceExhausted
        case .tooLarge, .protocolViolation(.offsetPastEnd): .outOfRange
        case .protocolViolation: .internal
        case .cancelled: .cancelled
        case .storageFailed, .sourceFailed: .dataLoss
        }
    }
}

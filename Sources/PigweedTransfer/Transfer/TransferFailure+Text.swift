extension TransferFailure: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .device(let status): "the device ended the transfer with \(status)"
        case .noAnswer: "the device does not answer"
        case .deviceSilent: "the device fell silent"
        case .noProgress: "the device goes on talking, but nothing gets through"
        case .noTransferService: "the device has no transfer service"
        case .streamRefused(let status): "the device refused the call with \(status)"
        case .streamLost: "the device no longer knows the transfer"
        case .cannotContinue(let status): "the device refused to continue the transfer with \(status)"
        case .offsetNotSupported: "the device cannot begin at an offset"
        case .cannotGoBack: "data were lost, and the device cannot send them again"
        case .onlyLegacySupported: "the device speaks only the legacy protocol"
        case .notPossibleInLegacy: "the legacy protocol has neither resource 0 nor offsets"
        case .deviceStorageFull: "the device has no room for the rest of the data"
        case .tooLarge: "the transfer would end behind offset \(maximumOffset), the last one of the protocol"
        case .protocolViolation(let violation): "\(violation)"
        case .cancelled: "cancelled"
        case .storageFailed: "the data could not be stored"
        case .sourceFailed: "the data could not be read"
        }
    }
}

extension TransferFailure.Violation: CustomStringConvertible {
    /// What the device did, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .prematureSuccess: "the device reported success before all data were moved"
        case .completionWithoutStatus: "the device ended the transfer without a status"
        case .versionChanged: "the device changed the protocol version"
        case .invalidWindow: "the device moved the window to where no data can be"
        case .offsetPastEnd: "the device asked for data behind the end"
        case .chunkSizeZero: "the device asked for chunks of no bytes"
        case .beyondWindow: "the device sent data from behind the window that it was given"
        case .moreThanAnnounced: "the device sent more data than it announced"
        }
    }
}

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

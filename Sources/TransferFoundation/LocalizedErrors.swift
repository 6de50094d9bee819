public import Foundation
public import TransferClient

extension InvalidPortSelector: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension PortRequestError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension SerialPortError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension TransferError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension TransferFailure: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension FileError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension CallError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension ResourceStatusError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

extension DeviceFilesError: LocalizedError {
    /// What ``description`` says.
    public var errorDescription: String? { description }
}

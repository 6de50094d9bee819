public import Foundation
public import TransferClient

/// An error whose text for Foundation is its description.
protocol DescribedError: LocalizedError, CustomStringConvertible {}

extension DescribedError {
    /// The description, which Foundation shows as `localizedDescription`.
    public var errorDescription: String? { description }
}

extension CallError: LocalizedError, DescribedError {}
extension DeviceFilesError: LocalizedError, DescribedError {}
extension FileError: LocalizedError, DescribedError {}
extension InvalidPortSelector: LocalizedError, DescribedError {}
extension PortRequestError: LocalizedError, DescribedError {}
extension ResourceStatusError: LocalizedError, DescribedError {}
extension SerialPortError: LocalizedError, DescribedError {}
extension TransferError: LocalizedError, DescribedError {}
extension TransferFailure: LocalizedError, DescribedError {}

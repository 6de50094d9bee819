public import Foundation
public import TransferClient
public import TransferManager

extension TransferManager {
    /// Reads a resource into memory, as ``TransferManager/read(resource:offset:progress:deadline:)`` does.
    public func readData(
        resource: UInt32, offset: UInt64 = 0, progress: TransferProgress? = nil, deadline: Duration? = nil
    ) async throws(TransferError) -> Data {
        Data(try await read(resource: resource, offset: offset, progress: progress, deadline: deadline))
    }

    /// Reads a resource into a file, which appears only when it is complete and on the disk.
    @discardableResult public func read(
        resource: UInt32, toFile url: URL, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        try await read(
            resource: resource, toFile: url.path(percentEncoded: false), offset: offset, progress: progress,
            deadline: deadline)
    }

    /// Writes the content of a file to a resource.
    @discardableResult public func write(
        resource: UInt32, file url: URL, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        try await write(
            resource: resource, file: url.path(percentEncoded: false), offset: offset, progress: progress,
            deadline: deadline)
    }
}

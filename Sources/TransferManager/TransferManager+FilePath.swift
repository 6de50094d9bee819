public import SystemPackage
public import TransferClient

extension TransferManager {
    /// Reads a resource into a file, which appears only when it is complete and on the disk.
    @discardableResult public func read(
        resource: UInt32, toFile path: FilePath, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        try await read(
            resource: resource, toFile: text(of: path, readRequest(resource, offset: offset), progress),
            offset: offset, progress: progress, deadline: deadline)
    }

    /// Writes the content of a file, or the data from a pipe or device, to a resource.
    @discardableResult public func write(
        resource: UInt32, file path: FilePath, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        try await write(
            resource: resource,
            file: text(of: path, writeRequest(resource, size: nil, offset: offset), progress),
            offset: offset, progress: progress, deadline: deadline)
    }

    /// Compares a resource with the content of a file.
    public func verify(
        resource: UInt32, file path: FilePath, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> Comparison {
        try await verify(
            resource: resource, file: text(of: path, readRequest(resource, offset: offset), progress),
            offset: offset, progress: progress, deadline: deadline)
    }

    /// The text of a path.
    ///
    /// - Throws: an error if the path is not UTF-8, so that its text would name another file.
    private func text(
        of path: FilePath, _ request: TransferRequest, _ progress: TransferProgress?
    ) throws(TransferError) -> String {
        if let text = String(validating: path) { return text }
        throw unstarted(request, progress, .file(.cannotRead(path: "\(path)", .illegalByteSequence)))
    }
}

internal import PigweedTransfer
internal import SerialPort
internal import SystemPackage
internal import TransferClient

extension TransferManager {
    // MARK: Read

    /// Reads a resource into memory.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - offset: the offset in the resource at which to begin, in bytes. Others than 0 need version 2 of the
    ///     protocol.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    public func read(
        resource: UInt32, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> [UInt8] {
        let request = readRequest(resource, offset: offset)
        let limit = configuration.memoryLimit
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            let sink = MemorySink(limit: limit)
            _ = try loop.read(request, into: sink, options: options)
            return sink.bytes
        }
    }

    /// Reads a resource into a file, which appears only when it is complete and on the disk. Pipes and devices are
    /// written directly.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - path: the path of the file, pipe or device to write to.
    ///   - offset: the offset in the resource of the first byte of the file.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    @discardableResult public func read(
        resource: UInt32, toFile path: String, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        let request = readRequest(resource, offset: offset)
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            let sink: any ByteSink
            do throws(FileError) { sink = try DataFile.sink(at: path, stop: options.stop) } catch {
                throw TransferError(reason: .file(error), report: TransferReport(request))
            }
            return try loop.read(request, into: sink, options: options)
        }
    }

    /// A resource as an asynchronous sequence of pieces, in order, as they arrive; none is empty. The sequence ends
    /// when the device has confirmed the end.
    ///
    /// Each iteration is a transfer. It begins with the iterator. Later transfers of this manager wait until it is
    /// over, or until nobody holds the iterator any more, which cancels it. The device is kept waiting while nobody
    /// takes the 64 KiB that have arrived. If it waits longer than its own timeout, often 10 seconds, it ends the
    /// transfer.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - offset: the offset in the resource at which to begin, in bytes.
    ///   - progress: receives reports of the first iteration.
    ///   - deadline: the longest time for each iteration, counted from its turn; `nil` for the configuration's.
    public func chunks(
        resource: UInt32, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) -> some AsyncSequence<[UInt8], TransferError> & Sendable {
        ResourceChunks(
            manager: self, request: readRequest(resource, offset: offset), progress: progress,
            deadline: deadline)
    }

    // MARK: Write

    /// Writes data that are in memory.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - data: the data to write.
    ///   - offset: the offset of the data in the resource, in bytes. Others than 0 need version 2 of the protocol.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    @discardableResult public func write(
        resource: UInt32, data: some Collection<UInt8> & Sendable, offset: UInt64 = 0,
        progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        let request = writeRequest(resource, size: data.count, offset: offset)
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            try loop.write(request, from: MemorySource(Array(data)), options: options)
        }
    }

    /// Writes the content of a file, or the data from a pipe, to a resource.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - path: the path of the file or pipe to read from.
    ///   - offset: the offset in the resource at which the file begins, in bytes; the whole file is written.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    @discardableResult public func write(
        resource: UInt32, file path: String, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> TransferReport {
        let request = writeRequest(resource, size: nil, offset: offset)
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            let source: any ByteSource
            do throws(FileError) { source = try DataFile.source(at: path) } catch {
                throw TransferError(reason: .file(error), report: TransferReport(request))
            }
            return try loop.write(request, from: source, options: options)
        }
    }

    /// Writes the pieces of an asynchronous sequence as the device takes them. About 64 KiB are taken from the sequence
    /// in advance.
    ///
    /// The transfer begins when the first bytes have come. An error of the sequence also ends the transfer on the
    /// device. If the transfer fails first, the task that waits for the sequence is cancelled.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - chunks: the data to write, in pieces of any size.
    ///   - offset: the offset of the data in the resource, in bytes.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    /// - Throws: `TransferError`, or the error of the sequence.
    @discardableResult public func write<Chunks: AsyncSequence & Sendable>(
        resource: UInt32, chunks: Chunks, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws -> TransferReport where Chunks.Element: Collection<UInt8> {
        let request = writeRequest(resource, size: nil, offset: offset)
        let source: ChunkSource
        do throws(Errno) { source = try ChunkSource() } catch {
            throw outOfDescriptors(error, request, progress)
        }
        let supply = Task { await source.take(chunks) }
        defer {
            supply.cancel()
            source.abandon()
        }
        do throws(TransferError) {
            return try await transfer(request, progress, within: deadline) {
                loop, options throws(TransferError) in
                try loop.write(request, from: source, options: options)
            }
        } catch {
            if case .file = error.reason, let failure = source.failure { throw failure }
            throw error
        }
    }

    // MARK: Verify

    /// Reads a resource and compares it with data that are in memory.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - data: the bytes that the resource should have from the offset on.
    ///   - offset: the offset in the resource at which the data begin, in bytes.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    public func verify(
        resource: UInt32, data: some Collection<UInt8> & Sendable, offset: UInt64 = 0,
        progress: TransferProgress? = nil, deadline: Duration? = nil
    ) async throws(TransferError) -> Comparison {
        let request = readRequest(resource, offset: offset)
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            let sink = ComparingSink(with: MemorySource(Array(data)))
            _ = try loop.read(request, into: sink, options: options)
            return sink.outcome
        }
    }

    /// Reads a resource and compares it with a file.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - path: the path of a file that can be read anywhere, so not of a pipe.
    ///   - offset: the offset in the resource at which the file begins, in bytes.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for the transfer, counted from its turn; `nil` for the configuration's.
    public func verify(
        resource: UInt32, file path: String, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) async throws(TransferError) -> Comparison {
        let request = readRequest(resource, offset: offset)
        return try await transfer(request, progress, within: deadline) {
            loop, options throws(TransferError) in
            let source: any ByteSource
            do throws(FileError) {
                source = try DataFile.source(at: path)
                guard source.size != nil else { throw .cannotRead(path: path, .illegalSeek) }
            } catch {
                throw TransferError(reason: .file(error), report: TransferReport(request))
            }
            let sink = ComparingSink(with: source)
            _ = try loop.read(request, into: sink, options: options)
            return sink.outcome
        }
    }

    /// The error of a transfer for which the process has no pipe left.
    func outOfDescriptors(
        _ code: Errno, _ request: TransferRequest, _ progress: TransferProgress?
    ) -> TransferError {
        unstarted(
            request, progress, .link(.system(operation: "make a pipe for", path: port, code: code)))
    }

    /// The error of a transfer that was never begun. The progress of the transfer is ended.
    func unstarted(
        _ request: TransferRequest, _ progress: TransferProgress?, _ reason: TransferError.Reason
    ) -> TransferError {
        let report = TransferReport(request)
        progress?.end(report)
        return TransferError(reason: reason, report: report)
    }
}

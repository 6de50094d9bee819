internal import PigweedTransfer
internal import SerialPort
internal import SystemPackage
internal import TransferClient

extension TransferManager {
    // MARK: Read

    /// Reads a resource into memory.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - offset: where in the resource to begin, in bytes. Needs version 2 of the protocol.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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

    /// Reads a resource into a file, which appears only when it is complete and on the disk. Pipes and devices are written
    /// straight.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - path: where the data go.
    ///   - offset: where in the resource to begin, in bytes; the file begins with what stands there.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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

    /// A resource as an asynchronous sequence of pieces, in order, as they arrive.
    ///
    /// Each iteration is a transfer. It begins with the iterator, and keeps later transfers of this manager waiting until
    /// it is over or the iterator is given up, which cancels it. The device is kept waiting while 64 KiB are here that
    /// nobody takes; one that is kept waiting for longer than its own patience, often 10 seconds, ends the transfer.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - offset: where in the resource to begin, in bytes.
    ///   - progress: is told how the first iteration goes.
    ///   - deadline: the longest that each may take, counted from its turn; `nil` for that of the configuration.
    public func chunks(
        resource: UInt32, offset: UInt64 = 0, progress: TransferProgress? = nil,
        deadline: Duration? = nil
    ) -> ResourceChunks {
        ResourceChunks(
            manager: self, request: readRequest(resource, offset: offset), progress: progress,
            deadline: deadline)
    }

    // MARK: Write

    /// Writes data that are in memory.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - data: what to write.
    ///   - offset: where in the resource they go, in bytes. Needs version 2 of the protocol.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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

    /// Writes what is in a file, or comes out of a pipe.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - path: where the data come from.
    ///   - offset: where in the resource they go, in bytes; the file is used from its start.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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

    /// Writes the pieces of an asynchronous sequence as the device takes them; about 64 KiB are asked for ahead.
    ///
    /// The transfer begins when the first bytes are there. An error of the sequence ends it on the device too. When the
    /// transfer fails first, the task that waits for the sequence is cancelled.
    ///
    /// - Parameters:
    ///   - resource: its number on the device.
    ///   - chunks: what to write, in pieces of any size.
    ///   - offset: where in the resource they go, in bytes.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
    /// - Throws: `TransferError`, or what the sequence throws.
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
    ///   - resource: its number on the device.
    ///   - data: what it should hold from the offset on.
    ///   - offset: where in the resource they begin, in bytes.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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
    ///   - resource: its number on the device.
    ///   - path: a file that can be read anywhere, so no pipe.
    ///   - offset: where in the resource the file begins, in bytes.
    ///   - progress: is told how it goes.
    ///   - deadline: the longest that it may take, counted from its turn; `nil` for that of the configuration.
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

    /// The error of a transfer for which the process has no pipe left; ends its progress.
    func outOfDescriptors(
        _ code: Errno, _ request: TransferRequest, _ progress: TransferProgress?
    ) -> TransferError {
        let report = TransferReport(request)
        progress?.end(report)
        return TransferError(
            reason: .link(.system(operation: "make a pipe for", path: port, code: code)), report: report)
    }
}

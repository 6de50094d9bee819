internal import Machine
public import PigweedFileSystem
public import PigweedRPC
public import PigweedTransfer
internal import SerialPort
internal import SystemPackage
public import TransferClient

extension TransferManager {
    // MARK: Calls

    /// Calls a unary or server-stream method of the device, such as one that restarts it.
    ///
    /// Calls take turns with transfers. A call fails if the device went away; only a transfer waits until the device is
    /// back.
    ///
    /// - Parameters:
    ///   - method: the method to call.
    ///   - request: the message to the method.
    ///   - timeout: the silence that counts as no answer.
    ///   - attempts: how often the call is made before silence ends it, 1 or more.
    ///   - deadline: the longest time for all attempts together, counted from the call's turn.
    public func call(
        _ method: Method, request: [UInt8] = [], timeout: Duration = .seconds(1), attempts: Int = 2,
        deadline: Duration = .seconds(60)
    ) async throws(CallError) -> CallReply {
        let rpc = configuration.rpc
        return try await ask(within: deadline, { $0 }) { transport, options throws(CallError) in
            var options = options
            options.timeout = timeout
            options.attempts = attempts
            var calls = CallLoop(over: transport, configuration: rpc)
            return try calls.call(method, request: request, options: options)
        }
    }

    /// The device's report about a resource, by `GetResourceStatus`, which many devices do not implement.
    public func status(
        of resource: UInt32, deadline: Duration = .seconds(60)
    ) async throws(ResourceStatusError) -> ResourceStatusResponse {
        let rpc = configuration.rpc
        return try await ask(within: deadline, ResourceStatusError.call) {
            transport, options throws(ResourceStatusError) in
            var calls = CallLoop(over: transport, configuration: rpc)
            return try calls.resourceStatus(of: resource, options: options)
        }
    }

    // MARK: Files on the device

    /// The file with this name, or the files in a folder with this name; without a path, all files.
    public func files(
        at path: String? = nil, deadline: Duration = .seconds(60)
    ) async throws(DeviceFilesError) -> DeviceListing {
        try await askFiles(within: deadline) { files throws(DeviceFilesError) in try files.list(path) }
    }

    /// The file with exactly this name.
    public func file(
        at path: String, deadline: Duration = .seconds(60)
    ) async throws(DeviceFilesError) -> FileEntry {
        try await askFiles(within: deadline) { files throws(DeviceFilesError) in try files.file(path) }
    }

    /// Deletes a file.
    ///
    /// - Returns: true if the device says that it deleted the file. False if the device does not have it, but an
    ///   earlier request, whose answer was lost, may have deleted it.
    @discardableResult public func delete(
        _ path: String, deadline: Duration = .seconds(60)
    ) async throws(DeviceFilesError) -> Bool {
        try await askFiles(within: deadline) { files throws(DeviceFilesError) in try files.delete(path) }
    }

    /// Reads a file of the device into memory, by its name.
    ///
    /// - Throws: `DeviceFilesError` if the device does not say which resource the file has, otherwise `TransferError`.
    public func read(
        path: String, progress: TransferProgress? = nil, deadline: Duration? = nil
    ) async throws -> [UInt8] {
        guard let resource = try await file(at: path).id else { throw DeviceFilesError.noResource }
        return try await read(resource: resource, progress: progress, deadline: deadline)
    }

    private func askFiles<Value: Sendable>(
        within deadline: Duration,
        _ body: @escaping @Sendable (inout DeviceFiles) throws(DeviceFilesError) -> Value
    ) async throws(DeviceFilesError) -> Value {
        let rpc = configuration.rpc
        return try await ask(within: deadline, DeviceFilesError.call) {
            transport, options throws(DeviceFilesError) in
            var files = DeviceFiles(over: transport, configuration: rpc, options: options)
            return try body(&files)
        }
    }

    /// Waits for the turn of a call, and for its end.
    ///
    /// - Parameters:
    ///   - deadline: the longest time for the call.
    ///   - failure: turns an error of the call into one of this function.
    ///   - body: makes the call, on the manager's thread.
    private func ask<Value: Sendable, Failure: Error & Equatable>(
        within deadline: Duration, _ failure: @escaping @Sendable (CallError) -> Failure,
        _ body: @escaping @Sendable (any ByteTransport, CallLoop.Options) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let stop: StopRequest
        do throws(Errno) { stop = try StopRequest() } catch {
            throw failure(.link(.system(operation: "make a pipe for", path: port, code: error)))
        }
        let result: Result<Value, Failure> = await submit(
            stop,
            perform: { [self] loop in
                var options = CallLoop.Options()
                options.deadline = deadline
                options.stop = stop
                options.deviceOutput = { [output] bytes, _ in output.tell(bytes) }
                do throws(Failure) { return .success(try body(loop.transport, options)) } catch {
                    // Only this job has this stop request, so the stop comes from a cancellation or from `close()`.
                    let isStopped = stop.signal.map { error == failure(.interrupted(signal: $0)) } ?? false
                    return .failure(isStopped ? failure(worker.isClosing ? .closed : .cancelled) : error)
                }
            },
            abandon: { reason in .failure(failure(reason == .closed ? .closed : .cancelled)) })
        return try result.get()
    }
}

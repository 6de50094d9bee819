internal import Machine
public import PigweedRPC
public import PigweedTransfer
public import SerialPort
internal import Synchronization
internal import SystemPackage
@_exported public import TransferClient

/// Reads and writes the resources of one device, asynchronously.
///
/// ```swift
/// let manager = try await TransferManager("/dev/ttyACM0")
/// let log = try await manager.read(resource: 3)
/// try await manager.write(resource: 2, data: log)
/// await manager.close()
/// ```
///
/// Transfers of one manager run one after the other, in the order in which they were asked for; transfers of several
/// managers run side by side. Each manager has a thread of its own, so no transfer occupies a thread of Swift's pool.
///
/// Cancelling a task cancels its transfer: the device is told, and has up to a second to confirm. Then the call throws
/// `TransferError` with `CANCELLED`. Errors have the status of the device, the resource, and advice.
///
/// With `reconnect`, a manager waits for a device that is unplugged or restarts, and continues the transfer when the
/// device is back under any name. A read continues at the offset that it had reached. A write continues if a checksum
/// shows how much of the data the device has. Otherwise the transfer starts over. A stream cannot start over once it
/// has given out bytes. If a device goes away between two transfers, the next transfer waits for it.
public final class TransferManager: Sendable {
    /// The settings that all transfers of a manager share.
    public struct Configuration: Sendable {
        /// Channel and addresses of the device.
        public var rpc = RPCClient.Configuration()
        /// The longest time for one transfer, counted from its turn, unless it has a deadline of its own; `nil` for any
        /// time.
        public var deadline: Duration?
        /// The most bytes that a read into memory may have; more bytes end it with `FileError.cannotWrite(path:_:)`.
        public var memoryLimit = 256 << 20
        /// Protocol, pace and timeouts of transfers. Without a `minDelay`, reads ask for no pause at first.
        public var settings = TransferSettings()
        /// Called with each output of the device, from the first byte on, also between transfers. It is called on the
        /// manager's thread; for tasks there is ``TransferManager/deviceOutput``.
        public var deviceOutput: @Sendable ([UInt8]) -> Void = { _ in }
        /// Called when the line breaks and when it is there again, with `reconnect`. It is called on the manager's
        /// thread.
        public var reconnection: @Sendable (ReconnectionNews) -> Void = { _ in }

        /// Pigweed's defaults, and no deadline.
        public init() {}
    }

    /// The name of the port, such as `/dev/ttyACM0`; the name may change with a reconnection.
    public var port: String { currentPort.withLock { $0 } }

    private let currentPort: Mutex<String>
    private let recovery: (any LineRecovery)?
    let configuration: Configuration
    let output: OutputStreams
    let worker: TransferWorker

    /// A manager for an open transport, which the manager closes in the end.
    ///
    /// - Parameters:
    ///   - transport: the line to the device.
    ///   - recovery: gets the line back when it breaks; with `nil`, a transfer ends then.
    ///   - configuration: the settings that all transfers share.
    /// - Throws: `SerialPortError.system` if the process has no pipe or thread left. The transport stays open then.
    public init(
        over transport: any ByteTransport, recovery: (any LineRecovery)? = nil,
        configuration: Configuration = Configuration()
    ) throws(SerialPortError) {
        let output = OutputStreams(callback: configuration.deviceOutput)
        do throws(Errno) {
            worker = try TransferWorker(
                over: transport, configuration: configuration.rpc, output: output)
        } catch {
            throw .system(operation: "start a thread for", path: transport.name, code: error)
        }
        currentPort = Mutex(transport.name)
        self.output = output
        self.recovery = recovery
        self.configuration = configuration
    }

    /// A manager for a port that is to be opened.
    ///
    /// - Parameters:
    ///   - port: a device node, `tcp:HOST:PORT`, `usb:VID:PID[:SERIAL]`, `serial:SUFFIX` or `path:ID_PATH`; `nil` for
    ///     the only USB serial port there is.
    ///   - settings: how a serial port is set up.
    ///   - reconnect: how long to wait, each time, for the same device when it goes away. It is found by its serial
    ///     number, otherwise by its place. With `none`, a transfer ends when the device goes away.
    ///   - configuration: the settings that all transfers share.
    /// - Throws: `InvalidPortSelector` if `port` makes no sense; `PortRequestError` if there is no such port, if it
    ///   cannot be used, or if the task was cancelled meanwhile (`stopped`); `SerialPortError` if the process has no
    ///   pipe or thread left.
    public convenience init(
        _ port: String? = nil, settings: SerialSettings = SerialSettings(),
        reconnect: PortRequest.Patience = .none, configuration: Configuration = Configuration()
    ) async throws {
        var request = PortRequest(try port.map { try PortSelector(parsing: $0) })
        request.settings = settings
        try await self.init(request, reconnect: reconnect, configuration: configuration)
    }

    /// A manager for a port that a request finds, waits for, and opens.
    ///
    /// - Parameters:
    ///   - request: the request for the port, with its settings and how long to wait for it.
    ///   - reconnect: how long to wait, each time, for the same device when it goes away.
    ///   - configuration: the settings that all transfers share.
    /// - Throws: `PortRequestError` if there is no such port, if it cannot be used, or if the task was cancelled
    ///   meanwhile (`stopped`); `SerialPortError` if the process has no pipe or thread left.
    public convenience init(
        _ request: PortRequest, reconnect: PortRequest.Patience = .none,
        configuration: Configuration = Configuration()
    ) async throws {
        let transport = try await Self.open(request)
        var configuration = configuration
        // With its start bit and its stop bit, each byte takes ten bits.
        if transport is SerialPort, configuration.settings.lineRate == nil {
            configuration.settings.lineRate = max(request.settings.baudRate / 10, 1)
        }
        do throws(SerialPortError) {
            let recovery =
                reconnect == .none
                ? nil : try PortRecovery(of: transport, openedBy: request, patience: reconnect)
            try self.init(over: transport, recovery: recovery, configuration: configuration)
        } catch {
            transport.close()
            throw error
        }
    }

    deinit {
        worker.requestClose()
    }

    /// Ends all transfers, also those that wait, with `TransferError.Reason.closed`, and returns when the port is
    /// closed. A second call does nothing. A manager that nobody holds any more closes its port some time later.
    public func close() async {
        await worker.close()
    }

    /// Opens a port, and closes it when `body` is done, however it ends.
    ///
    /// - Parameters:
    ///   - port: the port, as for ``init(_:settings:reconnect:configuration:)``.
    ///   - settings: how a serial port is set up.
    ///   - reconnect: how long to wait, each time, for the same device when it goes away.
    ///   - configuration: the settings that all transfers share.
    ///   - isolation: the actor on which `body` runs.
    ///   - body: uses the manager.
    public static func withPort<Value>(
        _ port: String? = nil, settings: SerialSettings = SerialSettings(),
        reconnect: PortRequest.Patience = .none, configuration: Configuration = Configuration(),
        isolation: isolated (any Actor)? = #isolation, _ body: (TransferManager) async throws -> Value
    ) async throws -> Value {
        let manager = try await TransferManager(
            port, settings: settings, reconnect: reconnect, configuration: configuration)
        do {
            let value = try await body(manager)
            await manager.close()
            return value
        } catch {
            await manager.close()
            throw error
        }
    }

    /// The output of the device from now on, also between transfers, until the manager is closed. Each sequence gets
    /// all output. If more than 1024 pieces wait to be taken, the older ones are dropped.
    public var deviceOutput: AsyncStream<[UInt8]> { output.listen() }

    /// Opens a port on a thread of its own, since opening takes time.
    private static func open(_ request: PortRequest) async throws -> any ByteTransport {
        let stop: StopRequest
        do throws(Errno) { stop = try StopRequest() } catch {
            throw SerialPortError.system(operation: "make a pipe for", path: "a port", code: error)
        }
        let result: Result<any ByteTransport, any Error> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do throws(Errno) {
                    try BackgroundThread.start {
                        var request = request
                        request.stopDescriptor = stop.descriptor
                        do throws(PortRequestError) {
                            continuation.resume(returning: .success(try request.open()))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                    }
                } catch {
                    continuation.resume(
                        returning: .failure(
                            SerialPortError.system(
                                operation: "start a thread for", path: "a port", code: error)))
                }
            }
        } onCancel: {
            stop.request()
        }
        return try result.get()
    }

    // MARK: Transfers

    /// A read with the settings of the configuration.
    func readRequest(_ resource: UInt32, offset: UInt64) -> TransferRequest {
        TransferRequest(reading: resource, from: offset, configuration.settings)
    }

    /// A write with the settings of the configuration.
    func writeRequest(_ resource: UInt32, size: Int?, offset: UInt64) -> TransferRequest {
        var request = TransferRequest.write(
            resource, size: size.map { UInt64($0) }, settings: configuration.settings)
        request.initialOffset = offset
        return request
    }

    /// Waits for the turn of a transfer, and for its end.
    ///
    /// - Parameters:
    ///   - request: the transfer.
    ///   - progress: receives reports of the transfer.
    ///   - deadline: the longest time for this transfer; `nil` for the configuration's.
    ///   - body: makes the transfer, on the manager's thread.
    func transfer<Value: Sendable>(
        _ request: TransferRequest, _ progress: TransferProgress?, within deadline: Duration?,
        _ body:
            @escaping @Sendable (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> Value
    ) async throws(TransferError) -> Value {
        let stop: StopRequest
        do throws(Errno) { stop = try StopRequest() } catch {
            throw outOfDescriptors(error, request, progress)
        }
        let result: Result<Value, TransferError> = await submit(
            stop,
            perform: { [self] loop in perform(&loop, request, progress, deadline, stop, body) },
            abandon: { [self] reason in .failure(unstarted(request, progress, reason)) })
        return try result.get()
    }

    /// Puts a job at the end of the queue, and waits for its result.
    ///
    /// - Parameters:
    ///   - stop: a request that ends the job early; it is made when the task is cancelled.
    ///   - perform: does the job, on the manager's thread.
    ///   - abandon: gives the result if the job is never begun.
    func submit<Value: Sendable>(
        _ stop: StopRequest, perform: @escaping @Sendable (inout TransferLoop) -> Value,
        abandon: @escaping @Sendable (TransferError.Reason) -> Value
    ) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                worker.submit(
                    TransferJob(
                        stop: stop, perform: { continuation.resume(returning: perform(&$0)) },
                        abandon: { continuation.resume(returning: abandon($0)) }))
            }
        } onCancel: {
            worker.cancel(stop)
        }
    }

    private func perform<Value: Sendable>(
        _ loop: inout TransferLoop, _ request: TransferRequest, _ progress: TransferProgress?,
        _ deadline: Duration?, _ stop: StopRequest,
        _ body: (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> Value
    ) -> Result<Value, TransferError> {
        let observer = ManagerObserver(progress, output) { [self] news in
            if case .back(let port) = news { currentPort.withLock { $0 = port } }
            configuration.reconnection(news)
        }
        var options = TransferLoop.Options()
        options.deadline = deadline ?? configuration.deadline
        options.stop = stop
        options.recovery = recovery
        options.observer = observer
        do throws(TransferError) {
            let value = try body(&loop, options)
            progress?.end(observer.lastReport ?? TransferReport(request))
            return .success(value)
        } catch {
            var error = error
            switch error.reason {
            // Only this job has this stop request. It also ends a wait for the other side of a pipe.
            case .interrupted, .file(.stopped):
                error.reason = worker.isClosing ? .closed : .transfer(.cancelled)
            default: break
            }
            progress?.end(error.report)
            return .failure(error)
        }
    }
}

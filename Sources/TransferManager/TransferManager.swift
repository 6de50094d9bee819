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
/// Transfers of one manager run one after the other, in the order in which they were asked for; those of several managers
/// run side by side. Each manager has a thread of its own, so no transfer keeps a thread of Swift's pool.
///
/// To cancel a task is to cancel its transfer: the device is told, and is given up to a second to confirm; then the call
/// throws `TransferError` with `CANCELLED`. Failures carry the status of the device, the resource, and what to do.
///
/// With `reconnect`, a device that is unplugged or restarts is awaited, and the transfer goes on when it is back, under
/// whatever name: a read at the offset up to which it came, a write where the device is known to have its data up to, by a
/// checksum. Otherwise it starts over; what was streamed cannot, unless nothing was given out yet. A device that goes away
/// between two transfers is awaited by the next one.
public final class TransferManager: Sendable {
    /// What all transfers of a manager have in common.
    public struct Configuration: Sendable {
        /// Channel and addresses of the device.
        public var rpc = RPCClient.Configuration()
        /// The longest that one transfer may take, counted from its turn; `nil` for any time.
        public var deadline: Duration?
        /// The most bytes that a read into memory may bring; more end it with `FileError.cannotWrite(path:_:)`.
        public var memoryLimit = 256 << 20
        /// Changes a request before it is made: patience, chunk size, window, protocol.
        public var prepare: @Sendable (inout TransferRequest) -> Void = { _ in }
        /// Is given what the device prints, also between transfers. Called on the manager's thread.
        public var deviceOutput: @Sendable ([UInt8]) -> Void = { _ in }
        /// Is told when the line breaks and is there again, with `reconnect`. Called on the manager's thread.
        public var reconnection: @Sendable (ReconnectionNews) -> Void = { _ in }

        /// Pigweed's defaults, and no deadline.
        public init() {}
    }

    /// What the port is called, such as `/dev/ttyACM0`; another name perhaps after a reconnection.
    public var port: String { currentPort.withLock { $0 } }

    private let currentPort: Mutex<String>
    private let recovery: (any LineRecovery)?
    let configuration: Configuration
    private let worker: TransferWorker
    /// Bytes a second that the line carries, if known.
    private let lineRate: UInt32?

    /// A manager for an open transport, which it closes in the end.
    ///
    /// - Parameters:
    ///   - transport: the line to the device.
    ///   - recovery: gets another one when it breaks; `nil` ends the transfer then.
    ///   - configuration: what all transfers have in common.
    /// - Throws: `SerialPortError.system` if the process has no pipe or thread left; the transport stays open then.
    public convenience init(
        over transport: any ByteTransport, recovery: (any LineRecovery)? = nil,
        configuration: Configuration = Configuration()
    ) throws(SerialPortError) {
        try self.init(over: transport, recovery, lineRate: nil, configuration)
    }

    /// A manager for a port that is to be opened.
    ///
    /// - Parameters:
    ///   - port: a device node, `tcp:HOST:PORT`, `usb:VID:PID[:SERIAL]`, `serial:SUFFIX` or `path:ID_PATH`; `nil` for the
    ///     only USB serial port there is.
    ///   - baudRate: bits per second of a serial port, 1 or more.
    ///   - reconnect: how long to wait, each time, for the same device when it goes away: the one with this serial number,
    ///     else the one at this place; with `none` the transfer ends then.
    ///   - configuration: what all transfers have in common.
    /// - Throws: `InvalidPortSelector` if `port` makes no sense; `PortRequestError` if there is no such port, it cannot
    ///   be used, or, `stopped`, the task was cancelled meanwhile; `SerialPortError` if the process has no pipe or thread
    ///   left.
    public convenience init(
        _ port: String? = nil, baudRate: UInt32 = 115_200, reconnect: PortRequest.Patience = .none,
        configuration: Configuration = Configuration()
    ) async throws {
        var request = PortRequest(try port.map { try PortSelector(parsing: $0) })
        request.settings.baudRate = baudRate
        let transport = try await Self.open(request)
        var lineRate: UInt32?
        // A start bit and a stop bit come with each byte.
        if transport is SerialPort { lineRate = max(baudRate / 10, 1) }
        do throws(SerialPortError) {
            let recovery =
                reconnect == .none
                ? nil : try PortRecovery(of: transport, openedBy: request, patience: reconnect)
            try self.init(over: transport, recovery, lineRate: lineRate, configuration)
        } catch {
            transport.close()
            throw error
        }
    }

    private init(
        over transport: any ByteTransport, _ recovery: (any LineRecovery)?, lineRate: UInt32?,
        _ configuration: Configuration
    ) throws(SerialPortError) {
        do throws(Errno) {
            worker = try TransferWorker(
                over: transport, configuration: configuration.rpc, deviceOutput: configuration.deviceOutput)
        } catch {
            throw .system(operation: "start a thread for", path: transport.name, code: error)
        }
        currentPort = Mutex(transport.name)
        self.recovery = recovery
        self.lineRate = lineRate
        self.configuration = configuration
    }

    deinit {
        worker.requestClose()
    }

    /// Ends all transfers, also those that wait, with `TransferError.Reason.closed`, and returns when the port is
    /// closed. A second call does nothing. A manager that nobody holds any more closes its port some time later.
    public func close() async {
        await worker.close()
    }

    /// Opens a port on a thread of its own, since that takes time.
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

    /// The request for a transfer, prepared by the configuration.
    func request(_ request: TransferRequest, offset: UInt64) -> TransferRequest {
        var request = request
        request.initialOffset = offset
        request.lineRate = lineRate
        request.tryWithoutPause()
        configuration.prepare(&request)
        return request
    }

    /// Waits for the turn of a transfer, and for its end.
    ///
    /// - Parameter body: makes the transfer, on the manager's thread.
    func transfer<Value: Sendable>(
        _ request: TransferRequest, _ progress: TransferProgress?,
        _ body:
            @escaping @Sendable (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> Value
    ) async throws(TransferError) -> Value {
        let unstarted = TransferReport(request)
        let stop: StopRequest
        do throws(Errno) { stop = try StopRequest() } catch {
            throw outOfDescriptors(error, request, progress)
        }
        let result: Result<Value, TransferError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                worker.submit(
                    TransferJob(
                        stop: stop,
                        perform: { [self] loop in
                            continuation.resume(returning: perform(&loop, request, progress, stop, body))
                        },
                        abandon: { reason in
                            progress?.end(unstarted)
                            continuation.resume(
                                returning: .failure(TransferError(reason: reason, report: unstarted)))
                        }))
            }
        } onCancel: {
            worker.cancel(stop)
        }
        return try result.get()
    }

    private func perform<Value: Sendable>(
        _ loop: inout TransferLoop, _ request: TransferRequest, _ progress: TransferProgress?,
        _ stop: StopRequest,
        _ body: (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> Value
    ) -> Result<Value, TransferError> {
        let observer = ManagerObserver(progress, deviceOutput: configuration.deviceOutput) { [self] news in
            if case .back(let port) = news { currentPort.withLock { $0 = port } }
            configuration.reconnection(news)
        }
        var options = TransferLoop.Options()
        options.deadline = configuration.deadline
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
            // The only stop is that of this job; a file that waits for its other side ends by it, too.
            case .interrupted, .file(.stopped):
                error.reason = worker.isClosing ? .closed : .transfer(.cancelled)
            default: break
            }
            progress?.end(error.report)
            return .failure(error)
        }
    }
}

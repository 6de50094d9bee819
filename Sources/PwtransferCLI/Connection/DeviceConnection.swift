internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// An open port with a device behind it: transfers and calls, one after the other.
final class DeviceConnection {
    private let firstTransport: any ByteTransport
    let recovery: PortRecovery?
    /// Whether to wait for a device that goes away by itself.
    private let reconnects: Bool
    let configuration: RPCClient.Configuration
    let stop: StopRequest
    let deadline: Duration?
    private let deviceOutput: Output
    let deviceLog: DeviceLog?
    /// One loop for all transfers, so that the streams are opened once.
    var loop: TransferLoop
    /// How long earlier calls and transfers took.
    var spent = Duration.zero
    /// Whether the device may have restarted during a transfer, which may have given its files other numbers.
    private(set) var hasRestarted = false

    init(
        transport: any ByteTransport, recovery: PortRecovery?, reconnects: Bool,
        configuration: RPCClient.Configuration, stop: StopRequest,
        deadline: Duration?, output: Output, deviceLog: DeviceLog?
    ) {
        firstTransport = transport
        self.recovery = recovery
        self.reconnects = reconnects
        self.configuration = configuration
        self.stop = stop
        self.deadline = deadline
        deviceOutput = output
        self.deviceLog = deviceLog
        loop = TransferLoop(over: transport, configuration: configuration)
    }

    /// The port in use. After the device went away and came back, it may have another name.
    var transport: any ByteTransport { recovery?.transport ?? firstTransport }

    var port: String { transport.name }

    /// Identifies the device: its serial number; or else where it is plugged in; or else the name of its port.
    var deviceIdentity: String {
        do throws(SerialPortError) {
            guard let port = try SerialPorts.port(atNode: firstTransport.name) else {
                return firstTransport.name
            }
            let interface = port.interfaceNumber.map { "#\($0)" } ?? ""
            if let serial = port.serialNumber { return "serial:\(serial)\(interface)" }
            return port.location.map { "path:\($0)" } ?? firstTransport.name
        } catch {
            output.log(.info, "udev does not say which device it is: \(error)")
            return firstTransport.name
        }
    }

    /// How much time the deadline leaves; `nil` without a deadline.
    var remaining: Duration? { deadline.map { max(.zero, $0 - spent) } }

    /// The output for reports about this connection.
    var output: Output { deviceOutput.forPort(port) }

    /// Makes a transfer of a resource. If the resource has a path, and the device may have restarted meanwhile, the
    /// transfer fails unless the device confirms the number of the path.
    ///
    /// - Parameters:
    ///   - isCheck: whether this transfer only checks another one, and is not reported as the work of the command.
    ///   - isResumable: whether the next run can continue this transfer if it fails.
    @discardableResult func transfer(
        of resource: FoundResource, isCheck: Bool = false, isResumable: Bool = false,
        _ transfer: (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> TransferReport
    ) throws(Failure) -> TransferReport {
        let start = MonotonicClock.now
        defer { spent += MonotonicClock.now - start }
        let monitor = TransferMonitor(telling: output, deviceLog: deviceLog)
        var options = TransferLoop.Options()
        options.deadline = remaining
        options.stop = stop
        options.observer = monitor
        options.recovery = reconnects ? recovery : nil
        options.confirmation = confirmation(of: resource)
        do throws(TransferError) {
            let report = try transfer(&loop, options)
            noteRestarts(report)
            monitor.conclude(report, isCheck: isCheck, isDone: true)
            return report
        } catch {
            noteRestarts(error.report)
            monitor.conclude(error.report, isCheck: isCheck, isDone: false)
            throw .transfer(error, isResumable: isResumable)
        }
    }

    private func noteRestarts(_ report: TransferReport) {
        hasRestarted = hasRestarted || report.mayHaveRestarted
    }

    /// Calls GetResourceStatus.
    func resourceStatus(of number: UInt32, patience: CallPatience) throws(Failure) -> ResourceStatusResponse {
        let start = MonotonicClock.now
        defer { spent += MonotonicClock.now - start }
        let options = callOptions(patience)
        do throws(ResourceStatusError) {
            return try loop.withCalls { calls throws(ResourceStatusError) in
                try calls.resourceStatus(of: number, options: options)
            }
        } catch {
            throw .status(error, resource: number)
        }
    }

    /// Calls GetResourceStatus; `nil` if the device does not report a status.
    func resourceStatusIfTold(of number: UInt32) throws(Failure) -> ResourceStatusResponse? {
        do throws(Failure) {
            return try resourceStatus(of: number, patience: .optionalStatus)
        } catch {
            guard case .status(let reason, _) = error, reason.meansNoStatus else { throw error }
            output.log(.info, error.message)
            return nil
        }
    }

    /// Listens until the device's log says what is expected, including what it said at the end of a write.
    ///
    /// - Parameter patience: the longest time to listen; `nil` for any time.
    /// - Throws: if the log reports a failure, or if the expected text does not come in time or before a signal.
    /// Without an expected text, time and signals just end the listening.
    func listen(for patience: Duration?) throws(Failure) {
        guard let deviceLog else { return }
        deviceLog.judge()
        let start = MonotonicClock.now
        defer { spent += MonotonicClock.now - start }
        let end = [patience, remaining].compactMap(\.self).min().map { start + $0 }
        while deviceLog.verdict == nil {
            let ending: TransferLoop.ListeningEnd
            do throws(SerialPortError) {
                let output = output
                ending = try loop.listen(until: end, stop: stop) { bytes, place in
                    deviceLog.take(bytes.array, place, telling: output)
                    return deviceLog.verdict != nil
                }
            } catch {
                guard let ended = try waitForDevice(after: error, until: end) else { continue }
                ending = ended
            }
            guard deviceLog.verdict == nil else { break }
            if case .logRefused(let status) = ending {
                guard !deviceLog.needsService else { throw .noLogService(status) }
                continue
            }
            guard deviceLog.expectsText else { return }
            if case .interrupted(let signal) = ending {
                throw .stopped(signal: signal, occasion: "before the device logged what is expected")
            }
            throw .notLogged(within: MonotonicClock.now - start, messages: deviceLog.judgedCount)
        }
        if case .failed(let text) = deviceLog.verdict { throw .failureLogged(text) }
    }

    /// Waits for a device that went away while we listened to it.
    ///
    /// - Returns: what ended the wait too early; `nil` if the device is back.
    private func waitForDevice(
        after failure: SerialPortError, until end: Instant?
    ) throws(Failure) -> TransferLoop.ListeningEnd? {
        guard reconnects, let recovery else { throw .port(failure) }
        output.note(.connectionLost, "the device went away (\(failure)); waiting until it is back")
        do throws(PortRequestError) {
            loop.use(
                try recovery.recover(within: end.map { max(.zero, $0 - MonotonicClock.now) }, stop: stop))
        } catch {
            if let signal = stop.signal { return .interrupted(signal: signal) }
            if let end, MonotonicClock.now >= end { return .deadline }
            throw .port(failure)
        }
        deviceLog?.deviceRestarted()
        output.tell(.portOpened)
        output.note(.reconnected, "the device is back on \(port)")
        return nil
    }

    /// Runs `body`. If the log service of the device is wanted, receives its log meanwhile, and notes if the device
    /// refused it.
    func listening(_ body: () throws(Failure) -> Void) throws(Failure) {
        guard deviceLog?.usesService == true else { return try body() }
        loop.openLog()
        defer {
            if let status = loop.logRefusal {
                output.note(.logServiceMissing, Failure.noLogService(status).message)
            }
            loop.closeLog()
        }
        try body()
    }

    func callOptions(_ patience: CallPatience) -> CallLoop.Options {
        var options = CallLoop.Options()
        options.timeout = patience.timeout
        options.attempts = patience.attempts
        if let remaining { options.deadline = remaining }
        options.stop = stop
        let (deviceLog, output) = (deviceLog, output)
        options.deviceOutput = { deviceLog?.take($0, $1, telling: output) }
        return options
    }
}

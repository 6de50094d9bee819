internal import SerialPort
internal import TransferClient

/// What `read` and `write` have in common: signals, the port, progress, and how the end is told.
struct TransferSession {
    private let signals: SignalWatch
    private let output: Output
    private let options: OutputOptions

    init(telling output: Output, _ options: OutputOptions) throws(Problem) {
        signals = try SignalWatch { output.abort(signal: $0) }
        self.output = output
        self.options = options
    }

    var stop: StopRequest { signals.stop }

    /// Opens the port and makes the transfer.
    func run(
        over port: PortOptions, _ rpc: RPCOptions, _ transferOptions: TransferOptions,
        transfer: (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> TransferReport
    ) throws(Problem) {
        // To look up and call a host cannot be interrupted but by ending the program.
        if !port.isNetwork { signals.engage() }
        let transport = try port.open(stop: stop) { output.tell(.note(.portChosen, $0)) }
        defer { transport.close() }
        let monitor = TransferMonitor(
            telling: output, port: transport.name, showsDeviceOutput: options.deviceOutput)
        monitor.tell(.portOpened)
        monitor.tell(.log(.info, "opened \(transport.name), \(port.summary)"))
        monitor.tell(.log(.info, rpc.summary))
        var options = TransferLoop.Options()
        options.deadline = transferOptions.deadline?.duration
        options.stop = stop
        options.observer = monitor
        let recovery = try recovery(of: transport, port, transferOptions) {
            monitor.tell(.note(.waitingForDevice, $0))
        }
        defer { recovery?.close() }
        options.recovery = recovery
        signals.engage()
        var loop = TransferLoop(over: transport, configuration: rpc.clientConfiguration)
        do throws(TransferError) {
            monitor.conclude(try transfer(&loop, options), isDone: true)
        } catch {
            monitor.conclude(error.report, isDone: false)
            throw Problem(error)
        }
    }

    private func recovery(
        of transport: any ByteTransport, _ port: PortOptions, _ transferOptions: TransferOptions,
        tell: @escaping (String) -> Void
    ) throws(Problem) -> PortRecovery? {
        guard let limit = transferOptions.reconnect else { return nil }
        return try PortRecovery(
            of: transport, openedBy: port.request(stop: stop), patience: limit.patience, tell: tell)
    }
}

internal import PigweedRPC
internal import PigweedTokenizer
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// What the commands that talk to a device have in common: signals, the port, and the output.
struct TransferSession {
    let signals: SignalWatch
    private var output: Output
    let options: OutputOptions
    /// The recordings that the tray keeps for one of several devices; `nil` for a single device.
    private var recordings: LineRecordings?
    /// Whether the tray reports how the work with the device ended.
    private var isOfTray = false
    private let tokens: TokenDatabase

    /// - Parameter usesLog: whether the device's log is needed, even if it is not shown.
    init(telling output: Output, _ options: OutputOptions, usesLog: Bool = false) throws(Failure) {
        tokens =
            usesLog || options.logOptions.deviceOutput != nil
            ? try options.logOptions.loadTokens(telling: output) : TokenDatabase()
        signals = try SignalWatch { output.abort(signal: $0) }
        self.output = output
        self.options = options
    }

    /// The session for one of several devices, with recordings that the caller keeps.
    func forDevice(telling output: Output, _ recordings: LineRecordings?) -> TransferSession {
        var session = self
        session.output = output
        session.recordings = recordings
        session.isOfTray = true
        return session
    }

    var stop: StopRequest { signals.stop }

    /// Opens the port, uses it, and closes it. A single device is reported as a tray of one.
    ///
    /// - Parameters:
    ///   - deadline: the maximum time for everything on the connection.
    ///   - reconnect: how long to wait for a device that goes away in mid-transfer; `nil` to fail at once.
    ///   - reset: how to restart the device first; `nil` to leave it running.
    ///   - mayReset: whether the device may be restarted later.
    ///   - plan: what to do with the device's log; `nil` to follow the options.
    func connect(
        over port: PortOptions, _ rpc: RPCOptions, deadline: TimeSpan?, reconnect: WaitLimit? = nil,
        reset: ResetMethod? = nil, mayReset: Bool = false, log plan: LogPlan? = nil,
        use: (DeviceConnection) throws(Failure) -> Void
    ) throws(Failure) {
        try port.checkApart(from: options.captureOptions.files)
        let ownRecordings =
            recordings == nil ? try options.captureOptions.recordings(of: port, rpc.clientConfiguration) : nil
        let recorder = (recordings ?? ownRecordings).map { WireRecorder(output: output, recordings: $0) }
        // Nothing but the end of the program interrupts the look-up of a host and the connection to it. So a signal
        // ends the program at once until a network port is open.
        if !port.isNetwork { signals.engage() }
        let request = port.request(stop: stop, telling: output)
        func talk(over transport: any ByteTransport, telling output: Output) throws(Failure) {
            defer { transport.close() }
            var recovery: PortRecovery?
            if reconnect != nil || reset != nil || mayReset {
                recovery = try Failure.ofPort(
                    try PortRecovery(
                        of: transport, openedBy: request,
                        patience: reconnect?.patience ?? .limited(DeviceConnection.restartPatience),
                        prepare: { recorder?.tap($0) ?? $0 },
                        onNews: { [output] news in
                            guard case .waiting(let reason) = news else { return }
                            output.forPort(transport.name).note(.waitingForDevice, "waiting for \(reason)")
                        }))
            }
            defer { recovery?.close() }
            let shown = options.logOptions.deviceOutput.map { LogPlan(destination: .events, source: $0) }
            let log = (plan ?? shown).map { DeviceLog(tokens, $0) }
            defer { log?.conclude(telling: output.forPort(transport.name)) }
            let connection = DeviceConnection(
                transport: transport, recovery: recovery, reconnects: reconnect != nil,
                configuration: rpc.clientConfiguration, stop: stop, deadline: deadline?.duration,
                output: output,
                deviceLog: log)
            connection.output.tell(.portOpened)
            if !port.isNetwork, !PortHolder.areVisible {
                connection.output.note(
                    .notLookedAt,
                    "whether another program has the port open was not looked at: there is no /proc")
            }
            connection.output.log(.info, "opened \(transport.name), \(port.summary)")
            connection.output.log(.info, rpc.summary)
            signals.engage()
            if let deadline { Console.limit(to: MonotonicClock.now + deadline.duration) }
            try connection.listening { () throws(Failure) in
                if let reset { try connection.reset(by: reset) }
                try use(connection)
            }
            recovery?.close()
            transport.close()
        }
        guard !isOfTray else {
            let line = try port.open(request, stop: stop, telling: output)
            return try talk(over: recorder?.tap(line) ?? line, telling: output)
        }
        func outputOfDevice(_ selector: PortSelector, at node: String) -> Output {
            // Only JSON tells what udev knows. To ask udev takes longer than all the rest of a short transfer.
            output.forDevice(.only(selector, describedAt: output.isJSON ? node : nil))
        }
        // A port that the user named is reported as a device even if it does not exist.
        var device = port.port.map { outputOfDevice($0, at: "\($0)") }
        do throws(Failure) {
            let line = try port.open(request, stop: stop, telling: output)
            device = outputOfDevice(port.port ?? PortSelector(.node(line.name)), at: line.name)
            try talk(over: recorder?.tap(line) ?? line, telling: device ?? output)
        } catch {
            device?.conclude(Problem(error))
            throw error
        }
        device?.conclude(nil)
        if let failure = ownRecordings?.failure { throw failure }
    }
}

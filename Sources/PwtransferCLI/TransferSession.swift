internal import SerialPort
internal import TransferClient

/// What `read` and `write` have in common: signals, the port, progress, and how the end is told.
struct TransferSession {
    private let signals: SignalWatch
    private let reporter: ProgressReporter

    init(_ options: OutputOptions) throws(Problem) {
        signals = try SignalWatch()
        reporter = ProgressReporter(isQuiet: options.quiet, showsDeviceOutput: options.deviceOutput)
    }

    var stop: StopRequest { signals.stop }

    /// A line about the transfer, unless the user wants none.
    func note(_ text: String) {
        reporter.note(text)
    }

    /// Opens the port and makes the transfer.
    func run(
        over port: PortOptions, _ rpc: RPCOptions, deadline: TimeSpan?,
        transfer: (inout TransferLoop, TransferLoop.Options) throws(TransferError) -> TransferReport
    ) throws(Problem) {
        // To look up and call a host cannot be interrupted but by ending the program.
        if !port.isNetwork { signals.engage() }
        let transport = try port.open(stop: stop) { reporter.note($0) }
        defer { transport.close() }
        var options = TransferLoop.Options()
        options.deadline = deadline?.duration
        options.stop = stop
        options.observer = reporter
        signals.engage()
        var loop = TransferLoop(over: transport, configuration: rpc.clientConfiguration)
        do throws(TransferError) {
            reporter.conclude(try transfer(&loop, options))
        } catch {
            reporter.closeLine()
            throw Problem(error)
        }
    }
}

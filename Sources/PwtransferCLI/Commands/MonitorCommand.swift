internal import ArgumentParser
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

struct MonitorCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Shows what a device logs.",
        discussion: """
            Examples:
              pwtransfer monitor --token-database firmware.elf      until Ctrl-C
              pwtransfer monitor --expect 'Boot OK' --timeout 10s   until it is up

            Prints each message on standard output, with the time. Sends nothing to the device, unless it is to be asked for \
            its log (--device-output=rpc) or restarted (--reset). With --expect it ends with \
            the message that is waited for (exit code 0), with --fail-on also with one that reports a failure (79).
            """)

    @OptionGroup(title: "Log Options") var expectations: ExpectationOptions

    @Option(
        help: ArgumentHelp(
            """
            How long to listen. With --expect, it is an error (75) if the message did not come by then. (default: no limit)
            """, valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp("Write the messages to this file as well, with date and time.", valueName: "file"),
        completion: .file())
    var log: String?

    @Option(
        help: ArgumentHelp(
            """
            If the device goes away, wait until it is back, under whatever name, and continue; each time for ever, or \
            at most this long.
            """, valueName: "=time"))
    var reconnect: WaitLimit?

    @OptionGroup(title: "Device Options") var resetOptions: ResetOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "Port Options") var trayOptions: TrayOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle {
        var style = OutputStyle(outputOptions, command: "monitor")
        style.progress = .none
        return style
    }

    func validate() throws {
        try TimeSpan.requirePositive(["--timeout": timeout])
        try resetOptions.reset?.validate(over: portOptions.ports, option: "--reset")
        try outputOptions.captureOptions.validate(against: logPaths)
    }

    func run(telling output: Output) throws(Failure) {
        let ownFiles = log.map { [("--log", $0)] } ?? []
        try portOptions.checkApart(from: ownFiles + outputOptions.captureOptions.files)
        let session = try TransferSession(telling: output, outputOptions, usesLog: true)
        let file: RecordFile?
        if trayOptions.isTray(portOptions) {
            let tray = try TrayRun(
                of: portOptions, trayOptions, rpcOptions, over: session, telling: output
            ) { _ in logPaths }
            file = try openLog()
            try tray.run { device, port, session throws(Failure) in
                try listen(to: port, named: device.name, file, session)
            }
        } else {
            try outputOptions.captureOptions.checkApart(from: logPaths, of: portOptions)
            file = try openLog()
            try listen(to: portOptions, named: nil, file, session)
        }
        if let failure = file?.failure { throw .file(failure, option: "--log") }
    }

    private var logPaths: [String] { [log].compactMap(\.self) }

    private func openLog() throws(Failure) -> RecordFile? {
        try log.map { log throws(Failure) in try Failure.ofFile(try RecordFile(log), of: "--log") }
    }

    private func listen(
        to port: PortOptions, named name: String?, _ file: RecordFile?, _ session: TransferSession
    ) throws(Failure) {
        let plan = LogPlan(
            destination: .output, source: outputOptions.logOptions.deviceOutput ?? .line,
            expectation: expectations.expectation, file: file,
            palette: outputStyle.palette, name: name)
        try session.connect(
            over: port, rpcOptions, deadline: nil, reconnect: reconnect, reset: resetOptions.reset, log: plan
        ) {
            connection throws(Failure) in try connection.listen(for: timeout?.duration)
        }
    }
}

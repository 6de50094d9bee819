internal import ArgumentParser

struct SimulateCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Stands in for a device, on a pseudo-terminal.",
        discussion: """
            Examples:
              touch flash.bin
              pwtransfer simulate --link ./board --resource 3=flash.bin:rw
              pwtransfer simulate --link ./board --resource 3=flash.bin --drop 5%

            Standard output has "port PORT", then a command to try for each resource, then "ready". The device runs \
            until it is interrupted, which is its normal end (exit code 0). Its defaults are those of Pigweed's stock \
            system on a line without limits: 256 KiB take about 1.5 seconds.
            """)

    @Option(
        help: ArgumentHelp(
            "Simulate all devices that this TOML file describes; see Documentation/scenarios.md.",
            valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var scenario: String?

    @Option(
        help: ArgumentHelp("Make this symbolic link to the pseudo-terminal.", valueName: "path"),
        completion: .file())
    var link: String?

    @Option(
        help: ArgumentHelp("Use this serial port instead of a pseudo-terminal.", valueName: "node"),
        completion: .livePorts)
    var device: String?

    @Option(
        help: ArgumentHelp(
            """
            Listen on a network address instead; port 0 takes a free one. Whoever reaches it can read and write all \
            resources: there is no access control.
            """, valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "How long a client on the network may be silent while another waits. (default: \(DefaultText.time(SimulatedBoard.idleTime)))",
            valueName: "time"))
    var idleTime: TimeSpan?

    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp(
            "A resource, its file, and whether it can be read or written. (default: r)",
            valueName: "id=file[:r|:w|:rw]"))
    var resources: [ResourceArgument] = []

    @Option(
        name: .customLong("file"),
        help: ArgumentHelp(
            """
            A file that the device lists, and what it is here. Gets the lowest free resource number. One that can be \
            written can be removed, here as well. (default: r)
            """,
            valueName: "/name=file[:r|:w|:rw]"))
    var files: [FileArgument] = []

    @OptionGroup(title: "Line Options") var line: SimulatedLineOptions
    @OptionGroup(title: "Firmware Options") var firmware: FirmwareOptions
    @OptionGroup(title: "Fault Options") var faultOptions: FaultOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions

    @Flag(name: .shortAndLong, help: "Do not report transfers.")
    var quiet = false

    @Flag(help: "Print JSON on standard output, one object a line.")
    var json = false

    var outputStyle: OutputStyle {
        var style = OutputStyle(command: "simulate", isJSON: json)
        style.isQuiet = quiet
        return style
    }

    func validate() throws {
        guard !faultOptions.listFaults else {
            guard !json else { throw ValidationError("--list-faults prints text, and no JSON") }
            return
        }
        guard Set(resources.map(\.id)).count == resources.count else {
            throw ValidationError("each --resource needs a number of its own")
        }
        try TimeSpan.requirePositive(["--idle-time": idleTime])
        guard !Configuration.judgesOnlyValues else { return }
        guard scenario == nil || !describesDevice else {
            throw ValidationError("with --scenario, devices are described in the file alone")
        }
        guard scenario != nil || !resources.isEmpty || !files.isEmpty else {
            throw ValidationError("at least one --resource ID=FILE or --file /NAME=FILE is needed")
        }
        guard [link, device, listen].compactMap(\.self).count < 2 else {
            throw ValidationError("--link, --device and --listen exclude each other")
        }
        for (option, isGiven) in [("strict-baud", line.strictBaud), ("touch1200", firmware.restartsAt1200)]
        where isGiven && (device != nil || listen != nil) {
            throw ValidationError(
                "--\(option) is about the pseudo-terminal, which --device and --listen replace")
        }
        guard idleTime == nil || listen != nil else {
            throw ValidationError("--idle-time is about the clients of --listen")
        }
    }

    /// Whether any option describes a device.
    private var describesDevice: Bool {
        [link, device, listen].contains { $0 != nil } || idleTime != nil || !resources.isEmpty
            || !files.isEmpty
            || line.isGiven || firmware.isGiven || !faultOptions.faults.isEmpty
            || rpcOptions.channel != nil || rpcOptions.address != nil
    }

    func run(telling output: Output) throws(Failure) {
        guard !faultOptions.listFaults else { return Console.printProse(FaultOptions.list) }
        let signals = try SignalWatch { output.abort(signal: $0) }
        if let scenario {
            return try Scenario(path: scenario).run(isQuiet: quiet, signals, telling: output)
        }
        let board = try SimulatedBoard(self, name: nil, isQuiet: quiet)
        defer { board.close() }
        signals.engage()
        board.announce(to: output)
        try board.run(stop: signals.stop, telling: output)
    }
}

internal import ArgumentParser
internal import PigweedRPC
internal import SerialPort
internal import TransferClient

struct DoctorCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Finds out why a port does not work, and what to do.",
        discussion: """
            Examples:
              pwtransfer doctor                               the only USB serial port
              pwtransfer doctor --port /dev/ttyACM0 --talk    asks the device as well

            Looks at the port, at who may use it and who does, and listens to it for a moment. Nothing is sent to the \
            device without --talk. The exit code is 0 if nothing is wrong, otherwise the one that a transfer would end \
            with.
            """)

    @Argument(
        help: ArgumentHelp("The same as --port.", valueName: "port"), completion: .livePorts,
        transform: { try PortSelector(parsing: $0) })
    var argument: PortSelector?

    @Option(
        name: .customLong("port"),
        help: ArgumentHelp(
            "The port, as for read and write. (default: the only USB serial port)", valueName: "port"),
        completion: .livePorts,
        transform: { try PortSelector(typed: $0) })
    var ports: [PortSelector] = []

    private var port: PortSelector? { argument ?? ports.first }

    @Flag(
        help: """
            Ask the device, without opening a transfer: whether its RPC server answers and has the transfer service; \
            without an answer, on other channels and addresses as well.
            """)
    var talk = false

    private static let listenTime = Duration.seconds(1)

    @Option(
        help: ArgumentHelp(
            "How long to listen to the port. (default: \(DefaultText.time(listenTime)))", valueName: "time"))
    var listen: TimeSpan?

    @Flag(help: "Print a JSON object for each check.")
    var json = false

    @Option(help: "Whether to use colors; auto heeds NO_COLOR. (default: auto)")
    var color: OutputOptions.ColorChoice?

    @OptionGroup(title: "Line Options") var lineOptions: LineOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var configurationOptions: ConfigurationOptions

    func validate() throws {
        guard (listen?.duration ?? .zero) <= .seconds(3600) else {
            throw ValidationError("--listen must be at most 1h")
        }
        // A configured port yields here to the one on the command line.
        guard argument == nil || ports.isEmpty else {
            throw ValidationError("this command takes one device, not \(ports.count + 1)")
        }
    }

    var outputStyle: OutputStyle { OutputStyle(command: "doctor", isJSON: json) }

    func run(telling output: Output) throws(Failure) {
        // A signal ends the program at once, after the port has got its old settings back.
        _ = try SignalWatch { output.abort(signal: $0) }
        guard ports.count < 2 else { throw .usage(.severalDevices(ports.count)) }
        // A port that was named takes part even if it is not there.
        var device = port.map { output.forDevice(.only($0, describedAt: json ? "\($0)" : nil)) }
        do throws(Failure) {
            let diagnoses = try Failure.ofPort(try diagnose())
            if device == nil, diagnoses.count == 1 {
                let node = diagnoses[0].port
                let found = TrayDevice.only(PortSelector(.node(node)), describedAt: json ? node : nil)
                device = found.isAbsent ? nil : output.forDevice(found)
            }
            for diagnosis in diagnoses {
                for check in diagnosis.checks {
                    output.emit(
                        JSONEvent(
                            "check",
                            [
                                "port": diagnosis.port, "check": check.name.rawValue,
                                "finding": check.finding.rawValue, "message": check.message,
                                "cause": check.cause, "advice": check.advice,
                            ]))
                }
            }
            if !json { Self.print(diagnoses, Palette(color ?? .auto, isTerminal: Console.isOutputTerminal)) }
            if diagnoses.count == 1, diagnoses[0].obstacle != nil { throw .unhealthy(diagnoses[0]) }
            if diagnoses.count > 1 { throw .severalPorts(count: diagnoses.count, port) }
        } catch {
            device?.conclude(Problem(error))
            throw error
        }
        device?.conclude(nil)
    }

    private static func print(_ diagnoses: [Diagnosis], _ palette: Palette) {
        for (index, diagnosis) in diagnoses.enumerated() {
            if index > 0 { Console.print("") }
            DiagnosisText.lines(diagnosis, palette).forEach(Console.printProse)
        }
    }

    private func diagnose() throws(SerialPortError) -> [Diagnosis] {
        var settings = lineOptions.settings
        settings.keepsInput = true
        let client = rpcOptions.clientConfiguration
        let listening = LineExamination(
            listenTime: listen?.duration ?? Self.listenTime, mayTalk: talk,
            expected: Conversation.Target(address: client.address, channel: client.channel))
        let examination = PortExamination(settings: settings, listening: listening)
        if case .network(let endpoint) = port?.kind { return [examination.diagnosis(of: endpoint)] }
        let ports = try SerialPorts.all()
        if case .node(let path) = port?.kind {
            return [try examination.diagnosis(ofNode: path, among: ports)]
        }
        let matches = ports.filter { port?.matches($0) ?? $0.isChosenUnnamed }
        if matches.count == 1 {
            return [try examination.diagnosis(ofNode: matches[0].path, among: ports)]
        }
        guard !matches.isEmpty else {
            let name = port.map { DeviceText.visible($0.description) } ?? "USB serial port"
            let check = Check.missing(
                port == nil ? "there is none" : "no port is that", ports: ports,
                adapters: try AdapterWithoutPort.all(), brltty: PortHolder.programs(named: "brltty").first,
                seesDevices: SerialPorts.areVisible,
                notHandedIn: PortText.notHandedIn(
                    try SerialPorts.withoutNode().filter { port?.matches($0) ?? $0.isChosenUnnamed }))
            return [Diagnosis(port: name, checks: [check])]
        }
        // Nobody knows which port the user means, so the ports are examined without opening them.
        var diagnoses: [Diagnosis] = []
        for port in matches {
            var facts = try examination.facts(ofNode: port.path, among: ports)
            facts.choice = PortText.choice(port, among: ports)
            facts.opening = .notTried(because: "several ports match, and none is opened")
            diagnoses.append(PortExamination.diagnosis(facts, nil))
        }
        return diagnoses
    }
}

internal import ArgumentParser
internal import Glibc
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice

struct SimulateCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Stands in for a device, on a pseudo-terminal.",
        discussion: """
            Standard output tells "port PORT", then a command to try for each resource, then "ready". The device runs \
            until it is interrupted, which is its normal end (exit code 0). Its defaults are those of Pigweed's stock \
            system on a line without limits: 256 KiB take about 1.5 seconds.
            """)

    @Option(help: ArgumentHelp("Make this symbolic link to the pseudo-terminal.", valueName: "path"))
    var link: String?

    @Option(help: ArgumentHelp("Use this serial port instead of a pseudo-terminal.", valueName: "node"))
    var device: String?

    @Option(
        help: ArgumentHelp(
            "Listen on a network address instead; port 0 takes a free one.", valueName: "host:port"))
    var listen: String?

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

    @Flag(name: .shortAndLong, help: "Do not tell about transfers.")
    var quiet = false

    @Flag(help: "Tell everything as JSON on standard output, one object a line.")
    var json = false

    var outputStyle: OutputStyle {
        var style = OutputStyle(command: "simulate")
        style.isJSON = json
        style.isQuiet = quiet
        return style
    }

    func validate() throws {
        guard !resources.isEmpty || !files.isEmpty else {
            throw ValidationError("at least one --resource ID=FILE or --file /NAME=FILE is needed")
        }
        guard Set(resources.map(\.id)).count == resources.count else {
            throw ValidationError("each --resource needs a number of its own")
        }
        guard [link, device, listen].compactMap(\.self).count < 2 else {
            throw ValidationError("--link, --device and --listen exclude each other")
        }
    }

    /// All resources, those of files with the lowest free numbers. The legacy protocol has no resource 0.
    private var allResources: [ResourceArgument] {
        var used = Set(resources.map(\.id))
        var id: UInt32 = firmware.legacy ? 1 : 0
        return resources
            + files.map { file in
                while used.contains(id) { id += 1 }
                used.insert(id)
                return ResourceArgument(id: id, file)
            }
    }

    func run(telling output: Output) throws(Problem) {
        let resources = allResources
        let signals = try SignalWatch { output.abort(signal: $0) }
        let endpoint: DeviceEndpoint
        do throws(SerialPortError) { endpoint = try openEndpoint() } catch { throw Problem(error) }
        defer { endpoint.close() }
        signals.engage()
        if json {
            output.emit(SimulationEvents.Ready(endpoint, resources))
        } else {
            announce(endpoint, resources)
        }
        let faults = FaultSet(faultOptions.faults, seed: line.chosenSeed)
        var configuration = firmware.configuration(rpcOptions)
        for fault in faults.device { configuration.apply(fault) }
        configuration.supportsFiles = !files.isEmpty || configuration.listingFault != nil
        let deviceFiles = resources.compactMap { resource in
            resource.name.map {
                DeviceFile(path: $0, resource: resource.id, isDeletable: resource.isWritable)
            }
        }
        let links = line.links(faults)
        let isQuiet = quiet
        var runner = DeviceRunner(
            SimulatedDevice(
                configuration: configuration, resources: deviceResources(resources), files: deviceFiles),
            at: endpoint, toDevice: links.toDevice, toClient: links.toClient, stop: signals.stop
        ) { event in
            if output.isJSON {
                SimulationEvents.emit(event, port: endpoint.name, to: output)
            } else {
                if !isQuiet, let line = Self.describe(event) { Console.note(line) }
                if event == .hungUp { Console.print("port \(endpoint.name)") }
            }
        }
        do throws(SerialPortError) { try runner.run() } catch { throw Problem(error) }
    }

    private func openEndpoint() throws(SerialPortError) -> DeviceEndpoint {
        if let listen { return try DeviceEndpoint(listeningOn: TCPAddress(parsing: listen)) }
        guard let device else { return try DeviceEndpoint(pseudoTerminalLink: link) }
        var settings = SerialSettings()
        if let baud = line.baud { settings.baudRate = UInt32(clamping: baud.value) }
        return try DeviceEndpoint(device: device, settings: settings)
    }

    /// Resources of the same file share it, so that one can be written while the other is not.
    private func deviceResources(_ resources: [ResourceArgument]) -> [DeviceResource] {
        var storages: [String: FileResource] = [:]
        return resources.map { resource in
            let storage =
                storages[resource.path]
                ?? FileResource(
                    path: resource.path, tellsStatus: firmware.resourceStatus,
                    keepsInterrupted: firmware.keepInterrupted)
            storages[resource.path] = storage
            return DeviceResource(
                id: resource.id, isReadable: resource.isReadable, isWritable: resource.isWritable,
                storage: storage)
        }
    }

    private func announce(_ endpoint: DeviceEndpoint, _ resources: [ResourceArgument]) {
        Console.print("port \(endpoint.name)")
        var options = "--port \(endpoint.name)"
        if let channel = rpcOptions.channel { options += " --channel \(channel.value)" }
        if let address = rpcOptions.address { options += " --address \(address.value)" }
        for resource in resources {
            let name = DeviceText.visible(resource.name ?? "\(resource.id)")
            if resource.isWritable { Console.print("\(Program.name) write \(name) FILE \(options)") }
            if resource.isReadable { Console.print("\(Program.name) read \(name) -o FILE \(options)") }
            if !resource.isWritable, access(resource.path, R_OK) != 0 {
                Console.note("note: \(resource.path), resource \(name), cannot be read yet")
            }
        }
        Console.print("ready")
    }

    private static func describe(_ event: DeviceEvent) -> String? {
        switch event {
        case .streamOpened, .streamClosed, .started: nil
        case .refused(let transfer, let status):
            "\(transfer.direction) of resource \(transfer.resourceID): refused with \(status)"
        case .ended(let transfer, let status, let offset):
            "\(transfer.direction) of resource \(transfer.resourceID): \(status), "
                + "bytes \(transfer.initialOffset) to \(offset), "
                + (transfer.version == .legacy ? "legacy protocol" : "version 2")
        case .crashed(let reason): "the firmware crashed (\(reason)) and starts again"
        case .rebooted: "the device starts again"
        case .hungUp: "the device starts again, and its port is a new one"
        }
    }
}

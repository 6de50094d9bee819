internal import CLibrary
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import TransferClient

/// A simulated device at its port, as the options of `simulate` describe it.
struct SimulatedBoard {
    static let idleTime = Duration.seconds(30)

    private let options: SimulateCommand
    /// The name of the device in a scenario; `nil` outside of a scenario.
    let name: String?
    private let isQuiet: Bool
    private let endpoint: DeviceEndpoint
    private let resources: [ResourceArgument]

    /// Opens the port.
    ///
    /// - Parameter isQuiet: whether transfers are not reported.
    init(_ options: SimulateCommand, name: String?, isQuiet: Bool) throws(Failure) {
        self.options = options
        self.name = name
        self.isQuiet = isQuiet
        resources = Self.resources(options)
        endpoint = try Failure.ofPort(try Self.openEndpoint(options))
    }

    /// The name of the port in messages.
    private var portName: String { DeviceText.visible(endpoint.name) }

    func close() { endpoint.close() }

    /// Reports how to connect to the device.
    func announce(to output: Output) {
        if output.isJSON {
            output.emit(.deviceReady(at: endpoint.name, resources, device: name))
        } else if let name {
            Console.print("device \(name) port \(portName)")
        } else {
            Console.print("port \(portName)")
            printCommands()
            Console.print("ready")
        }
    }

    /// Runs until the stop is requested.
    func run(stop: StopRequest, telling output: Output) throws(Failure) {
        let faults = FaultSet(options.faultOptions.faults, seed: options.line.chosenSeed)
        var configuration = options.firmware.configuration(options.rpcOptions)
        for fault in faults.device { configuration.apply(fault) }
        configuration.supportsFiles = !options.files.isEmpty || configuration.listingFault != nil
        let files = resources.compactMap { resource in
            resource.name.map {
                DeviceFile(path: $0, resource: resource.id, isDeletable: resource.isWritable)
            }
        }
        var limit = EventLimit()
        var runner = DeviceRunner(
            SimulatedDevice(configuration: configuration, resources: deviceResources, files: files),
            at: endpoint, options, faults, stop: stop
        ) { tell($0, &limit, to: output) }
        defer { tellLeftOut(limit.leftOut, to: output) }
        try Failure.ofPort(try runner.run())
    }

    private func tell(_ event: DeviceEvent, _ limit: inout EventLimit, to output: Output) {
        guard let leftOut = limit.admit(at: MonotonicClock.now) else { return }
        tellLeftOut(leftOut, to: output)
        let prefix = name.map { "\($0): " } ?? ""
        guard !output.isJSON else {
            if let event = JSONEvent(event, port: endpoint.name, device: name) { output.emit(event, .note) }
            return
        }
        if !isQuiet, let line = Self.describe(event) { Console.note(prefix + line) }
        if event == .hungUp {
            Console.print((name.map { "device \($0) " } ?? "") + "port \(portName)", .note)
        }
    }

    private func tellLeftOut(_ count: Int, to output: Output) {
        guard count > 0 else { return }
        let text = (name.map { "\($0): " } ?? "") + "\(count) lines are left out here: there were too many"
        if output.isJSON { output.note(.linesLeftOut, text) } else if !isQuiet { Console.note(text) }
    }

    /// All resources. Resources of files get the lowest free numbers. The legacy protocol has no resource 0.
    private static func resources(_ options: SimulateCommand) -> [ResourceArgument] {
        var used = Set(options.resources.map(\.id))
        var id: UInt32 = options.firmware.legacy ? 1 : 0
        return options.resources
            + options.files.map { file in
                while used.contains(id) { id += 1 }
                used.insert(id)
                return ResourceArgument(id: id, file)
            }
    }

    private static func openEndpoint(_ options: SimulateCommand) throws(SerialPortError) -> DeviceEndpoint {
        if let listen = options.listen { return try DeviceEndpoint(listeningOn: TCPAddress(parsing: listen)) }
        guard let device = options.device else {
            let link = options.link
            return try DeviceEndpoint { () throws(SerialPortError) in try PseudoTerminal(linkPath: link) }
        }
        var settings = SerialSettings()
        if let baud = options.line.baud { settings.baudRate = UInt32(clamping: baud.value) }
        return try DeviceEndpoint { [settings] () throws(SerialPortError) in
            try SerialPort(opening: device, settings: settings)
        }
    }

    /// Resources of the same file share one storage, so that only one of them can be written at a time.
    private var deviceResources: [DeviceResource] {
        var storages: [String: FileResource] = [:]
        return resources.map { resource in
            let storage =
                storages[resource.path]
                ?? FileResource(
                    path: resource.path, tellsStatus: options.firmware.resourceStatus,
                    keepsInterrupted: options.firmware.keepInterrupted)
            storages[resource.path] = storage
            return DeviceResource(
                id: resource.id, isReadable: resource.isReadable, isWritable: resource.isWritable,
                storage: storage)
        }
    }

    private func printCommands() {
        var arguments = "--port \(DeviceText.visible(ShellWord.quoted(endpoint.name)))"
        if let channel = options.rpcOptions.channel { arguments += " --channel \(channel.value)" }
        if let address = options.rpcOptions.address { arguments += " --address \(address.value)" }
        for resource in resources {
            let name = DeviceText.visible(ShellWord.quoted(resource.name ?? "\(resource.id)"))
            if resource.isWritable { Console.print("\(Program.name) write \(name) FILE \(arguments)") }
            if resource.isReadable { Console.print("\(Program.name) read \(name) -o FILE \(arguments)") }
            if !resource.isWritable, access(resource.path, R_OK) != 0 {
                Console.note(
                    "note: \(DeviceText.visible(resource.path)), resource \(name), cannot be read yet")
            }
        }
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
        case .unplugged: "the device is unplugged"
        case .fellSilent: "the device answers nothing any more"
        }
    }
}

/// Keeps a client from filling a disk with reports of the simulated device.
struct EventLimit {
    /// How many events may be reported at once, after a quiet time.
    private static let burst = 1000
    /// The time after which one more event may be reported.
    private static let pause = Duration.milliseconds(20)

    private var room = burst
    /// The time up to which `room` has grown.
    private var countedUntil = Instant.zero
    /// The number of events that were left out since the last reported one.
    private(set) var leftOut = 0

    /// How many events were left out before an event; `nil` if this event is left out, too.
    mutating func admit(at now: Instant) -> Int? {
        let gained = max(0, (now - countedUntil) / Self.pause)
        if gained >= Double(Self.burst - room) {
            room = Self.burst
            countedUntil = now
        } else {
            room += Int(gained)
            countedUntil = countedUntil + Self.pause * Int(gained)
        }
        guard room > 0 else {
            leftOut += 1
            return nil
        }
        room -= 1
        defer { leftOut = 0 }
        return leftOut
    }
}

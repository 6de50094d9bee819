internal import ArgumentParser
internal import PigweedRPC
internal import SimulatedDevice

/// The options for the line of a simulated device.
struct SimulatedLineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bits per second of the line. (default: no limit)", valueName: "n"))
    var baud: Number<Int>?

    @Flag(
        help: """
            Make garbage of all bytes while the client has set another rate than --baud on the pseudo-terminal, as two UARTs \
            do.
            """)
    var strictBaud = false

    @Option(
        help: ArgumentHelp("How long each byte takes, in each direction. (default: 0)", valueName: "time")
    )
    var latency: TimeSpan?

    @Option(
        help: ArgumentHelp(
            """
            How much can wait for the line in each direction, as in a driver or an adapter; a full queue holds the sender \
            back. Needs --baud. (default: one chunk of the device, and all that the client sends)
            """, valueName: "size"))
    var queue: ByteCount?

    @Flag(help: "Lose what does not fit into the queue, as a chip without flow control does.")
    var queueLoss = false

    @Option(help: ArgumentHelp("How likely a frame is lost: 0.02 or 2%. (default: 0)", valueName: "p"))
    var drop: Probability?

    @Option(help: ArgumentHelp("How likely a frame arrives with a wrong bit. (default: 0)", valueName: "p"))
    var corrupt: Probability?

    @Option(
        help: ArgumentHelp(
            "Which faults are drawn; the same number, the same faults. (default: 1)", valueName: "n"))
    var seed: Number<UInt64>?

    func validate() throws {
        if let baud, baud.value < 1 { throw ValidationError("--baud must be 1 or more") }
        guard !Configuration.judgesOnlyValues else { return }
        guard !strictBaud || baud.map({ UInt32(exactly: $0.value) != nil }) == true else {
            throw ValidationError("--strict-baud needs --baud: the rate that a client must have")
        }
        guard queue == nil || baud != nil else {
            throw ValidationError("--queue needs --baud: on a line without limit nothing waits")
        }
        guard !queueLoss || queue != nil else {
            throw ValidationError("--queue-loss needs --queue: without a queue nothing overflows")
        }
    }

    /// Whether any of these options is given.
    var isGiven: Bool {
        baud != nil || strictBaud || latency != nil || queue != nil || queueLoss || drop != nil
            || corrupt != nil
            || seed != nil
    }

    /// The rate that clients must set, since bytes at any other rate become garbage; `nil` if any rate will do.
    var strictRate: UInt32? { strictBaud ? baud.map { UInt32(clamping: $0.value) } : nil }

    /// The seed of everything random.
    var chosenSeed: UInt64 { seed?.value ?? 1 }

    /// The lines to the device and to the client.
    func links(_ faults: FaultSet) -> (toDevice: SimulatedLink, toClient: SimulatedLink) {
        (link(seed: chosenSeed, faults.toDevice), link(seed: ~chosenSeed, faults.toClient))
    }

    private func link(seed: UInt64, _ filters: [any FaultFilter]) -> SimulatedLink {
        let faults = LinkFaults(drop: drop?.value ?? 0, corrupt: corrupt?.value ?? 0, seed: seed)
        let queue = queue.map { LineQueue(size: Int(clamping: $0.value), losesOverflow: queueLoss) }
        return SimulatedLink(
            baud: baud?.value, latency: latency?.duration ?? .zero, queue: queue, faults: faults,
            filters: FaultPipeline(filters))
    }
}

/// The options for the firmware of a simulated device.
struct FirmwareOptions: ParsableArguments {
    @Flag(help: "Know only the legacy protocol.")
    var legacy = false

    @Option(
        help: ArgumentHelp(
            "Maximum number of transfers at a time. (default: \(DeviceConfiguration().contexts))",
            valueName: "n"))
    var contexts: Number<Int>?

    @Option(
        help: ArgumentHelp(
            "The buffer for a received chunk. (default: \(DeviceConfiguration().chunkBuffer))",
            valueName: "size"))
    var chunkBuffer: ByteCount?

    @Option(
        help: ArgumentHelp(
            "The window of a write. (default: \(DefaultText.size(DeviceConfiguration().window)))",
            valueName: "size"))
    var window: ByteCount?

    @Option(
        help: ArgumentHelp(
            "The pause between data chunks. (default: \(DefaultText.time(DeviceConfiguration().minDelay)))",
            valueName: "time"))
    var minDelay: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "How long it prepares a transfer, as if it erased flash. (default: 0)", valueName: "time"))
    var prepareDelay: TimeSpan?

    @Flag(help: "Refuse transfers that begin at an offset.")
    var noOffset = false

    @Flag(help: "Have resources that are read in one go: a read cannot go back in mid-transfer.")
    var noSeek = false

    @Flag(help: "Answer GetResourceStatus with the size and the CRC-32 of each resource.")
    var resourceStatus = false

    @Flag(help: "Keep what an interrupted write has brought, so that it can continue.")
    var keepInterrupted = false

    @Flag(help: "Do not announce the size in a read.")
    var unknownSize = false

    @Flag(help: "Have no pw.system.proto.DeviceService, by which a client can restart the device.")
    var noReboot = false

    @Flag(help: "Take the port away when a client restarts the device, as a restart does on USB.")
    var rebootHangsUp = false

    @Flag(
        name: .customLong("touch1200"),
        help: "Restart when a client sets 1200 baud on the pseudo-terminal, and take the port away.")
    var restartsAt1200 = false

    func validate() throws {
        if let contexts, contexts.value < 1 { throw ValidationError("--contexts must be 1 or more") }
        if let chunkBuffer, !(64...65536).contains(chunkBuffer.value) {
            throw ValidationError("--chunk-buffer must be 64 to 65536")
        }
        try ByteCount.require32Bits(["--window": window])
    }

    /// Whether any of these options is given.
    var isGiven: Bool {
        legacy || noOffset || noSeek || resourceStatus || keepInterrupted || unknownSize || contexts != nil
            || noReboot || rebootHangsUp || restartsAt1200 || chunkBuffer != nil || window != nil
            || minDelay != nil || prepareDelay != nil
    }

    func configuration(_ rpc: RPCOptions) -> DeviceConfiguration {
        var configuration =
            chunkBuffer.map { DeviceConfiguration(chunkBuffer: Int($0.value)) } ?? DeviceConfiguration()
        configuration.channel = rpc.clientConfiguration.channel
        configuration.address = rpc.clientConfiguration.address
        configuration.legacyOnly = legacy
        if let contexts { configuration.contexts = contexts.value }
        if let window { configuration.window = UInt32(clamping: window.value) }
        if let minDelay { configuration.minDelay = minDelay.duration }
        if let prepareDelay { configuration.prepareDelay = prepareDelay.duration }
        configuration.supportsOffset = !noOffset
        configuration.canSeek = !noSeek
        configuration.announcesSize = !unknownSize
        configuration.supportsReboot = !noReboot
        configuration.hangsUpOnReboot = rebootHangsUp
        return configuration
    }
}

/// The options for what goes wrong on the line and in the device.
struct FaultOptions: ParsableArguments {
    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp(
            "Something that goes wrong, such as to-client:data-dropper=2%; filters act in the order of these options.",
            valueName: "target:name=value"),
        completion: .words { beginnings },
        transform: { text in try Fault(parsing: text) })
    var faults: [Fault] = []

    @Flag(help: "Print everything that --fault takes, and exit.")
    var listFaults = false

    /// The form of each fault on a line, and on the next line what the fault does.
    static var list: String {
        Fault.forms.map { "\($0.form)\n    \($0.summary)" }.joined(separator: "\n")
    }

    /// Target and name of each fault, for completion.
    private static var beginnings: [CompletionWord] {
        Fault.forms.flatMap { form, summary in
            let parts = form.split(separator: ":", maxSplits: 1)
            let name = parts.last?.prefix { $0.isLetter || $0 == "-" } ?? ""
            return parts.first?.split(separator: "|").map { CompletionWord("\($0):\(name)", summary) } ?? []
        }
    }
}

internal import ArgumentParser
internal import PigweedTransfer
internal import TransferClient
internal import WireCapture

struct StatusCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows offsets and checksums of a resource.",
        discussion: """
            Examples:
              pwtransfer status 3

            Asks by GetResourceStatus, which many devices do not implement. The firmware decides what the figures mean \
            in detail, and which checksum it is.
            """)

    @Argument(
        help: ArgumentHelp(
            "The resource: its number, its name in the configuration, or a /path of the device.",
            valueName: "resource"))
    var resource: ResourceName

    @OptionGroup(title: "Call Options") var callOptions: CallOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var outputOptions: OutputOptions

    /// How often the device is asked.
    private static let attempts = 2

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "status") }

    func run(telling output: Output) throws(Failure) {
        let target = try resource.target()
        let session = try TransferSession(telling: output, outputOptions)
        try session.connect(over: portOptions, rpcOptions, deadline: callOptions.deadline) {
            connection throws(Failure) in
            let patience = callOptions.patience(attempts: Self.attempts)
            let resource = try connection.resource(target, patience: patience)
            let response = try connection.resourceStatus(of: resource.number, patience: patience)
            if output.isJSON {
                // Checksums are texts, because many readers of JSON round integers of 64 bits.
                connection.output.emit(
                    JSONEvent(
                        "resource_status",
                        [
                            "resource": response.resource,
                            "readable_offset": response.readableOffset,
                            "read_checksum": Quantity.checksum(response.readChecksum),
                            "writeable_offset": response.writeableOffset,
                            "write_checksum": Quantity.checksum(response.writeChecksum),
                        ]))
            } else {
                Self.show(response)
            }
        }
    }

    private static func show(_ response: ResourceStatusResponse) {
        let rows = [
            ("resource", Configuration.current.label(ofResource: response.resource)),
            ("readable bytes", "\(response.readableOffset)"),
            ("read checksum", Quantity.checksum(response.readChecksum) ?? "none"),
            ("next write offset", "\(response.writeableOffset)"),
            ("write checksum", Quantity.checksum(response.writeChecksum) ?? "none"),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            Console.print("\(name):\(String(repeating: " ", count: width - name.count + 1))\(value)")
        }
    }
}

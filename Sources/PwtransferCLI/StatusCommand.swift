internal import ArgumentParser
internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

struct StatusCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows offsets and checksums of a resource.",
        discussion: """
            Asks by GetResourceStatus, which many devices do not implement. What the figures mean in detail, and which \
            checksum it is, is decided by the firmware.
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

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "status", isDataOnOutput: false) }

    func run(telling output: Output) throws(Problem) {
        let target = try resource.target()
        let session = try TransferSession(telling: output, outputOptions)
        try session.connect(over: portOptions, rpcOptions, deadline: callOptions.deadline) {
            connection throws(Problem) in
            let patience = callOptions.patience(attempts: Self.attempts)
            let number = try connection.number(of: target, patience: patience)
            let response = try Self.ask(connection, number, patience)
            if output.isJSON {
                output.emit(StatusEvent(response, port: connection.port))
            } else {
                Self.show(response)
            }
        }
    }

    private static func ask(
        _ connection: DeviceConnection, _ number: UInt32, _ patience: CallPatience
    ) throws(Problem) -> ResourceStatusResponse {
        let failure = "the status of resource \(Configuration.current.label(ofResource: number)) is not known"
        let reply: CallReply
        do throws(CallError) {
            reply = try connection.call(
                TransferService.getResourceStatus, request: ResourceStatusResponse.request(for: number),
                patience: patience)
        } catch {
            throw Problem(
                error,
                CallSubject(
                    failure: failure, service: "GetResourceStatus",
                    silence: "many devices do not implement GetResourceStatus"))
        }
        let response = ResourceStatusResponse(decoding: reply.payload.span)
        let status = reply.status == .ok ? response?.status ?? .ok : reply.status
        guard status == .ok else { throw problem(status, failure) }
        guard let response, response.resource == number else {
            throw Problem(
                status: .deviceRefused, message: "\(failure): the answer makes no sense",
                cause: "a fault of the firmware, or two programs that use the port at the same time",
                hint: "try again with no other program on the port", code: "protocol_violation")
        }
        return response
    }

    private static func problem(_ status: Status, _ failure: String) -> Problem {
        let (meaning, advice) =
            switch status {
            case .unimplemented:
                (
                    "the resource's handler does not implement it, as is usual",
                    "transfer the resource to see what is in it"
                )
            case .notFound:
                (
                    "the firmware has no resource of this number",
                    "check the resource's number, and that the firmware registers its handler before this"
                )
            case .unavailable: ("the device is busy with a transfer or another request", "try again later")
            default: ("the device's handler failed", "see the firmware's log: --device-output")
            }
        return Problem(
            status: status == .unavailable ? .temporary : .deviceRefused,
            message: "\(failure): the device answered with \(status)", cause: meaning, hint: advice,
            code: "device_status", deviceStatus: status)
    }

    private static func show(_ response: ResourceStatusResponse) {
        let rows = [
            ("resource", Configuration.current.label(ofResource: response.resource)),
            ("readable up to", "\(response.readableOffset)"),
            ("read checksum", checksum(response.readChecksum) ?? "none"),
            ("writeable from", "\(response.writeableOffset)"),
            ("write checksum", checksum(response.writeChecksum) ?? "none"),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            Console.print("\(name):\(String(repeating: " ", count: width - name.count + 1))\(value)")
        }
    }

    /// At least as wide as the checksums of 32 bits that most firmware uses.
    static func checksum(_ value: UInt64?) -> String? {
        guard let value else { return nil }
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

/// The line of `status --json`.
struct StatusEvent: JSONEvent {
    let type = "resource_status"
    let port: String
    let resource: UInt32
    let readableOffset: UInt64
    /// Text, since readers of JSON lose digits of numbers of 64 bits.
    let readChecksum: String?
    let writeableOffset: UInt64
    let writeChecksum: String?

    init(_ response: ResourceStatusResponse, port: String) {
        self.port = port
        resource = response.resource
        readableOffset = response.readableOffset
        readChecksum = StatusCommand.checksum(response.readChecksum)
        writeableOffset = response.writeableOffset
        writeChecksum = StatusCommand.checksum(response.writeChecksum)
    }
}

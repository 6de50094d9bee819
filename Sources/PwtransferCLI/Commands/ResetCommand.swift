internal import ArgumentParser
internal import PigweedTransfer
internal import TransferClient

struct ResetCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Restarts a device.",
        discussion: """
            Examples:
              pwtransfer reset                         by RPC
              pwtransfer reset --method rts            by its RTS line, as esptool does
              pwtransfer reset --method touch1200      into the bootloader, on many boards

            Which method works is up to the board: see Documentation/ports.md. If the port goes away in the restart, the \
            command waits until it is back, under whatever name.
            """)

    @Option(
        help: ArgumentHelp(
            "How: \(ResetMethod.explanation). (default: \(ResetMethod.rpc.rawValue))", valueName: "method"))
    var method: ResetMethod?

    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "reset") }

    private var chosenMethod: ResetMethod { method ?? .rpc }

    func validate() throws {
        try chosenMethod.validate(over: portOptions.ports, option: "--method")
    }

    func run(telling output: Output) throws(Failure) {
        let session = try TransferSession(telling: output, outputOptions)
        try session.connect(over: portOptions, rpcOptions, deadline: nil, reset: chosenMethod) { _ in }
    }
}

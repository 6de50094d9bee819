internal import ArgumentParser
internal import Glibc
internal import PigweedTransfer
internal import TransferClient

struct WriteCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Copies a file to a resource of the device.")

    @Argument(
        help: ArgumentHelp(
            "The resource: its number, decimal or 0x, its name in the configuration, or a /path of the device.",
            valueName: "resource"))
    var resource: ResourceName

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"))
    var file: String

    @Flag(help: "Begin again if the device restarts or another client takes over in the middle.")
    var restart = false

    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle {
        OutputStyle(outputOptions, command: "write", isDataOnOutput: false)
    }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
    }

    func run(telling output: Output) throws(Problem) {
        let target = try resource.target()
        let session = try TransferSession(telling: output, outputOptions)
        let source = try openSource()
        try session.connect(
            over: portOptions, rpcOptions, deadline: transferOptions.deadline,
            reconnect: transferOptions.reconnect
        ) { connection throws(Problem) in
            let number = try connection.number(of: target, patience: transferOptions.lookupPatience)
            var request = TransferRequest.write(number, size: source.size)
            transferOptions.apply(to: &request)
            request.lineRate = portOptions.lineRate
            request.restartsWrite = restart
            do throws(TransferError) {
                try connection.transfer { (loop, options) throws(TransferError) in
                    try loop.write(request, from: source, options: options)
                }
            } catch {
                throw Problem(error)
            }
        }
        if let size = source.size, let currentSize = source.currentSize, currentSize > size {
            output.tell(
                .note(
                    .inputHasGrown,
                    """
                    note: \(source.name) has grown to \(currentSize) bytes meanwhile; the device has the first \
                    \(size), which were there at the start
                    """))
        }
    }

    private func openSource() throws(Problem) -> any ByteSource {
        do throws(FileError) {
            return file == "-"
                ? try DataFile.source(descriptor: STDIN_FILENO, name: "standard input")
                : try DataFile.source(at: file)
        } catch {
            throw Problem(error)
        }
    }
}

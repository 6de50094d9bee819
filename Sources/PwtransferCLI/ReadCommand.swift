internal import ArgumentParser
internal import Glibc
internal import PigweedTransfer
internal import TransferClient

struct ReadCommand: TellingCommand {
    static let name = "read"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Copies a resource of the device to a file.")

    @Argument(
        help: ArgumentHelp(
            "The resource: its number, decimal or 0x, or its name in the configuration.",
            valueName: "resource"))
    var resource: ResourceName

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file; - is standard output, which is also the default if it is a pipe or a file.",
            valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    /// Paths that are standard output.
    private static let outputPaths = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]

    var outputStyle: OutputStyle {
        OutputStyle(
            outputOptions, command: Self.name,
            isDataOnOutput: output.map { Self.outputPaths.contains($0) } ?? true)
    }

    func validate() throws {
        guard output?.isEmpty != true else { throw ValidationError("--output is empty") }
        guard output != nil || !Console.isOutputTerminal else {
            throw ValidationError(
                "standard output is a terminal; name a file with -o FILE, or -o - for the terminal")
        }
    }

    func run(telling console: Output) throws(Problem) {
        let number = try resource.number()
        let session = try TransferSession(telling: console, outputOptions)
        let sink = try openSink(stop: session.stop)
        var request = TransferRequest.read(number)
        transferOptions.apply(to: &request)
        request.lineRate = portOptions.lineRate
        try session.run(over: portOptions, rpcOptions, deadline: transferOptions.deadline) {
            (loop, options) throws(TransferError) in
            try loop.read(request, into: sink, options: options)
        }
    }

    private func openSink(stop: StopRequest) throws(Problem) -> any ByteSink {
        guard let output, output != "-" else {
            return StreamSink(descriptor: STDOUT_FILENO, name: "standard output", stop: stop)
        }
        do throws(FileError) { return try DataFile.sink(at: output, stop: stop) } catch {
            throw Problem(error)
        }
    }
}

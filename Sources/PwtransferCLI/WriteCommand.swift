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

    @OptionGroup(title: "Proof Options") var proof: ProofOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle {
        OutputStyle(outputOptions, command: "write", isDataOnOutput: false)
    }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
        if case .checksum = proof.means, transferOptions.offset?.value ?? 0 > 0 {
            throw ValidationError("--verify checksum needs the whole resource, without --offset")
        }
        if proof.resume, transferOptions.offset?.value ?? 0 > 0 {
            throw ValidationError("--resume finds out where to begin, so --offset has no use")
        }
    }

    func run(telling output: Output) throws(Problem) {
        let target = try resource.target()
        let session = try TransferSession(telling: output, outputOptions)
        let verifyTarget = try proof.verifyFrom.map { name throws(Problem) in try name.target() }
        let source = try openSource()
        try session.connect(
            over: portOptions, rpcOptions, deadline: transferOptions.deadline,
            reconnect: transferOptions.reconnect
        ) { connection throws(Problem) in
            let number = try connection.number(of: target, patience: transferOptions.lookupPatience)
            let checked = try verifyTarget.map { target throws(Problem) in
                try connection.number(of: target, patience: transferOptions.lookupPatience)
            }
            var request = TransferRequest.write(number, size: source.size)
            request.restartsWrite = restart
            let copy = DeviceCopy(
                connection: connection, source: source, request: prepared(.read(checked ?? number)))
            try WriteJob(
                connection: connection, source: source, request: prepared(request), proof: proof, copy: copy
            ).run()
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

    private func prepared(_ request: TransferRequest) -> TransferRequest {
        var request = request
        transferOptions.apply(to: &request)
        request.lineRate = portOptions.lineRate
        return request
    }

    private func openSource() throws(Problem) -> any ByteSource {
        do throws(FileError) {
            let source =
                file == "-"
                ? try DataFile.source(descriptor: STDIN_FILENO, name: "standard input")
                : try DataFile.source(at: file)
            guard proof.rereads else { return source }
            return try DataFile.rereadable(source, spoolingIn: Self.temporaryFolder)
        } catch {
            throw Problem(error)
        }
    }

    private static var temporaryFolder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }
}

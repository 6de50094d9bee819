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

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Begin again if the device restarts or another client takes over in the middle.")
    var restart = false

    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "Port Options") var trayOptions: TrayOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle {
        OutputStyle(
            outputOptions, command: "write", isDataOnOutput: false, isTray: trayOptions.isTray(portOptions))
    }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
    }

    func run(telling output: Output) throws(Problem) {
        let target = try resource.target()
        let session = try TransferSession(telling: output, outputOptions)
        guard trayOptions.isTray(portOptions) else {
            let source = try openSource()
            try write(target, from: source, over: portOptions, session)
            return tellGrowth(of: source, output)
        }
        let file = try openSharedFile()
        let devices = try TrayDevice.find(portOptions.ports, all: trayOptions.all)
        let tray = try TrayRun(
            devices, jobs: trayOptions.jobs?.value, over: session, telling: output)
        let result = Result { () throws(Problem) in
            try tray.run { device, session throws(Problem) in
                try write(
                    target, from: file.makeSource(), over: portOptions.only(device.selector), session)
            }
        }
        tellGrowth(of: file.makeSource(), output)
        try result.get()
    }

    private func write(
        _ target: ResourceTarget, from source: any ByteSource, over port: PortOptions,
        _ session: TransferSession
    ) throws(Problem) {
        try session.connect(
            over: port, rpcOptions, deadline: transferOptions.deadline, reconnect: transferOptions.reconnect
        ) { connection throws(Problem) in
            let number = try connection.number(of: target, patience: transferOptions.lookupPatience)
            var request = TransferRequest.write(number, size: source.size)
            transferOptions.apply(to: &request)
            request.lineRate = port.lineRate
            request.restartsWrite = restart
            do throws(TransferError) {
                try connection.transfer { (loop, options) throws(TransferError) in
                    try loop.write(request, from: source, options: options)
                }
            } catch {
                throw Problem(error)
            }
        }
    }

    private func tellGrowth(of source: any ByteSource, _ output: Output) {
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

    /// The file, for several devices.
    private func openSharedFile() throws(Problem) -> SharedFile {
        do throws(FileError) {
            let shared =
                file == "-"
                ? try SharedFile(descriptor: STDIN_FILENO, name: "standard input") : try SharedFile(at: file)
            if let shared { return shared }
        } catch {
            throw Problem(error)
        }
        throw Problem(
            status: .usage,
            message: "\(file == "-" ? "standard input" : file) is a stream, which only one device can get",
            hint: "put it into a file first, and write that", code: "stream_for_several")
    }
}

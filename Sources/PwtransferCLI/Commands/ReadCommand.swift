internal import ArgumentParser
internal import CLibrary
internal import PigweedTransfer
internal import TransferClient

struct ReadCommand: TellingCommand {
    static let name = OutputStyle.dataCommand
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Copies a resource of the device to a file.",
        discussion: """
            Examples:
              pwtransfer read 3 -o log.bin                    from the only board
              pwtransfer read log --board bench -o log.bin    names of .pwtransfer.toml
              pwtransfer read 3 --port /dev/ttyACM0 | sha256sum
            """)

    @Argument(
        help: ArgumentHelp(
            """
            The resource: its number, decimal or 0x, its name in the configuration, or a /path of the device. A path \
            ending in / is a directory; read copies every file in it.
            """,
            valueName: "resource"))
    var resource: ResourceName

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The file, or the folder for a directory of the device; - is standard output, which is the default if it is \
            a pipe or a file. {serial}, {port} and {index} stand for the device's serial number, the last part of its \
            port's name, and its number among several.
            """,
            valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(
        help: """
            Keep what was read if the read fails (FILE.part, FILE.part.json), and continue there the next time.
            """)
    var resume = false

    @Flag(
        help: ArgumentHelp("For a directory of the device: replace existing files.", visibility: .rare))
    var overwrite = false

    @Flag(
        help: ArgumentHelp(
            "For a directory of the device: remove each file there once it is on the disk here.",
            visibility: .rare))
    var removeAfter = false

    @OptionGroup(title: "Device Options") var resetOptions: ResetOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "Port Options") var trayOptions: TrayOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle {
        OutputStyle(
            outputOptions, command: Self.name,
            isDataOnOutput: !isTray && OutputStyle.isStandardOutput(output))
    }

    private var isTray: Bool { trayOptions.isTray(portOptions) }

    func validate() throws {
        guard output?.isEmpty != true else { throw ValidationError("--output is empty") }
        guard !Configuration.judgesOnlyValues else { return }
        guard !isTray || !OutputStyle.isStandardOutput(output) else {
            throw ValidationError(
                "several devices need a file each: -o 'log-{serial}.bin', {port} or {index}")
        }
        guard !overwrite || folder != nil else {
            throw ValidationError("--overwrite is for a folder of the device; a file is always replaced")
        }
        guard !removeAfter || folder != nil else {
            throw ValidationError(
                "--remove-after is for a folder of the device; a file is removed with \(Program.name) rm")
        }
        if folder != nil {
            guard !OutputStyle.isStandardOutput(output) else {
                throw ValidationError("the files of a folder need a folder: -o FOLDER/")
            }
            guard transferOptions.offset == nil else {
                throw ValidationError("the files of a folder are read from their start, without --offset")
            }
        }
        if resume {
            guard !OutputStyle.isStandardOutput(output), folder == nil else {
                throw ValidationError("--resume needs a file: -o FILE")
            }
            guard transferOptions.protocolName != .legacy else {
                throw ValidationError("--resume needs version 2 of the protocol")
            }
        }
        guard output != nil || !Console.isOutputTerminal else {
            throw ValidationError(
                "standard output is a terminal; name a file with -o FILE, or -o - for the terminal")
        }
        try resetOptions.reset?.validate(over: portOptions.ports, option: "--reset")
        try outputOptions.captureOptions.validate(against: files(at: output))
    }

    /// The files that a read to this path writes. Those inside a folder are not known yet.
    private func files(at path: String?) -> [String] {
        guard let path, !OutputStyle.isStandardOutput(path) else { return ["/dev/stdout"] }
        return [path] + (resume ? [path + ".part", path + ".part.json"] : [])
    }

    func run(telling console: Output) throws(Failure) {
        try portOptions.checkApart(from: [("-o", output)] + outputOptions.captureOptions.files)
        let target = try resource.target()
        let name = output.map { OutputName($0) }
        let mayAppear = portOptions.wait != nil
        let session = try TransferSession(telling: console, outputOptions)
        guard isTray, let name else {
            let path = try name?.resolve(for: portOptions.port, mayAppear: mayAppear)
            try outputOptions.captureOptions.checkApart(from: files(at: path), of: portOptions)
            return try read(target, into: path, over: portOptions, session)
        }
        let tray = try TrayRun(
            of: portOptions, trayOptions, rpcOptions, over: session, telling: console
        ) { devices throws(Failure) in
            let names = try name.resolve(for: devices, mayAppear: mayAppear)
            return names.compactMap { try? $0.get() }.flatMap { files(at: $0) }
        }
        let names = try name.resolve(for: tray.devices, mayAppear: mayAppear)
        try tray.run { device, port, session throws(Failure) in
            let path = try names[device.index - 1].get()
            try read(target, into: path, over: port, session)
        }
    }

    private func read(
        _ target: ResourceTarget, into path: String?, over port: PortOptions, _ session: TransferSession
    ) throws(Failure) {
        if let folder { return try readFolder(folder, into: path ?? "", over: port, session) }
        let partial = resume ? try Failure.ofFile(try PartialFileSink(path: path ?? "")) : nil
        let sink: any ByteSink =
            if let partial { partial } else { try openSink(at: path, stop: session.stop) }
        try session.connect(
            over: port, rpcOptions, deadline: transferOptions.deadline, reconnect: transferOptions.reconnect,
            reset: resetOptions.reset
        ) { connection throws(Failure) in
            let resource = try connection.resource(target, patience: transferOptions.lookupPatience)
            let request = transferOptions.prepared(.read(resource.number), lineRate: port.lineRate)
            guard let partial else {
                try connection.transfer(of: resource) { (loop, options) throws(TransferError) in
                    try loop.read(request, into: sink, options: options)
                }
                return
            }
            try ResumedRead(connection: connection, sink: partial, request: request, resource: resource).run()
        }
    }

    /// The folder of the device that the user named.
    private var folder: String? {
        guard case .path(let path) = resource, path.hasSuffix("/") else { return nil }
        return path
    }

    private func readFolder(
        _ path: String, into folderPath: String, over port: PortOptions, _ session: TransferSession
    ) throws(Failure) {
        let folder = try Failure.ofFile(try OutputFolder(path: folderPath, isReplacing: overwrite))
        try session.connect(
            over: port, rpcOptions, deadline: transferOptions.deadline, reconnect: transferOptions.reconnect,
            reset: resetOptions.reset
        ) { connection throws(Failure) in
            let patience = transferOptions.lookupPatience
            let listing = try connection.listing(of: path, patience: patience)
            var read = FolderRead(
                path, into: folder, over: connection, isRemoving: removeAfter, patience: patience
            ) { transferOptions.prepared(.read($0), lineRate: port.lineRate) }
            try read.run(listing.entries)
            try listing.checkComplete()
        }
    }

    private func openSink(at path: String?, stop: StopRequest) throws(Failure) -> any ByteSink {
        guard let path, !OutputStyle.isStandardOutput(path) else {
            return StreamSink(descriptor: STDOUT_FILENO, name: "standard output", stop: stop)
        }
        return try Failure.ofFile(try DataFile.sink(at: path, stop: stop))
    }
}

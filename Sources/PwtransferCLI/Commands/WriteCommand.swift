internal import ArgumentParser
internal import CLibrary
internal import PigweedTransfer
internal import TransferClient

struct WriteCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Copies a file to a resource of the device.",
        discussion: """
            Examples:
              pwtransfer write 2 firmware.bin                       to the only board
              pwtransfer write 2 firmware.bin --verify readback     reads it back
              pwtransfer write 2 firmware.bin --all --if-changed    to every board
            """)

    @Argument(
        help: ArgumentHelp(
            "The resource: its number, decimal or 0x, its name in the configuration, or a /path of the device.",
            valueName: "resource"))
    var resource: ResourceName

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    /// The default time to wait for the message of `--expect`.
    private static let expectTimeout = Duration.seconds(30)

    @Flag(
        help: ArgumentHelp(
            "Write an empty input, which leaves an empty resource; otherwise it is refused.",
            visibility: .rare))
    var allowEmpty = false

    @Flag(
        help: ArgumentHelp(
            "Begin again if the device restarts or another client takes over in the middle.",
            visibility: .rare))
    var restart = false

    @OptionGroup(title: "Device Options") var resetOptions: ResetOptions

    @Option(
        help: ArgumentHelp(
            "Restart the device after the write, as --reset does before it.", valueName: "method"))
    var resetAfter: ResetMethod?

    @OptionGroup(title: "Verification Options") var proof: ProofOptions
    @OptionGroup(title: "Log Options") var expectations: ExpectationOptions

    @Option(
        help: ArgumentHelp(
            "How long to wait after the write for the message of --expect. (default: 30s)",
            valueName: "time", visibility: .rare))
    var expectTimeout: TimeSpan?

    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "Port Options") var trayOptions: TrayOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup(title: "Transfer Options") var transferOptions: TransferOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "write") }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
        try TimeSpan.requirePositive(["--expect-timeout": expectTimeout])
        guard !Configuration.judgesOnlyValues else { return }
        if case .name(let name) = resource, !Self.isResource(name), Self.isResource(file) {
            throw ValidationError(
                "the resource comes before the file: \(Program.name) write \(file) \(ShellWord.quoted(name))")
        }
        if case .checksum = proof.means, transferOptions.offset?.value ?? 0 > 0 {
            throw ValidationError("--verify checksum needs the whole resource, without --offset")
        }
        if proof.resume, transferOptions.offset?.value ?? 0 > 0 {
            throw ValidationError("--resume finds out where to begin, so --offset has no use")
        }
        guard expectations.expect != nil || expectations.failOn == nil && expectTimeout == nil else {
            throw ValidationError("--fail-on and --expect-timeout need --expect, which ends the wait")
        }
        try resetOptions.reset?.validate(over: portOptions.ports, option: "--reset")
        try resetAfter?.validate(over: portOptions.ports, option: "--reset-after")
        try outputOptions.captureOptions.validate(against: [inputPath])
    }

    /// Whether a word is the number of a resource, or a name that the configuration gives to one.
    private static func isResource(_ word: String) -> Bool {
        Number<UInt32>(argument: word) != nil
            || Configuration.current.resources.contains { $0.name == word }
    }

    func run(telling output: Output) throws(Failure) {
        try portOptions.checkApart(from: [("FILE", file)] + outputOptions.captureOptions.files)
        let target = try resource.target()
        let session = try TransferSession(
            telling: output, outputOptions, usesLog: expectations.expect != nil)
        let verifyTarget = try proof.verifyFrom.map { name throws(Failure) in try name.target() }
        guard trayOptions.isTray(portOptions) else {
            try outputOptions.captureOptions.checkApart(from: [inputPath], of: portOptions)
            let source = try openSource(output)
            return try write(target, verifying: verifyTarget, from: source, over: portOptions, session)
        }
        let file = try openSharedFile(output)
        let tray = try TrayRun(
            of: portOptions, trayOptions, rpcOptions, over: session, telling: output
        ) { _ in [inputPath] }
        try tray.run { _, port, session throws(Failure) in
            try write(target, verifying: verifyTarget, from: file.makeSource(), over: port, session)
        }
    }

    private func write(
        _ target: ResourceTarget, verifying verifyTarget: ResourceTarget?, from source: any ByteSource,
        over port: PortOptions, _ session: TransferSession
    ) throws(Failure) {
        try session.connect(
            over: port, rpcOptions, deadline: transferOptions.deadline, reconnect: transferOptions.reconnect,
            reset: resetOptions.reset, mayReset: resetAfter != nil, log: logPlan
        ) { connection throws(Failure) in
            let patience = transferOptions.lookupPatience
            let resource = try connection.resource(target, patience: patience)
            let verified = try verifyTarget.map { target throws(Failure) in
                try connection.resource(target, patience: patience)
            }
            var request = TransferRequest.write(resource.number, size: source.size)
            request.restartsWrite = restart
            let copied = verified ?? resource
            let copy = DeviceCopy(
                connection: connection, source: source, resource: copied,
                request: transferOptions.prepared(.read(copied.number), lineRate: port.lineRate))
            let isWritten = try WriteJob(
                connection: connection, source: source, resource: resource,
                request: transferOptions.prepared(request, lineRate: port.lineRate),
                proof: proof, copy: copy, allowsEmpty: allowEmpty
            ).run()
            // The message counts for data that an earlier run has written, too: that run may not have heard it.
            if isWritten || expectations.expect != nil { try finish(on: connection) }
        }
    }

    /// What to do with the log; `nil` to follow the output options.
    private var logPlan: LogPlan? {
        expectations.expectation.map { expectation in
            LogPlan(
                destination: outputOptions.logOptions.deviceOutput == nil ? .none : .events,
                source: outputOptions.logOptions.deviceOutput ?? .line, expectation: expectation)
        }
    }

    /// Restarts the device and waits for the expected message, if the options say so.
    private func finish(on connection: DeviceConnection) throws(Failure) {
        do throws(Failure) {
            if let resetAfter { try connection.reset(by: resetAfter) }
            guard expectations.expect != nil else { return }
            try connection.listen(for: expectTimeout?.duration ?? Self.expectTimeout)
        } catch {
            throw .writtenOnly(error)
        }
    }

    private var inputPath: String { file == "-" ? "/dev/stdin" : file }
    private var fileName: String { file == "-" ? "standard input" : file }

    private func openSource(_ output: Output) throws(Failure) -> any ByteSource {
        do throws(FileError) {
            var source =
                file == "-"
                ? try DataFile.source(descriptor: STDIN_FILENO, name: fileName)
                : try DataFile.source(at: file)
            if proof.rereads {
                source = try DataFile.rereadable(source, spoolingIn: Self.temporaryFolder)
            }
            return try examined(source, output)
        } catch {
            throw .spool(error)
        }
    }

    /// Refuses an empty source, and notes if its data look like no image. A stream is examined when its data come.
    private func examined(_ source: any ByteSource, _ output: Output) throws(FileError) -> any ByteSource {
        func inspect(_ start: [UInt8]) {
            guard let format = InputFormat(start: start) else { return }
            output.note(.inputFormat, format.note(about: source.name))
        }
        guard let size = source.size else { return InspectedSource(source, inspect: inspect) }
        guard size > 0 || allowEmpty else { throw .sourceEmpty(path: source.name) }
        inspect(try source.start(upTo: InputFormat.sampleSize))
        return source
    }

    /// The file that several devices share.
    private func openSharedFile(_ output: Output) throws(Failure) -> SharedFile {
        let shared = try Failure.ofFile(
            file == "-"
                ? try SharedFile(descriptor: STDIN_FILENO, name: fileName) : try SharedFile(at: file))
        guard let shared else { throw .usage(.streamForSeveral(name: fileName)) }
        _ = try Failure.ofFile(try examined(shared.makeSource(), output))
        return shared
    }

    private static var temporaryFolder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }
}

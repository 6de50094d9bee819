internal import ArgumentParser

/// The destination of `--trace`.
enum TraceTarget: ExpressibleByArgument {
    /// The value of `--trace` if the user leaves it out.
    static let standardError = "-"

    case console
    case file(String)

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self = argument == Self.standardError ? .console : .file(argument)
    }

    var path: String? {
        if case .file(let path) = self { path } else { nil }
    }
}

/// The options that record the bytes on the line to the device.
struct CaptureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Print each frame on the line, decoded, with its time: on standard error, or into a file. (default: none)
            """,
            valueName: "=file", visibility: .rare),
        completion: .file())
    var trace: TraceTarget?

    @Option(
        help: ArgumentHelp(
            """
            Record all bytes on the line with their times: FILE.pcapng for Wireshark, any other name as JSON lines; \
            "pwtransfer decode" reads both. Of several devices, all go into one file; with {serial}, {port} or {index} in \
            its name, each has its own. The same holds for --trace. (default: none)
            """,
            valueName: "file", visibility: .rare),
        completion: .file())
    var capture: String?

    func validate() throws {
        guard capture?.isEmpty != true else { throw ValidationError("--capture is empty") }
        guard capture != "-" else { throw ValidationError("--capture needs the name of a file") }
        if let trace = trace?.path, let capture, FileIdentity(trace).excludes(FileIdentity(capture)) {
            throw ValidationError("--trace and --capture name the same file")
        }
    }

    /// The files that are recorded into, with their options.
    var files: [(option: String, path: String?)] { [("--trace", trace?.path), ("--capture", capture)] }

    /// Refuses to record into a file of the transfer: the recording would overwrite its content.
    ///
    /// - Parameter names: the files of the transfer.
    /// - Throws: a usage error.
    func validate(against names: [String]) throws {
        let files = names.map(FileIdentity.init)
        for case (let option, let path?) in self.files
        where files.contains(where: FileIdentity(path).excludes) {
            throw ValidationError("\(option) names a file of the transfer itself: \(path)")
        }
    }
}

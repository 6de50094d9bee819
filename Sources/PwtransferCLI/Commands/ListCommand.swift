internal import ArgumentParser
internal import PigweedFileSystem
internal import SerialPort
internal import TransferClient

struct ListCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists the files of the device.",
        discussion: """
            Examples:
              pwtransfer ls
              pwtransfer ls /logs
              pwtransfer read /logs/boot.txt -o boot.txt    by path; or by ID

            Asks the service pw.file.FileSystem, which not all firmware has. A size of 0 may mean that the device does \
            not know it.
            """)

    @Argument(help: ArgumentHelp("A file, or a folder. (default: all files)", valueName: "path"))
    var path: String?

    @OptionGroup(title: "Call Options") var callOptions: CallOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var outputOptions: OutputOptions

    /// How often the device is asked.
    static let attempts = 3

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "ls") }

    func validate() throws {
        guard path?.isEmpty != true else { throw ValidationError("the path is empty") }
    }

    func run(telling output: Output) throws(Failure) {
        let session = try TransferSession(telling: output, outputOptions)
        try session.connect(over: portOptions, rpcOptions, deadline: callOptions.deadline) {
            connection throws(Failure) in
            let listing = try connection.listing(
                of: path, patience: callOptions.patience(attempts: Self.attempts))
            if output.isJSON {
                for entry in listing.entries {
                    connection.output.emit(
                        JSONEvent(
                            "file",
                            [
                                "path": entry.path, "id": entry.id, "size": entry.size,
                                "readable": entry.permissions?.contains(.read),
                                "writable": entry.permissions?.contains(.write),
                            ]))
                }
            } else if listing.entries.isEmpty {
                output.note(.noFiles, "the device lists no files")
            } else {
                for line in FileTable.lines(listing.entries) { Console.print(line) }
            }
            try listing.checkComplete()
        }
    }
}

extension DeviceConnection {
    /// The files at a path.
    func listing(of path: String?, patience: CallPatience) throws(Failure) -> DeviceListing {
        let failure = path.map { "\($0) was not listed" } ?? "the files were not listed"
        return try files(at: path, patience: patience, failure: failure) { files throws(DeviceFilesError) in
            try files.list(path)
        }
    }
}

extension DeviceListing {
    /// - Throws: a failure if files may be missing in the listing.
    func checkComplete() throws(Failure) {
        guard brokenMessages > 0 || isDamaged else { return }
        throw .listIncomplete(brokenMessages: brokenMessages)
    }
}

/// The files of a device as a table.
enum FileTable {
    static func lines(_ entries: [FileEntry]) -> [String] {
        let rows =
            [["ACCESS", "SIZE", "ID", "NAME"]]
            + entries.map { entry in
                [
                    access(entry.permissions), entry.size.map(String.init) ?? "-",
                    entry.id.map(String.init) ?? "-", DeviceText.visible(entry.path),
                ]
            }
        return TextTable.lines(rows, rightAligned: [1, 2])
    }

    /// `r`, `w` or `rw`; `-` for neither, `?` if the device does not say.
    private static func access(_ permissions: FileEntry.Permissions?) -> String {
        guard let permissions else { return "?" }
        let text = (permissions.contains(.read) ? "r" : "") + (permissions.contains(.write) ? "w" : "")
        return text.isEmpty ? "-" : text
    }
}

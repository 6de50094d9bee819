internal import Glibc
internal import TestSupport

/// A simulated device that runs as a separate command, and the directory of a test.
struct Board {
    let directory: TemporaryDirectory
    let command: RunningCommand
    /// The value for `--port`.
    let port: String

    /// Starts a device with two resources, both of which are the file `flash.bin`: 3 can be read, and 2 can be written.
    init(_ options: [String] = ["--min-delay", "0"], content: [UInt8]? = nil, link: Bool = true) throws {
        directory = try TemporaryDirectory()
        let flash = directory.file("flash.bin")
        if let content { try write(content, to: flash) }
        command = try RunningCommand(
            ["simulate", "--resource", "3=\(flash):r", "--resource", "2=\(flash):w"]
                + (link ? ["--link", directory.file("board")] : []) + options)
        port = try command.outputLine(after: "port ")
        _ = try command.outputLine(after: "ready")
    }

    /// A board so slow that a test can do something in mid-transfer: 256 KiB take ten seconds.
    static func slow(_ options: [String] = []) throws -> Board {
        try Board(["--min-delay", "20ms", "--baud", "288000"] + options, content: patternBytes(262_144))
    }

    /// The terminal behind the link; `nil` if it is gone.
    var node: String? {
        guard let path = realpath(port, nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    func file(_ name: String) -> String { directory.file(name) }

    /// Starts a read of resource 3 into a file and waits until some of it has come.
    func readInProgress(into name: String) throws -> RunningCommand {
        let command = try RunningCommand(["read", "3", "--port", port, "-o", file(name)])
        try command.errorLine(containing: " %, ")
        return command
    }
}

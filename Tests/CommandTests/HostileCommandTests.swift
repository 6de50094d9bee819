internal import Glibc
internal import TestSupport
internal import Testing

/// Devices that say what no device should say. Errors are clear, nothing is left behind, and memory stays flat.
/// ``FileCommandTests`` has names and lists of files.
@Suite struct HostileCommandTests {
    /// The kilobytes that the program may use for data, including those of threads (`ulimit -d`). The lists and sizes
    /// of these devices would take gigabytes.
    private static let memoryLimit = 96 * 1024

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try write([1, 2, 3], to: directory.file("a"))
    }

    /// Runs the program with little memory.
    private func bounded(_ arguments: [String]) throws -> CommandResult {
        let script = "ulimit -d \(Self.memoryLimit) && exec \"$@\""
        return try RunningCommand(
            ["-c", script, "sh", BuiltProgram.path] + arguments, executable: "/bin/sh"
        ).result()
    }

    private func bounded(_ arguments: String...) throws -> CommandResult { try bounded(arguments) }

    @Test(arguments: [17, 99, 4_294_967_295] as [UInt32]) func statusesOutOfRange(status: UInt32) throws {
        let board = try Board(["--fault", "device:refuse=\(status)"], content: [1])
        let read = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        let written = try pwtransfer("write", "2", board.file("flash.bin"), "--port", board.port)
        for result in [read, written] {
            #expect(result.exitCode == 76)
            #expect(result.errors.contains("the device refused with STATUS_\(status)\n"), "\(result.errors)")
            #expect(result.errors.contains("a status that Pigweed does not define"))
            #expect(result.errors.contains("try:"))
        }
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test func aResourceAsLargeAsOffsetsGo() throws {
        let board = try Board()
        try sparse(4_294_967_295, at: board.file("flash.bin"))
        for extra in [[], ["--resume"]] {
            let result = try bounded(
                ["read", "3", "--port", board.port, "-o", board.file("out.bin"), "--deadline", "500ms"]
                    + extra)
            #expect(result.exitCode == 75, "\(result.errors)")
            #expect(result.errors.contains("of 4.0 GiB moved"))
        }
        #expect(board.directory.names == ["board", "flash.bin", "out.bin.part", "out.bin.part.json"])
    }

    @Test func aFileThatOffsetsCannotReach() throws {
        let board = try Board(content: [1])
        try sparse(4_294_967_296, at: board.file("in.bin"))
        let result = try bounded("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("devices count offsets in 32 bits"))
        #expect(try contents(of: board.file("flash.bin")) == [1])
    }

    @Test(arguments: [
        ("endless", 76, "does not end"), ("garbage", 76, "make no sense"),
        ("oversized-numbers", 76, "make no sense"), ("unknown-status", 76, "STATUS_4000000000"),
    ])
    func foldersOfHostileLists(fault: String, exitCode: Int32, error: String) throws {
        let board = try folder(fault)
        let result = try bounded(
            "read", "/d/", "--port", board.port, "-o", board.file("out"), "--capture",
            board.file("line.jsonl"))
        #expect(result.exitCode == exitCode, "\(result.errors)")
        #expect(result.errors.contains(error), "\(result.errors)")
        #expect(TemporaryDirectory.names(in: board.file("out")).isEmpty)
        // The recording of this can be printed with just as little memory.
        let decoded = try bounded("decode", board.file("line.jsonl"))
        #expect(decoded.exitCode == 0, "\(decoded.errors)")
        #expect(decoded.outputText.contains("FileSystem.List"))
        #expect(decoded.output.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
    }

    /// JSON requires escapes for only some control characters; a terminal obeys other ones, too.
    @Test func namesInJSON() throws {
        let name = "/d/\u{80}\u{9B}31m\u{9F}\u{7F}\u{202E}\u{2066}\u{E0001}\u{1B}é"
        let board = try Board(["--min-delay", "0", "--file", "\(name)=\(directory.file("a"))"])
        let list = try pwtransfer("ls", "--port", board.port, "--json")
        #expect(list.exitCode == 0)
        #expect(
            list.outputText.contains(
                #""path":"/d/\u0080\u009B31m\u009F\u007F\u202E\u2066\uDB40\uDC01\u001bé""#),
            "\(list.outputText)")
        let read = try pwtransfer(
            "read", name, "--port", board.port, "-o", board.file("x"), "--resume", "--json")
        #expect(read.exitCode == 0)
        for text in [list.outputText, read.outputText] {
            for scalar in text.unicodeScalars where scalar != "\n" {
                #expect(
                    scalar.properties.generalCategory != .control
                        && scalar.properties.generalCategory != .format)
            }
        }
    }

    @Test func sizesInAListAreNotBelieved() throws {
        let board = try folder("huge-sizes")
        let result = try bounded("read", "/d/", "--port", board.port, "-o", board.file("out"))
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out/a")) == [1, 2, 3])
    }

    /// A device that has the file `/d/a`, and whose lists are wrong.
    private func folder(_ fault: String) throws -> Board {
        try Board(
            [
                "--min-delay", "0", "--file", "/d/a=\(directory.file("a"))", "--fault",
                "device:listing=\(fault)",
            ])
    }

    private func sparse(_ size: Int, at path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(ftruncate(descriptor, off_t(size)) == 0)
    }
}

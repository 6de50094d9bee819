internal import Glibc
internal import TestSupport
internal import Testing

/// A file that changes during the write, or is empty, or is no image.
@Suite struct InputCommandTests {
    private static let size = 40_000

    enum Change: CaseIterable {
        case growth, shrinking, content, replacement, removal

        func make(to path: String, in directory: TemporaryDirectory) throws {
            switch self {
            case .growth: try write(patternBytes(size + 10), to: path)
            case .shrinking: truncate(path, 100)
            case .content: try write(patternBytes(size).reversed(), to: path)
            case .replacement:
                try write(patternBytes(size), to: directory.file("new.bin"))
                rename(directory.file("new.bin"), path)
            case .removal: unlink(path)
            }
        }

        var text: String {
            switch self {
            case .growth: "it had 40000 bytes and now ends after 40010"
            case .shrinking: "it had 40000 bytes and now ends after "
            case .content: "it was written to"
            case .replacement, .removal: "another file has its name now, or none"
            }
        }
    }

    /// The device learns of the change before it could take a mixture for a complete file.
    @Test(arguments: Change.allCases) func aFileThatChangesEndsTheWrite(change: Change) throws {
        let board = try Board.slow()
        let original = try contents(of: board.file("flash.bin"))
        let path = board.file("in.bin")
        try write(patternBytes(Self.size), to: path)
        let command = try RunningCommand(["write", "2", path, "--port", board.port])
        try command.errorLine(containing: " %, ")
        try change.make(to: path, in: board.directory)
        let result = try command.result()
        #expect(result.exitCode == 66)
        #expect(
            result.errors.contains("in.bin changed while it was being sent: \(change.text)"),
            "\(result.errors)")
        #expect(!result.errors.contains("wrote 3"))
        try board.command.errorLine(containing: "write of resource 2: DATA_LOSS")
        #expect(try contents(of: board.file("flash.bin")) == original)
    }

    @Test func aFileThatChangesEndsTheWritesToAllDevices() throws {
        let boards = [try Board.slow(), try Board.slow()]
        let path = boards[0].file("in.bin")
        try write(patternBytes(Self.size), to: path)
        let command = try RunningCommand(
            ["write", "2", path] + boards.flatMap { ["--port", $0.port] })
        for board in boards { try command.errorLine(containing: "\(board.port): ") }
        try write(patternBytes(Self.size).reversed(), to: path)
        let result = try command.result()
        #expect(result.exitCode == 66)
        #expect(!result.errors.contains("PASS"), "\(result.errors)")
        for board in boards { try board.command.errorLine(containing: "write of resource 2: DATA_LOSS") }
    }

    /// If the file has changed, a device that differs from the file is not to blame.
    @Test func aFileThatChangesBeforeTheComparison() throws {
        let board = try Board.slow()
        let path = board.file("in.bin")
        try write(patternBytes(Self.size), to: path)
        let command = try RunningCommand(
            ["write", "2", path, "--port", board.port, "--verify", "readback", "--verify-from", "3"])
        try command.errorLine(containing: "reading back")
        try write(patternBytes(Self.size).reversed(), to: path)
        let result = try command.result()
        #expect(result.exitCode == 66)
        #expect(
            result.errors.contains("changed while it was being sent: it was written to"), "\(result.errors)")
        #expect(!result.errors.contains("worn"))
        #expect(!result.errors.contains("verified by"))
    }

    @Test func anEmptyInputIsRefusedBeforeTheDeviceIsTouched() throws {
        let board = try Board(content: [1, 2, 3])
        let path = board.file("in.bin")
        try write([], to: path)
        for arguments in [
            [path], [path, "--verify", "readback"], [path, "--if-changed"], [path, "--resume"],
            [path, "--port", board.port + "2"], ["/dev/null"], ["-"],
        ] {
            let result = try RunningCommand(["write", "2", "--port", board.port, "--json"] + arguments)
                .result()
            #expect(result.exitCode == 66, "\(arguments)")
            #expect(result.outputText.contains(#""code":"input_empty""#), "\(result.outputText)")
            #expect(result.outputText.contains("--allow-empty"))
        }
        #expect(try contents(of: board.file("flash.bin")) == [1, 2, 3])
        for input in [path, "-"] {
            let result = try pwtransfer("write", "2", input, "--port", board.port, "--allow-empty")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try contents(of: board.file("flash.bin")).isEmpty)
        }
    }

    @Test(arguments: [
        (":10010000214601360121470136007EFE09D2190140\r\n:00000001FF\r\n", "Intel HEX"),
        ("S00F000068656C6C6F202020202000003C\n", "S-records"),
        ("\n<!DOCTYPE HTML><title>Not found</title>", "a web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "a pointer of Git LFS"),
        ("\u{7F}ELF\u{1}", "an ELF file"), ("UF2\nWQ]\u{9E}", "a UF2 container"),
        ("S0me text", nil), (":10", nil), ("plain", nil),
    ])
    func whatIsNoImageIsSentWithANote(start: String, name: String?) throws {
        let board = try Board()
        let data = start.unicodeScalars.map { UInt8($0.value) } + patternBytes(start.count > 20 ? 0 : 3)
        let path = board.file("in.bin")
        try write(data, to: path)
        func check(_ arguments: [String], silent: Bool = false, input: Int32? = nil) throws {
            let result = try RunningCommand(
                ["write", "2", "--port", board.port, "--progress", "none"] + arguments, input: input
            ).result()
            #expect(result.exitCode == 0, "\(result.errors)")
            let text = result.errors + result.outputText
            #expect(text.contains("looks like \(name ?? "")") == (name != nil && !silent), "\(text)")
            #expect(try contents(of: board.file("flash.bin")) == data)
        }
        try check([path])
        try check([path, "--json"])
        try check([path, "-q"], silent: true)
        try check([path, "--verify", "readback", "--verify-from", "3"])
        let pipe = try Pipe()
        data.withUnsafeBytes { _ = Glibc.write(pipe.writeEnd, $0.baseAddress, $0.count) }
        pipe.closeWriteEnd()
        try check(["-"], input: pipe.readEnd)
    }
}

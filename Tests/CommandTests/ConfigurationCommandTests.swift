internal import Glibc
internal import TestSupport
internal import Testing

/// Runs a command in a folder.
private func pwtransfer(
    in folder: String, _ arguments: String..., environment: [String: String] = [:]
) throws -> CommandResult {
    let script = #"cd "$1"; shift; exec "$@""#
    return try RunningCommand(
        ["-c", script, "sh", folder, BuiltProgram.path] + arguments, executable: "/bin/sh",
        environment: environment
    ).result()
}

@Suite struct ConfigurationCommandTests {
    private let board: Board
    private let folder: String
    private let content = patternBytes(5000)

    init() throws {
        board = try Board(content: content)
        folder = try board.directory.directory("project/deep")
        try configure(
            """
            board = "bench"

            [resources]
            firmware = 2
            log = 3

            [boards.bench]
            port = "\(board.port)"
            chunk-timeout = "1s"
            quiet = true
            """)
    }

    private func configure(_ text: String) throws {
        try write(Array(text.utf8), to: projectFile)
    }

    private var projectFile: String { board.file("project/.pwtransfer.toml") }

    @Test func namesAndPortComeFromTheFile() throws {
        let read = try pwtransfer(in: folder, "read", "log", "-o", "log.bin")
        #expect(read.exitCode == 0)
        #expect(read.errors == "")
        #expect(try contents(of: folder + "/log.bin") == content)
        try write(Array(content.reversed()), to: folder + "/new.bin")
        let written = try pwtransfer(
            in: folder, "write", "firmware", "new.bin", environment: ["PWTRANSFER_QUIET": "0"])
        #expect(written.exitCode == 0)
        #expect(written.errors.contains("wrote 4.9 KiB"))
        #expect(try contents(of: board.file("flash.bin")) == content.reversed())
    }

    @Test func messagesHaveNumberAndName() throws {
        try configure("port = \"\(board.port)\"\n[resources]\nmissing = 9")
        let result = try pwtransfer(in: folder, "read", "missing", "-o", "x")
        #expect(result.exitCode == 76)
        #expect(result.errors.hasPrefix("pwtransfer: resource 9 (missing) was not read: "))
    }

    @Test func theEnvironmentComesBeforeTheFile() throws {
        let result = try pwtransfer(
            in: folder, "read", "log", "-o", "x", environment: ["PWTRANSFER_PORT": "/no/such/port"])
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("/no/such/port"))
    }

    @Test(arguments: [
        ("bord = \"x\"", 78, ":1: unknown key bord\n  try:   write board\n"),
        ("quiet = \"x\"", 78, ":1: quiet takes true or false"),
        ("\nwindow = \"x\"", 78, ":2: The value 'x' is invalid for '--window <size>'"),
        ("board = \"x\"", 78, ":1: there is no board x in the configuration"),
        ("=", 78, ":1: "),
        (
            "[resources]\nlogs = 3", 64,
            "no resource named log\n  try:   did you mean logs? the names are: logs (3)"
        ),
    ])
    func errorsOfTheFile(text: String, exitCode: Int32, message: String) throws {
        try configure(text)
        let result = try pwtransfer(in: folder, "read", "log", "-o", "x", "--port", board.port)
        #expect(result.exitCode == exitCode)
        #expect(result.errors.contains(message), "\(result.errors)")
        if exitCode == 78 { #expect(result.errors.hasPrefix("pwtransfer: \(projectFile):")) }
    }

    @Test func helpNeedsNoCorrectFile() throws {
        try configure("=")
        for arguments in [["--help"], ["read", "--help"], ["--version"], ["help", "read"]] {
            let line = arguments.joined(separator: " ")
            let result = try RunningCommand(
                ["-c", "cd \(folder) && \(BuiltProgram.path) \(line)"], executable: "/bin/sh"
            ).result()
            #expect(result.exitCode == 0, "\(arguments)")
        }
        let without = try pwtransfer(
            in: folder, "read", "3", "-o", "x", "--port", board.port, "--config", "none")
        #expect(without.exitCode == 0)
    }

    @Test func showTellsOrigins() throws {
        let result = try pwtransfer(in: folder, "config", "show", environment: ["PWTRANSFER_BAUD": "9600"])
        #expect(result.exitCode == 0)
        #expect(result.errors == "")
        let rows = result.outputText.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let file = projectFile
        for row in [
            ["files:", file], ["board:", "bench", "(\(file):1)"], ["baud", "9600", "PWTRANSFER_BAUD"],
            ["port", board.port, "\(file):8", "(board", "bench)"], ["retries", "3", "built", "in"],
            ["log", "3", "\(file):5"],
        ] {
            #expect(rows.contains(row), "\(row)")
        }
    }

    /// The folder of a project may have any name.
    @Test func namesOfFoldersAreShownAsEscapes() throws {
        let folder = try board.directory.directory("\u{1B}[31mred")
        try write(Array("board = \"a\"\n[boards.a]".utf8), to: folder + "/.pwtransfer.toml")
        for subcommand in ["show", "check"] {
            let result = try pwtransfer(in: folder, "config", subcommand)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.outputText.contains(#"/\u{1B}[31mred/.pwtransfer.toml"#))
            #expect(!result.output.contains(0x1B))
        }
    }

    @Test func showAsJSON() throws {
        let result = try pwtransfer(
            in: folder, "config", "show", "--json", "--board", "bench",
            environment: ["PWTRANSFER_BAUD": "9600"])
        #expect(result.exitCode == 0)
        let lines = result.outputText.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.last?.hasPrefix(#"{"bytes":0,"exit_code":0,"#) == true)
        for part in [
            #""schema":1"#, #""type":"configuration""#, #""board":{"name":"bench"}"#,
            #"{"key":"baud","origin":{"kind":"environment","variable":"PWTRANSFER_BAUD"},"value":"9600"}"#,
            #"{"name":"log","number":3,"origin":{"kind":"file","line":5,"path":"\#(projectFile)"}}"#,
            #"{"key":"retries","origin":{"kind":"built-in"},"value":"3"}"#,
        ] {
            #expect(result.outputText.contains(part), "\(part)")
        }
    }

    /// A downloaded project chooses an output where nothing may be written, perhaps behind a link that it brings along.
    @Test(arguments: ["/victim", "../victim", "link", "sub/link", "bad\\u0000/x", ".git/x"])
    func aProjectThatWrites(output: String) throws {
        let output = output.replacing(
            "/victim", with: "\(board.file("victim"))", maxReplacements: output.hasPrefix("/") ? 1 : 0)
        try write([7], to: board.file("victim"))
        symlink(board.file("victim"), folder + "/link")
        symlink(board.directory.path, folder + "/sub")
        try configure("port = \"\(board.port)\"\noutput = \"\(output)\"")
        let before = TemporaryDirectory.names(in: folder)
        let result = try pwtransfer(in: folder, "read", "3")
        #expect(result.exitCode == 78, "\(result.errors)")
        #expect(result.errors.hasPrefix("pwtransfer: \(projectFile):2: "), "\(result.errors)")
        #expect(try contents(of: board.file("victim")) == [7])
        #expect(TemporaryDirectory.names(in: folder) == before)
        if !output.contains("u0000") {
            let shown = try pwtransfer(in: folder, "config", "show")
            #expect(shown.outputText.contains(" - refused: "))
            let asJSON = try pwtransfer(in: folder, "config", "show", "--json")
            #expect(asJSON.outputText.contains(#""refused":""#))
        }
        let told = try pwtransfer(in: folder, "read", "3", "-o", "mine.bin")
        #expect(told.exitCode == (output.contains("u0000") ? 78 : 0))
    }

    /// Only the name for a device shows where a placeholder leads.
    @Test(arguments: [
        ("output", "out-{index}.bin"), ("output", "{port}/x"), ("capture", "out-{index}.bin"),
        ("trace", "out-{index}.bin"),
    ])
    func aProjectThatWritesThroughAPlaceholder(key: String, pattern: String) throws {
        try write([7], to: board.file("victim"))
        symlink(board.file("victim"), folder + "/out-1.bin")
        symlink(board.directory.path, folder + "/board")
        try configure("port = \"\(board.port)\"\n\(key) = \"\(pattern)\"")
        let before = board.directory.names
        let result = try pwtransfer(in: folder, "read", "3")
        #expect(result.exitCode == 78, "\(result.errors)")
        let message = "pwtransfer: \(projectFile):2: \(key) is not taken from a project's file"
        #expect(result.errors.hasPrefix(message), "\(result.errors)")
        #expect(result.errors.contains("it leads through a symbolic link, "))
        #expect(try contents(of: board.file("victim")) == [7])
        #expect(board.directory.names == before)
    }

    @Test func aProjectMayNameFilesByPlaceholders() throws {
        try configure("port = \"\(board.port)\"\noutput = \"{port}-{index}.bin\"")
        let result = try pwtransfer(in: folder, "read", "3")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: folder + "/board-1.bin") == content)
    }

    @Test func check() throws {
        let fine = try pwtransfer(in: folder, "config", "check")
        #expect(fine.exitCode == 0)
        #expect(fine.outputText == "\(projectFile): no errors\n")
        try configure("window = \"x\"\n[boards.other]\ndtr = \"up\"")
        let bad = try pwtransfer(in: folder, "config", "check")
        #expect(bad.exitCode == 78)
        #expect(bad.errors.contains("\(projectFile):1: The value 'x'"))
        #expect(bad.errors.contains("\(projectFile):3 (board other): The value 'up'"))
    }

    @Test func checkFindsAllMistakesAndOnlyThese() throws {
        try configure("verify-from = 3\nall = true\nresume = true\n[write]\nexpect-timeout = 5")
        let fine = try pwtransfer(in: folder, "config", "check")
        #expect(fine.exitCode == 0, "\(fine.errors)")
        try configure(
            "window = 0\nfrobnicate = 1\nbaud = true\nretries = \"x\"\n[write]\nwindo = 1\n[resources]\nlog = -1"
        )
        let bad = try pwtransfer(in: folder, "config", "check")
        #expect(bad.exitCode == 78)
        for line in [1, 2, 3, 4, 6, 8] {
            #expect(bad.errors.contains("\(projectFile):\(line): "), "\(line): \(bad.errors)")
        }
        // A mistake anywhere still ends every other command.
        #expect(try pwtransfer(in: folder, "config", "show").exitCode == 78)
    }
}

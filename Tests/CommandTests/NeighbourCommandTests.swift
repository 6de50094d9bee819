internal import Glibc
internal import TestSupport
internal import Testing

/// Traps that another user of the machine may set in a folder that several users write to.
@Suite(.enabled(if: geteuid() == 0, "only root can act as another user"))
struct NeighbourCommandTests {
    /// The user `nobody`.
    private static let neighbourID: uid_t = 65534

    private let board: Board
    private let content = patternBytes(5000)
    private let victim: String

    init() throws {
        board = try Board(content: content)
        victim = board.file("victim")
        try write([7], to: victim)
        chmod(victim, 0o644)
    }

    /// Makes a folder with this mode, in which another user runs a script.
    private func folder(_ mode: mode_t, _ script: String) throws -> String {
        let folder = try board.directory.directory("shared")
        chmod(folder, mode)
        let user = String(Self.neighbourID)
        let result = try RunningCommand(
            [
                "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "sh", "-e", "-c",
                "cd \"$1\"; \(script)", "sh", folder,
            ], executable: "setpriv"
        ).result()
        try #require(result.exitCode == 0, "\(result.errors)")
        return folder
    }

    private func read(_ options: String...) throws -> CommandResult {
        try RunningCommand(["read", "3", "--port", board.port] + options).result()
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    /// The options that write to a path, one set of options after the other.
    private static let writers: [@Sendable (String, Board) -> [String]] = [
        { path, _ in ["-o", path] },
        { path, _ in ["-o", path, "--resume"] },
        { path, board in ["-o", board.file("out"), "--capture", path] },
        { path, board in ["-o", board.file("out"), "--trace=\(path)"] },
    ]

    @Test(arguments: [0o1777, 0o777, 0o775] as [mode_t], writers.indices)
    func linksAreNotFollowed(mode: mode_t, writer: Int) throws {
        let folder = try folder(0o777, "ln -s '\(victim)' x; ln -s '\(board.file("new"))' y")
        chmod(folder, mode)
        for name in ["x", "y"] {
            let result = try RunningCommand(
                ["read", "3", "--port", board.port] + Self.writers[writer]("\(folder)/\(name)", board)
            ).result()
            #expect(result.exitCode == 73, "\(result.errors)")
            #expect(result.errors.contains("what has this name there is another user's"), "\(result.errors)")
        }
        #expect(try contents(of: victim) == [7])
        #expect(!board.directory.names.contains("new"))
        #expect(TemporaryDirectory.names(in: folder) == ["x", "y"])
    }

    @Test(arguments: writers.indices) func pipesAreNotWritten(writer: Int) throws {
        let folder = try folder(0o1777, "mkfifo -m 666 x")
        let result = try RunningCommand(
            ["read", "3", "--port", board.port] + Self.writers[writer]("\(folder)/x", board)
        ).result()
        #expect(result.exitCode == 73, "\(result.errors)")
    }

    @Test(arguments: writers.indices) func filesInAStickyFolderStay(writer: Int) throws {
        let folder = try folder(0o1777, "echo theirs >x; chmod 4777 x")
        let result = try RunningCommand(
            ["read", "3", "--port", board.port] + Self.writers[writer]("\(folder)/x", board)
        ).result()
        #expect(result.exitCode == 73, "\(result.errors)")
        #expect(try contents(of: "\(folder)/x") == Array("theirs\n".utf8))
    }

    /// Our new file must not get the mode of another user's file.
    @Test(arguments: writers.indices) func setuidDoesNotStay(writer: Int) throws {
        let folder = try folder(0o777, "echo theirs >x; chmod 4777 x")
        let result = try RunningCommand(
            ["read", "3", "--port", board.port] + Self.writers[writer]("\(folder)/x", board)
        ).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        let file = try status("\(folder)/x")
        let mask = umask(0o022)
        umask(mask)
        #expect(file.st_uid == 0)
        #expect(file.st_mode & 0o7777 == 0o666 & ~mask)
    }

    @Test(arguments: ["out.bin.part", "out.bin.part.json"], [0o1777, 0o777] as [mode_t])
    func forgedPartialFiles(name: String, mode: mode_t) throws {
        let board = try Board.slow()
        let folder = try board.directory.directory("shared")
        chmod(folder, mode)
        let first = try RunningCommand([
            "read", "3", "--port", board.port, "-o", "\(folder)/out.bin", "--resume",
        ])
        try first.errorLine(containing: " %, ")
        first.signal(SIGINT)
        _ = try first.result()
        try #require(TemporaryDirectory.names(in: folder) == ["out.bin.part", "out.bin.part.json"])
        chown("\(folder)/\(name)", Self.neighbourID, Self.neighbourID)
        let second = try pwtransfer(
            "read", "3", "--port", board.port, "-o", "\(folder)/out.bin", "--resume", "--deadline", "500ms")
        if second.exitCode == 73 {
            // With fs.protected_regular, the kernel itself refuses to open a file that another user has put there.
            #expect(try Self.kernelProtectsFiles(), "\(second.errors)")
            #expect(second.errors.contains("\(folder)/out.bin.part"), "\(second.errors)")
        } else {
            #expect(second.exitCode == 75, "\(second.errors)")
            #expect(
                second.errors.contains(
                    "another user could have changed \(folder)/out.bin.part or its record"),
                "\(second.errors)")
            #expect(try status("\(folder)/\(name)").st_uid == 0)
        }
        #expect(!second.errors.contains("going on at"))
    }

    private static func kernelProtectsFiles() throws -> Bool {
        try contents(of: "/proc/sys/fs/protected_regular") != Array("0\n".utf8)
    }

    @Test func theFolderOfADevicesFiles() throws {
        let folder = try folder(0o1777, "ln -s '\(board.directory.path)' x")
        let result = try pwtransfer("read", "/d/", "--port", board.port, "-o", "\(folder)/x")
        #expect(result.exitCode == 73, "\(result.errors)")
        #expect(result.errors.contains("another user's"))
    }
}

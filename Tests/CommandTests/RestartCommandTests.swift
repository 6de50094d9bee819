internal import Glibc
internal import TestSupport
internal import Testing

/// The device restarts and its port stays. Also: what scripts learn about a device that refuses or ends a transfer.
@Suite struct RestartCommandTests {
    private static let content = patternBytes(65_536)
    private static let keeping = ["--resource-status", "--keep-interrupted"]

    private func board(_ options: [String], resetAt chunk: Int, content: [UInt8]? = nil) throws -> Board {
        let fault = ["--fault", "device:reset-after-chunks=\(chunk)"]
        let board = try Board(["--min-delay", "0"] + fault + options, content: content)
        try write(Self.content, to: board.file("in.bin"))
        return board
    }

    @Test func aWriteSaysWhatMayCureIt() throws {
        let board = try board([], resetAt: 40)
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("the device no longer knows the transfer after "), "\(result.errors)")
        for option in ["--reconnect", "--restart", "--device-output"] {
            #expect(result.errors.contains(option), "\(result.errors)")
        }
    }

    @Test(arguments: [1, 2, 5, 40, 100, 146], [[], ["--resource-status"], keeping])
    func reconnectCoversARestartInAWrite(chunk: Int, options: [String]) throws {
        let board = try board(options, resetAt: chunk)
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--reconnect", "--json")
        #expect(result.exitCode == 0, "\(result.outputText)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
        guard chunk == 40 else { return }
        #expect(result.outputText.contains(#""code":"restarted""#), "\(result.outputText)")
        let goesOn = result.outputText.contains("going on at offset ")
        #expect(goesOn == (options == Self.keeping), "\(result.outputText)")
        // A transfer that continues repeats only the bytes that were in flight, perhaps none.
        let repeatsNothing = result.outputText.contains(#""bytes_repeated":0,"#)
        #expect(goesOn || !repeatsNothing, "\(result.outputText)")
    }

    @Test func aDeviceThatRestartsEachTimeIsGivenUp() throws {
        let faults = (1...12).flatMap { ["--fault", "device:reset-after-chunks=\($0 * 50)"] }
        let board = try Board(["--min-delay", "0"] + faults)
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--reconnect")
        #expect(result.exitCode == 75, "\(result.errors)")
        #expect(result.errors.contains("the device no longer knows the transfer after "), "\(result.errors)")
    }

    /// Stock firmware cannot begin in the middle.
    @Test func aReadSaysThatTheOffsetWasRefused() throws {
        let board = try board(["--no-offset"], resetAt: 80, content: Self.content)
        let read = ["read", "3", "--port", board.port, "-o", board.file("out.bin")]
        let result = try RunningCommand(read).result()
        #expect(result.exitCode == 75, "\(result.errors)")
        #expect(result.errors.contains("and refuses to continue there (UNIMPLEMENTED)"), "\(result.errors)")
        #expect(result.errors.contains("--reconnect"), "\(result.errors)")
        #expect(result.errors.contains("--device-output"), "\(result.errors)")
    }

    @Test func reconnectCoversARestartInARead() throws {
        let board = try board(["--no-offset"], resetAt: 80, content: Self.content)
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    @Test(arguments: [
        ("RESOURCE_EXHAUSTED", 75 as Int32, "retry"), ("ABORTED", 75, "retry"), ("UNAVAILABLE", 75, "retry"),
        ("DEADLINE_EXCEEDED", 75, "retry"), ("NOT_FOUND", 76, "station"),
        ("PERMISSION_DENIED", 76, "station"),
        ("UNIMPLEMENTED", 76, "station"), ("INVALID_ARGUMENT", 76, "station"),
        ("OUT_OF_RANGE", 76, "station"),
        ("ALREADY_EXISTS", 76, "station"), ("UNAUTHENTICATED", 76, "station"), ("DATA_LOSS", 76, "board"),
        ("INTERNAL", 76, "board"), ("UNKNOWN", 76, "board"), ("FAILED_PRECONDITION", 76, "board"),
        ("CANCELLED", 76, "board"),
    ])
    func aStatusHasAVerdict(status: String, exitCode: Int32, verdict: String) throws {
        let board = try Board(["--fault", "device:refuse=\(status)"], content: [1])
        try write([1], to: board.file("in.bin"))
        let impatience = ["--start-timeout", "200ms", "--chunk-timeout", "200ms", "--retries", "0"]
        for arguments in [["read", "3"], ["write", "2", board.file("in.bin")]] {
            let result = try RunningCommand(
                arguments + ["--port", board.port, "--json"] + impatience
            ).result()
            #expect(result.exitCode == exitCode, "\(result.outputText)")
            let text = result.outputText + result.errors
            #expect(text.contains(#""verdict":"\#(verdict)""#), "\(text)")
            #expect(text.contains(#""status":"\#(status)""#), "\(text)")
        }
    }

    @Test func verdictsOfExitCodes() throws {
        let board = try Board(content: [1])
        func verdict(_ arguments: String...) throws -> (Int32, Substring?) {
            let result = try RunningCommand(arguments + ["--json"]).result()
            let text = result.outputText + result.errors
            return (result.exitCode, text.split(separator: #""verdict":""#).last?.prefix { $0 != "\"" })
        }
        #expect(try verdict("read", "3", "--port", board.port, "-o", board.file("out")) == (0, "pass"))
        #expect(
            try verdict("read", "3", "--port", board.port + "2", "-o", board.file("out")) == (69, "retry"))
        #expect(try verdict("write", "2", "no.bin", "--port", board.port) == (66, "station"))
        #expect(try verdict("read", "3", "--port", board.port, "-o", "/no/out") == (73, "station"))
        #expect(try verdict("read", "x y", "--port", board.port) == (64, "station"))
    }

    /// A limit of this machine is neither a fault of the port nor a bug of the program.
    @Test(arguments: 3...14) func tooFewFiles(limit: Int) throws {
        let board = try Board(content: patternBytes(3000))
        let result = try RunningCommand(
            [
                "-c",
                "ulimit -n \(limit); exec \(BuiltProgram.path) read 3 --port \(board.port) -o \(board.file("out"))",
            ],
            executable: "/bin/bash"
        ).result()
        // With a very low limit, the program's libraries cannot be loaded.
        guard result.exitCode != 127 else { return }
        if result.exitCode == 0 {
            #expect(try contents(of: board.file("out")) == patternBytes(3000))
        } else {
            #expect(result.exitCode == 78, "\(result.errors)")
            #expect(result.errors.contains("ulimit -n"), "\(result.errors)")
        }
    }

    @Test func aLinkToItselfIsNoPort() throws {
        let directory = try TemporaryDirectory()
        symlink("loop", directory.file("loop"))
        let result = try pwtransfer(
            "read", "3", "--port", directory.file("loop"), "-o", directory.file("out"))
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("a link that leads back to itself"), "\(result.errors)")
    }
}

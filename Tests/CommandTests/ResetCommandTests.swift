import PigweedTokenizer
import TestSupport
import Testing

/// Restarts of the device: before a transfer, after a write, and with `reset`.
@Suite struct ResetCommandTests {
    /// A board that logs from its restart on. The database has all its tokens.
    private func board(logs text: String = "Boot OK", _ options: String...) throws -> Board {
        try board(logs: text, options: options)
    }

    private func board(
        logs text: String = "Boot OK", form: String = "tokens", options: [String]
    ) throws -> Board {
        let board = try Board(
            [
                "--min-delay", "0", "--fault",
                "device:console=20ms,form=\(form),text=\(text),from=restart",
            ] + options, content: patternBytes(1000))
        let digits = String(TokenizedMessage.token(of: text), radix: 16)
        let zeros = String(repeating: "0", count: 8 - digits.count)
        try TestSupport.write(
            Array("\(zeros)\(digits),,\"\",\"\(text)\"\n".utf8), to: board.file("app.csv"))
        try TestSupport.write(patternBytes(3000), to: board.file("fw.bin"))
        return board
    }

    private func run(_ board: Board, _ arguments: String...) throws -> CommandResult {
        try RunningCommand(arguments + ["--port", board.port]).result()
    }

    private func expect(_ result: CommandResult, _ exitCode: Int32, _ parts: String...) {
        #expect(result.exitCode == exitCode, "\(result.errors)")
        for part in parts { #expect(result.errors.contains(part), "\(result.errors)") }
    }

    /// The command line of a station: write, restart, then wait for the message that the board is up.
    private func writeAndExpect(_ board: Board, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            [
                "write", "2", board.file("fw.bin"), "--token-database", board.file("app.csv"),
                "--reset-after=rpc", "--reconnect=60s", "--expect", "Boot OK", "--fail-on", "ASSERT",
                "--port", board.port,
            ] + options
        ).result()
    }

    // MARK: After a write

    @Test(arguments: [[], ["--reboot-hangs-up"]]) func theBoardComesUp(_ options: [String]) throws {
        let board = try board(options: options)
        let result = try writeAndExpect(board, "--expect-timeout", "60s")
        expect(result, 0, "the device was restarted (rpc)")
        #expect(try contents(of: board.file("flash.bin")) == patternBytes(3000))
    }

    /// After the restart, the program opens the log service again, even if the port is another one.
    @Test(arguments: [[], ["--reboot-hangs-up"]]) func theBoardComesUpByRPC(_ options: [String]) throws {
        let board = try board(form: "rpc", options: options)
        let result = try writeAndExpect(board, "--expect-timeout", "60s", "--device-output=rpc")
        expect(result, 0, "device: INF Boot OK")
    }

    @Test func aTrayInAScenario() throws {
        let directory = try TemporaryDirectory()
        func device(_ name: String, _ form: String, _ text: String) -> String {
            """
            [[device]]
            name = "\(name)"
            link = "\(directory.file(name))"
            resource = "2=\(directory.file(name)).flash:w"
            fault = "device:console=20ms,form=\(form),text=\(text),from=restart"
            reboot-hangs-up = true

            """
        }
        let scenario = device("good", "rpc", "Boot OK") + device("bad", "frames", "ASSERT in main.cc")
        try write(Array(scenario.utf8), to: directory.file("tray.toml"))
        let tray = try RunningCommand(["simulate", "--scenario", directory.file("tray.toml")])
        _ = try tray.outputLine(after: "ready")
        let token = String(TokenizedMessage.token(of: "Boot OK"), radix: 16)
        let zeros = String(repeating: "0", count: 8 - token.count)
        try write(Array("\(zeros)\(token),,\"\",\"Boot OK\"\n".utf8), to: directory.file("app.csv"))
        try write(patternBytes(3000), to: directory.file("fw.bin"))
        let result = try pwtransfer(
            "write", "2", directory.file("fw.bin"), "--port", directory.file("good"), "--port",
            directory.file("bad"), "--token-database", directory.file("app.csv"), "--reset-after", "rpc",
            "--device-output=all", "--expect", "Boot OK", "--fail-on", "ASSERT", "--expect-timeout", "60s",
            "--reconnect=60s")
        #expect(result.exitCode == 79, "\(result.errors)")
        #expect(result.errors.contains("1 of 2 devices failed"), "\(result.errors)")
        #expect(try contents(of: directory.file("good.flash")) == patternBytes(3000))
    }

    @Test func programsAreToldOfIt() throws {
        let result = try writeAndExpect(try board(), "--expect-timeout", "60s", "--json")
        #expect(result.exitCode == 0)
        #expect(result.outputText.contains(#""code":"device_reset""#), "\(result.outputText)")
    }

    @Test func theBoardFails() throws {
        expect(
            try writeAndExpect(try board(logs: "ASSERT in main.cc"), "--expect-timeout", "60s"), 79,
            "the data were written, but the device logged \"ASSERT in main.cc\"")
    }

    @Test func theBoardSaysSomethingElse() throws {
        expect(
            try writeAndExpect(try board(logs: "Self test"), "--expect-timeout", "200ms"), 75,
            "the data were written, but the device did not log what is expected within")
    }

    /// The message is logged once, at the start. Before a write, it is from the old firmware.
    @Test func aMessageFromBeforeTheWriteDoesNotCount() throws {
        let board = try Board(
            ["--min-delay", "0", "--fault", "device:console=60s,form=frames,text=Boot OK,from=restart"],
            content: patternBytes(1000))
        try TestSupport.write(patternBytes(3000), to: board.file("fw.bin"))
        for exitCode in [75, 0] as [Int32] {
            let result = try run(
                board, "write", "2", board.file("fw.bin"), "--if-changed", "--verify-from", "3",
                "--reset=rpc",
                "--expect", "Boot OK", "--expect-timeout", exitCode == 0 ? "60s" : "200ms")
            #expect(result.exitCode == exitCode, "\(result.errors)")
        }
    }

    /// The second run finds the data on the board, which is no reason to pass it.
    @Test func aBoardThatHasTheDataMustStillComeUp() throws {
        for (text, exitCode) in [("Self test", 75), ("ASSERT in main.cc", 79), ("Boot OK", 0)]
            as [(String, Int32)]
        {
            let board = try board(logs: text)
            let timeout = exitCode == 75 ? "200ms" : "60s"
            for _ in 1...2 {
                let result = try writeAndExpect(
                    board, "--if-changed", "--verify-from", "3", "--expect-timeout", timeout)
                expect(result, exitCode, "the device was restarted (rpc)")
            }
        }
    }

    @Test func theBoardDoesNotAnswer() throws {
        expect(
            try writeAndExpect(try board("--fault", "device:fall-silent-after-write=0s")), 75,
            "the device does not answer")
    }

    @Test func theBoardCannotRestart() throws {
        let result = try writeAndExpect(try board("--no-reboot"))
        expect(
            result, 76,
            "the data were written, but the device was not restarted: the device has no device service",
            "(NOT_FOUND)")
    }

    // MARK: Before a transfer

    @Test(arguments: ["rpc", "touch1200"]) func beforeARead(_ method: String) throws {
        let board = try board("--touch1200")
        let result = try run(
            board, "read", "3", "-o", board.file("out.bin"), "--reset", method, "--device-output")
        expect(result, 0, "the device was restarted (\(method))")
        #expect(try contents(of: board.file("out.bin")) == patternBytes(1000))
    }

    @Test func aMonitorSeesTheStart() throws {
        let board = try board()
        let result = try run(
            board, "monitor", "--reset", "rpc", "--expect", "Boot OK", "--timeout", "60s", "--token-database",
            board.file("app.csv"))
        expect(result, 0)
        #expect(result.outputText.contains("Boot OK"), "\(result.outputText)")
    }

    // MARK: By itself

    @Test(arguments: [["--reboot-hangs-up"], []]) func byRPC(_ options: [String]) throws {
        let board = try board(options: options)
        expect(try run(board, "reset"), 0, "the device was restarted (rpc)")
        try board.command.errorLine(containing: "the device starts again")
    }

    @Test func byRPCWithoutAnAnswer() throws {
        let result = try run(try board("--fault", "device:silent"), "reset")
        expect(result, 75, "the device was not restarted: the device does not answer")
    }

    /// After the restart, the link leads to another pseudo-terminal.
    @Test func byTouch() throws {
        let board = try board("--touch1200")
        expect(try run(board, "reset", "--method", "touch1200"), 0, "the device was restarted (touch1200)")
        try board.command.errorLine(containing: "the device starts again, and its port is a new one")
        #expect(board.node != nil)
    }

    @Test func aBoardThatDoesNotWatchTheRate() throws {
        let result = try run(try board(), "reset", "--method", "touch1200")
        expect(result, 76, "the device was not restarted: at 1200 baud", "stays as it is")
    }

    @Test(arguments: ["dtr", "rts", "dtr-rts"]) func aPseudoTerminalHasNoLines(_ method: String) throws {
        let result = try run(try board(), "reset", "--method", method)
        expect(result, 64, "the device was not restarted: ", "no DTR and RTS lines", "such as rpc")
    }

    @Test func aNetworkHasNoLinesEither() throws {
        let port = "tcp:localhost:1"
        for method in ["dtr", "rts", "dtr-rts", "touch1200"] {
            let result = try pwtransfer("reset", "--method", method, "--port", port)
            #expect(result.exitCode == 64)
            #expect(result.errors.contains("needs"), "\(result.errors)")
        }
        #expect(try pwtransfer("write", "2", "x", "--reset-after", "dtr", "--port", port).exitCode == 64)
        #expect(try pwtransfer("reset", "--method", "power").exitCode == 64)
    }
}

import PigweedTokenizer
import TestSupport
import Testing

/// The device's log, in `monitor` and after a write.
@Suite struct MonitorCommandTests {
    private func board(
        _ text: String, form: String = "base64", from: String = "start", _ options: [String] = []
    ) throws -> Board {
        let escaped = text.replacing("%", with: "%25").replacing("\n", with: "%0A")
        let console = "device:console=5ms,form=\(form),text=\(escaped),from=\(from)"
        let board = try Board(
            ["--min-delay", "0", "--fault", console] + options, content: patternBytes(1000))
        let digits = String(TokenizedMessage.token(of: text), radix: 16)
        let zeros = String(repeating: "0", count: 8 - digits.count)
        let row = "\(zeros)\(digits),,\"\",\"\(text)\"\n"
        try TestSupport.write(Array(row.utf8), to: board.file("tokens.csv"))
        try TestSupport.write(patternBytes(3000), to: board.file("in.bin"))
        return board
    }

    private func monitor(_ board: Board, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            ["monitor", "--port", board.port, "--token-database", board.file("tokens.csv")] + options
        ).result()
    }

    private func write(_ board: Board, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            [
                "write", "2", board.file("in.bin"), "--port", board.port, "--token-database",
                board.file("tokens.csv"),
            ] + options
        ).result()
    }

    @Test(arguments: ["frames", "text", "base64", "tokens", "rpc"])
    func endsWithTheExpectedMessage(form: String) throws {
        let board = try board("Boot OK %u" + (form == "text" ? "\n" : ""), form: form)
        let result = try monitor(
            board, "--expect", "Boot OK [0-9]+", "--log", board.file("log.txt"),
            "--device-output=\(form == "rpc" ? "rpc" : "line")")
        #expect(result.exitCode == 0, "\(result.errors)")
        let lines = result.outputText.split(whereSeparator: \.isNewline)
        #expect(lines.contains { $0.contains("Boot OK ") }, "\(result.outputText)")
        let logged = String(decoding: try contents(of: board.file("log.txt")), as: UTF8.self)
        #expect(logged.split(whereSeparator: \.isNewline).count == lines.count)
        #expect(logged.contains("Boot OK "), "\(logged)")
    }

    @Test func aFailureHasItsExitCode() throws {
        let result = try monitor(
            try board("ASSERT in main.cc"), "--expect", "Boot OK", "--fail-on", "ASSERT|PANIC")
        #expect(result.exitCode == 79)
        #expect(result.errors.contains("the device logged \"ASSERT in main.cc\""), "\(result.errors)")
    }

    @Test func whatDoesNotComeIsToldAfterTheTime() throws {
        let silent = try Board([], content: [1])
        let result = try pwtransfer(
            "monitor", "--port", silent.port, "--expect", "x", "--timeout", "100ms", "--json")
        #expect(result.exitCode == 75)
        #expect(result.outputText.contains(#""code":"not_logged""#), "\(result.outputText)")
        let text = try pwtransfer("monitor", "--port", silent.port, "--expect", "x", "--timeout", "100ms")
        #expect(text.errors.contains("the device did not log what is expected within"), "\(text.errors)")
    }

    @Test func withoutAnExpectationTheTimeIsTheEnd() throws {
        let silent = try Board([], content: [1])
        let result = try pwtransfer("monitor", "--port", silent.port, "--timeout", "100ms")
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    @Test func anInterruptIsTheEnd() throws {
        let board = try board("Text")
        let command = try RunningCommand([
            "monitor", "--port", board.port, "--token-database", board.file("tokens.csv"),
        ])
        _ = try command.outputLine(containing: " Text")
        command.signal(2)
        #expect(try command.result().exitCode == 0)
    }

    @Test func severalDevicesHaveTheirNamesOnEachLine() throws {
        let boards = [try board("One"), try board("Other")]
        // Without this, optimized code may end the boards after the last use of the array.
        defer { withExtendedLifetime(boards) {} }
        let command = try RunningCommand([
            "monitor", "--port", boards[0].port, "--port", boards[1].port,
            "--token-database", boards[0].file("tokens.csv"),
            "--token-database", boards[1].file("tokens.csv"),
        ])
        _ = try command.outputLine(containing: ": One")
        _ = try command.outputLine(containing: ": Other")
        command.signal(15)
        #expect(try command.result().exitCode == 0)
    }

    @Test func aPatternThatIsNoneIsRefused() throws {
        #expect(try pwtransfer("monitor", "--expect", "(").exitCode == 64)
        #expect(try pwtransfer("write", "2", "file", "--fail-on", "x").exitCode == 64)
    }

    // MARK: After a write

    @Test func aWriteIsFollowedByTheMessage() throws {
        let board = try board("Boot OK", from: "contact")
        let result = try write(board, "--expect", "^Boot OK$", "--fail-on", "ASSERT")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == patternBytes(3000))
    }

    @Test func aWriteIsFollowedByAFailure() throws {
        let result = try write(
            try board("ASSERT", from: "contact"), "--expect", "Boot OK", "--fail-on", "ASSERT")
        #expect(result.exitCode == 79)
        let text = "the data were written, but the device logged \"ASSERT\""
        #expect(result.errors.contains(text), "\(result.errors)")
    }

    @Test func aWriteIsFollowedByNothing() throws {
        let result = try write(
            try board("Boot OK", from: "restart"), "--expect", "Boot OK", "--expect-timeout", "200ms")
        #expect(result.exitCode == 75)
        #expect(
            result.errors.contains("the data were written, but the device did not log"), "\(result.errors)")
    }

    /// The device restarts at the end of the write, and then has another port.
    @Test(arguments: [("Boot OK", 0), ("ASSERT", 79), ("Other", 75)] as [(String, Int32)])
    func aRestartBetween(text: String, exitCode: Int32) throws {
        let board = try board(
            text, form: "tokens", from: "restart", ["--fault", "device:hang-up-after=300ms"])
        let result = try write(
            board, "--expect", "Boot OK", "--fail-on", "ASSERT", "--reconnect=60s", "--expect-timeout",
            exitCode == 75 ? "1s" : "60s")
        #expect(result.exitCode == exitCode, "\(result.errors)")
    }
}

import PigweedTokenizer
import TestSupport
import Testing

/// Logs of a device in every form, and the lines that the command shows.
@Suite struct LogCommandTests {
    private static let text = "■msg♦Line %u is here■module♦BOOT■file♦boot.cc"
    /// On this line, the transfer takes long enough for messages in its middle.
    private static let content = patternBytes(16_384)

    private func board(form: String, text: String = text, drop: Int? = nil) throws -> Board {
        let escaped = text.replacing("%", with: "%25").replacing("\n", with: "%0A")
        let board = try Board(
            [
                "--min-delay", "0", "--baud", "230400", "--fault",
                "device:console=10ms,form=\(form),text=\(escaped)" + (drop.map { ",drop=\($0)" } ?? ""),
            ],
            content: Self.content)
        let rows = "00000001,2020-01-01,\"\",\"no more\"\n" + row(Self.text)
        try write(Array(rows.utf8), to: board.file("tokens.csv"))
        return board
    }

    /// A row of a database. If `token` is given, the row has the token of that string.
    private func row(_ string: String, domain: String = "", token: String? = nil) -> String {
        let digits = String(TokenizedMessage.token(of: token ?? string), radix: 16)
        let zeros = String(repeating: "0", count: 8 - digits.count)
        return "\(zeros)\(digits),,\"\(domain)\",\"\(string)\"\n"
    }

    private func read(_ board: Board, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            ["read", "3", "--port", board.port, "-o", board.file("out.bin"), "--device-output"] + options
        ).result()
    }

    /// The numbers in the shown lines, in the order of the lines.
    private func numbers(in text: String, after prefix: String, before suffix: String) -> [Int] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let start = line.firstRange(of: prefix)?.upperBound, line.hasSuffix(suffix) else {
                return nil
            }
            return Int(line[start...].prefix { $0.isNumber })
        }
    }

    private func expectEveryLine(_ numbers: [Int], _ result: CommandResult) {
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(!numbers.isEmpty, "\(result.errors)")
        let first = numbers.first ?? 0
        #expect(numbers == Array(first..<first + numbers.count), "\(result.errors)")
    }

    @Test(arguments: [("base64", "[BOOT] Line "), ("tokens", "INF [BOOT] Line ")])
    func tokensAreDecoded(form: String, prefix: String) throws {
        let board = try board(form: form)
        let result = try read(board, "--token-database", board.file("tokens.csv"))
        let place = form == "tokens" ? " is here (boot.cc:100)" : " is here (boot.cc)"
        expectEveryLine(numbers(in: result.errors, after: "device: " + prefix, before: place), result)
        #expect(!result.errors.contains("not in the token database"), "\(result.errors)")
    }

    @Test(arguments: ["frames", "text"]) func textStaysAsItIs(form: String) throws {
        let board = try board(form: form, text: "Line %u: $5\n")
        let result = try read(board, "--token-database", board.file("tokens.csv"))
        let numbers = numbers(in: result.errors, after: "device: Line ", before: ": $5")
        guard form == "text" else { return expectEveryLine(numbers, result) }
        // Between frames, a line in whose middle the device is silent for long is shown in two parts.
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(!numbers.isEmpty, "\(result.errors)")
        #expect(numbers == Set(numbers).sorted(), "\(result.errors)")
    }

    // MARK: By RPC

    private func readByRPC(_ board: Board, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            [
                "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--token-database",
                board.file("tokens.csv"),
            ] + options
        ).result()
    }

    @Test(arguments: ["rpc", "all"]) func theLogService(_ source: String) throws {
        let board = try board(form: "rpc")
        let result = try readByRPC(board, "--device-output=\(source)")
        expectEveryLine(
            numbers(
                in: result.errors, after: "device: INF [BOOT] Line ",
                before: " is here (boot.cc:100, thread main)"),
            result)
        #expect(!result.errors.contains("missing"), "\(result.errors)")
    }

    @Test func theLogServiceIsNotAskedOtherwise() throws {
        let result = try readByRPC(try board(form: "rpc"), "--device-output=line")
        #expect(result.exitCode == 0)
        #expect(!result.errors.contains("device: "), "\(result.errors)")
    }

    @Test func messagesThatTheDeviceDropsAreTold() throws {
        let board = try board(form: "rpc", drop: 4)
        let result = try readByRPC(board, "--device-output=rpc")
        #expect(result.exitCode == 0)
        #expect(
            result.errors.contains("device: WRN 1 message missing: dropped by the device"), "\(result.errors)"
        )
        #expect(result.errors.contains("messages of the device's log that are missing: "), "\(result.errors)")
        let json = try readByRPC(board, "--device-output=rpc", "--json")
        #expect(json.outputText.contains(#""lost":1"#), "\(json.outputText)")
    }

    @Test func aDeviceWithoutTheLogService() throws {
        let board = try board(form: "frames", text: "Text")
        let result = try readByRPC(board, "--device-output=all")
        #expect(result.exitCode == 0)
        #expect(result.errors.contains("device: Text"), "\(result.errors)")
        #expect(
            result.errors.contains("the device does not give its log by RPC (pw.log.Logs): NOT_FOUND"),
            "\(result.errors)")
        let monitor = try pwtransfer("monitor", "--port", board.port, "--device-output=rpc")
        #expect(monitor.exitCode == 76, "\(monitor.errors)")
    }

    @Test func aSourceThatIsNone() throws {
        #expect(try pwtransfer("monitor", "--device-output=usb").exitCode == 64)
        let result = try pwtransfer("read", "3", "--device-output", "rpc")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("--device-output=rpc"), "\(result.errors)")
    }

    @Test func eventsHaveTheFields() throws {
        let board = try board(form: "tokens")
        let result = try read(board, "--json", "--token-database", board.file("tokens.csv"))
        #expect(result.exitCode == 0)
        let fields = [
            #""file":"boot.cc""#, #""level":"info""#, #""line":100"#, #""module":"BOOT""#, #" is here""#,
            #""type":"device_output""#,
        ]
        let event =
            result.outputText.split(whereSeparator: \.isNewline).first { $0.contains("device_output") } ?? ""
        for field in fields { #expect(event.contains(field), "\(event)") }
    }

    @Test(arguments: ["base64", "tokens"]) func tokensOfAnotherFirmwareAreCounted(form: String) throws {
        let board = try board(form: form, text: "Another string")
        let result = try read(board, "--token-database", board.file("tokens.csv"))
        #expect(result.exitCode == 0)
        #expect(
            result.errors.contains(
                " messages with 1 different tokens are not in the token database: it does not belong"),
            "\(result.errors)")
        #expect(result.errors.contains("device: $"), "\(result.errors)")
    }

    @Test func aCollisionIsShownWithItsCandidates() throws {
        let board = try board(form: "base64", text: "Same token")
        let rows =
            row("One", domain: "a", token: "Same token") + row("Other", domain: "b", token: "Same token")
        try write(Array(rows.utf8), to: board.file("tokens.csv"))
        let result = try read(board, "-v", "--token-database", board.file("tokens.csv"))
        #expect(result.errors.contains("device: $"), "\(result.errors)")
        #expect(
            result.errors.contains("has several strings in the token database: \"One\", \"Other\""),
            "\(result.errors)")
        #expect(!result.errors.contains("not in the token database"), "\(result.errors)")
    }

    @Test func aDirectoryOfDatabases() throws {
        let board = try board(form: "base64")
        let folder = try board.directory.directory("databases")
        #expect(try read(board, "--token-database", folder).errors.contains("has no token database"))
        try write(try contents(of: board.file("tokens.csv")), to: folder + "/one.pw_tokenizer.csv")
        let result = try read(board, "--token-database", folder)
        #expect(result.errors.contains("device: [BOOT] Line "), "\(result.errors)")
    }

    @Test func filesThatAreNoDatabases() throws {
        let board = try board(form: "base64")
        let file = board.file("none")
        #expect(try read(board, "--token-database", file).exitCode == 66)
        try write(Array("# no database\n".utf8), to: file)
        let result = try read(board, "--token-database", file)
        #expect(result.exitCode == 65)
        #expect(result.errors.contains("is no token database"), "\(result.errors)")
        try write([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 57), to: file)
        #expect(try read(board, "--token-database", file).errors.contains("lacks the section"))
    }
}

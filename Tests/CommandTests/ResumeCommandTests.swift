internal import Glibc
internal import TestSupport
internal import Testing

@Suite struct ResumeCommandTests {
    private static let content = patternBytes(100_000)

    /// A board whose resource 3 was read in part, by a read that was interrupted.
    private func interrupted(
        _ options: [String] = [], content: [UInt8] = content, arguments: [String] = []
    ) throws -> Board {
        let board = try Board(["--min-delay", "0", "--baud", "921600"] + options, content: content)
        let command = try RunningCommand(
            [
                "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--resume", "--progress",
                "plain",
            ]
                + arguments)
        try command.errorLine(containing: " %, ")
        command.signal(SIGINT)
        let result = try command.result()
        #expect(result.exitCode == 130)
        #expect(result.errors.contains("run the same command again to continue"))
        #expect(board.directory.names == ["board", "flash.bin", "out.bin.part", "out.bin.part.json"])
        return board
    }

    private func resume(_ board: Board, _ arguments: [String] = []) throws -> CommandResult {
        try RunningCommand(
            [
                "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--resume", "--progress",
                "none",
            ]
                + arguments
        ).result()
    }

    private func record(_ board: Board) throws -> String {
        String(decoding: try contents(of: board.file("out.bin.part.json")), as: UTF8.self)
    }

    /// Expects that the command has continued or begun again, and that only the right file is left.
    private func expectWhole(
        _ board: Board, _ result: CommandResult, says text: String, content: [UInt8] = content
    )
        throws
    {
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains(text), "\(result.errors)")
        let isSame = try contents(of: board.file("out.bin")) == content
        #expect(isSame)
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])
    }

    @Test(arguments: [[], ["--resource-status"], ["--unknown-size"]]) func goesOn(options: [String]) throws {
        // Without a size there is no percentage to wait for.
        guard !options.contains("--unknown-size") else { return try goesOnWithoutSize() }
        let board = try interrupted(options)
        let result = try resume(board)
        try expectWhole(board, result, says: "going on at byte ")
        #expect(!result.errors.contains("reading everything"))
    }

    private func goesOnWithoutSize() throws {
        let board = try Board(
            ["--min-delay", "0", "--baud", "921600", "--unknown-size"], content: Self.content)
        let command = try RunningCommand([
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--resume", "--json",
        ])
        _ = try command.outputLine(containing: #""phase":"moving""#)
        command.signal(SIGTERM)
        #expect(try command.result().exitCode == 143)
        try expectWhole(board, try resume(board), says: "going on at byte ")
    }

    @Test func offsetCounts() throws {
        let board = try interrupted(arguments: ["--offset", "1000"])
        try expectWhole(
            board, try resume(board, ["--offset", "1000"]), says: "going on at byte ",
            content: Array(Self.content.dropFirst(1000)))
        let other = try interrupted(arguments: ["--offset", "1000"])
        try expectWhole(
            other, try resume(other), says: "of device \(other.port) from offset 1000 on; reading everything")
    }

    @Test func deviceThatRefusesTheOffset() throws {
        let board = try interrupted(["--no-offset"])
        try expectWhole(board, try resume(board), says: "; reading everything")
    }

    /// The end of the partial file is read again and compared, whatever the device reports.
    @Test func resourceThatHasChanged() throws {
        let board = try interrupted()
        let changed = Self.content.map { ~$0 }
        try write(changed, to: board.file("flash.bin"))
        try expectWhole(
            board, try resume(board), says: "is not what the device has now, as byte ", content: changed)
    }

    @Test func resourceThatHasChangedAsTheDeviceTells() throws {
        let board = try interrupted(["--resource-status"])
        var changed = Self.content
        changed[0] ^= 1
        try write(changed, to: board.file("flash.bin"))
        try expectWhole(
            board, try resume(board), says: "the resource has changed since", content: changed)
    }

    @Test func resourceThatHasGrown() throws {
        let board = try interrupted()
        let grown = Self.content + [1, 2, 3]
        try write(grown, to: board.file("flash.bin"))
        try expectWhole(
            board, try resume(board), says: "is not what the device has now, as byte ", content: grown)
    }

    enum Damage: CaseIterable {
        case noRecord, emptyRecord, wrongFormat, changedPart, shortPart, emptyPart, noPart, hugeCount, link
    }

    @Test(arguments: Damage.allCases) func damaged(damage: Damage) throws {
        let board = try interrupted()
        let (part, record) = (board.file("out.bin.part"), board.file("out.bin.part.json"))
        let says: String
        switch damage {
        case .noRecord:
            unlink(record)
            says = "has no record of where it came from; reading everything"
        case .emptyRecord:
            try write([], to: record)
            says = "makes no sense; reading everything"
        case .wrongFormat:
            try write(
                Array(try self.record(board).replacing("\"format\" : 1", with: "\"format\" : 2").utf8),
                to: record)
            says = "makes no sense; reading everything"
        case .changedPart:
            var bytes = try contents(of: part)
            bytes[10] ^= 1
            try write(bytes, to: part)
            says = "is not as it was left; reading everything"
        case .shortPart:
            truncate(part, 10_000)
            says = "is not as it was left; reading everything"
        case .emptyPart:
            truncate(part, 0)
            says = "is not as it was left; reading everything"
        case .noPart:
            unlink(part)
            says = "is not as it was left; reading everything"
        case .hugeCount:
            try write(
                Array(
                    try self.record(board).replacing(
                        "\"bytes\" : ", with: "\"bytes\" : 18446744073709551"
                    ).utf8), to: record)
            says = "; reading everything"
        case .link:
            unlink(part)
            symlink("/etc/passwd", part)
            let result = try resume(board)
            #expect(result.exitCode == 73, "\(result.errors)")
            unlink(part)
            says = "is not as it was left; reading everything"
        }
        try expectWhole(board, try resume(board), says: says)
    }

    /// Bytes after the recorded size, which a power failure may leave, are ignored.
    @Test func surplusDoesNotCount() throws {
        let board = try interrupted()
        let part = board.file("out.bin.part")
        try write(try contents(of: part) + [9, 9, 9], to: part)
        try expectWhole(board, try resume(board), says: "going on at byte ")
    }

    @Test func otherResourceAndOtherDevice() throws {
        let board = try interrupted()
        let command = ["--port", board.port, "-o", board.file("out.bin"), "--resume"]
        let second = try Board(["--min-delay", "0"], content: patternBytes(5000))
        let foreign = try RunningCommand(["read", "2"] + command).result()
        #expect(foreign.exitCode == 76)
        #expect(foreign.errors.contains("is of resource 3 of device \(board.port)"), "\(foreign.errors)")

        let again = try interrupted()
        let other = try pwtransfer(
            "read", "3", "--port", second.port, "-o", again.file("out.bin"), "--resume")
        #expect(other.exitCode == 0, "\(other.errors)")
        #expect(other.errors.contains("of device \(again.port) from offset 0 on; reading everything"))
        #expect(try contents(of: again.file("out.bin")) == patternBytes(5000))
    }

    @Test func failedPortLeavesWhatIsThere() throws {
        let board = try interrupted()
        let before = try contents(of: board.file("out.bin.part"))
        let failed = try pwtransfer(
            "read", "3", "--port", board.file("absent"), "-o", board.file("out.bin"), "--resume")
        #expect(failed.exitCode == 69)
        #expect(try contents(of: board.file("out.bin.part")) == before)
        try expectWhole(board, try resume(board), says: "going on at byte ")
        _ = try pwtransfer(
            "read", "3", "--port", board.file("absent"), "-o", board.file("new.bin"), "--resume")
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])
    }

    @Test func twoAtATime() throws {
        let board = try Board(["--min-delay", "0", "--baud", "57600"], content: Self.content)
        let other = try Board(content: [1])
        let command = try RunningCommand([
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--resume", "--json",
        ])
        _ = try command.outputLine(containing: #""phase":"moving""#)
        let second = try pwtransfer(
            "read", "3", "--port", other.port, "-o", board.file("out.bin"), "--resume")
        #expect(second.exitCode == 73)
        #expect(second.errors.contains("another process reads into it"), "\(second.errors)")
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
    }

    @Test func whatIsNoFile() throws {
        let board = try Board(content: [1])
        let null = try pwtransfer("read", "3", "--port", board.port, "-o", "/dev/null", "--resume")
        #expect(null.exitCode == 73)
        #expect(null.errors.contains("cannot resume into /dev/null: it is no file"))
        #expect(try pwtransfer("read", "3", "--port", board.port, "-o", "-", "--resume").exitCode == 64)
    }

    // MARK: Writes

    private func interruptedWrite(_ options: [String]) throws -> (Board, [String]) {
        let board = try Board(
            ["--min-delay", "0", "--baud", "921600", "--window", "8KiB"] + options, content: [1, 2, 3])
        try write(Self.content, to: board.file("in.bin"))
        let command = ["write", "2", board.file("in.bin"), "--port", board.port, "--resume"]
        let first = try RunningCommand(command + ["--progress", "plain"])
        try first.errorLine(containing: " %, ")
        first.signal(SIGINT)
        #expect(try first.result().exitCode == 130)
        try board.command.errorLine(containing: "write of resource 2: CANCELLED")
        return (board, command)
    }

    @Test func writeGoesOn() throws {
        let (board, command) = try interruptedWrite(["--resource-status", "--keep-interrupted"])
        let result = try RunningCommand(command + ["--verify", "checksum:crc32"]).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("where an earlier write ended"), "\(result.errors)")
        #expect(result.errors.contains("verified by checksum:crc32"))
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    @Test(arguments: [
        ([], "does not report how much it has of an earlier write"),
        (["--resource-status"], "are not known to be those of"),
    ]) func writeStartsOver(options: [String], reason: String) throws {
        let (board, command) = try interruptedWrite(options)
        let result = try RunningCommand(command).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains(reason), "\(result.errors)")
        #expect(result.errors.contains("; writing everything"))
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }
}

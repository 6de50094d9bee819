internal import Glibc
internal import TestSupport
internal import Testing

/// `--reconnect`: the device goes away in mid-transfer and comes back, and every byte arrives correctly.
@Suite struct ReconnectCommandTests {
    private static let content = patternBytes(65_536)

    /// The device's port goes away at this chunk. A transfer of 64 KiB has about 150 chunks, and as many parameters.
    private static func hangUp(at chunk: Int) -> [String] {
        ["--min-delay", "0", "--fault", "device:hang-up-after-chunks=\(chunk)"]
    }

    private static func moment(ofSeed seed: UInt64) -> Int {
        // Multiplicative hashing spreads the seeds over the transfer, its first and last chunks included.
        1 + Int((seed &* 0x9E37_79B9_7F4A_7C15) >> 32 % 150)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aReadSurvivesAHangUpAtAnyMoment(_ seed: UInt64) throws {
        let moment = Self.moment(ofSeed: seed)
        let board = try Board(Self.hangUp(at: moment), content: Self.content)
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect")
        #expect(result.exitCode == 0, "seed \(seed), chunk \(moment): \(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content, "seed \(seed), chunk \(moment)")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aWriteSurvivesAHangUpAtAnyMoment(_ seed: UInt64) throws {
        let moment = Self.moment(ofSeed: seed)
        let board = try Board(Self.hangUp(at: moment), content: [1, 2, 3])
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0, "seed \(seed), chunk \(moment): \(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content, "seed \(seed), chunk \(moment)")
    }

    @Test func aReadGoesOnWhereItWas() throws {
        let board = try Board(Self.hangUp(at: 80), content: Self.content)
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect=30s")
        #expect(result.exitCode == 0)
        #expect(try contents(of: board.file("out.bin")) == Self.content)
        let moved = try #require(number(after: "was disconnected at ", in: result.errors))
        #expect(moved > 0)
        #expect(result.errors.contains("the device is back as \(board.port)"))
        #expect(result.errors.contains("going on at offset \(moved)"))
        #expect(result.errors.contains("read 64.0 KiB in "))
        #expect(result.errors.contains("reconnections: 1"))
    }

    @Test func aPipeGetsEachByteOnce() throws {
        let board = try Board(Self.hangUp(at: 80), content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0)
        #expect(result.output == Self.content)
    }

    @Test(arguments: [["--no-offset"], ["--legacy"]])
    func aDeviceWithoutOffsetsStartsOver(_ firmware: [String]) throws {
        let board = try Board(Self.hangUp(at: 80) + firmware, content: Self.content)
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect")
        #expect(result.exitCode == 0)
        #expect(result.errors.contains("starting over: "))
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    @Test func aPipeCannotStartOver() throws {
        let board = try Board(Self.hangUp(at: 80) + ["--no-offset"], content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "--reconnect")
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("bytes already, which cannot be taken back"))
        #expect(result.errors.contains("read into a file: -o FILE"))
        #expect(result.output == Array(Self.content.prefix(result.output.count)))
    }

    /// The resource accepts any offset up to the size of its old content, and keeps this content. If a write
    /// continued in the middle, the result would be a mixture.
    @Test(arguments: [
        ([], 100_000, "starting over: the device does not report how much"),
        (["--resource-status"], 100_000, "starting over: the device has 100000 bytes, which is more than"),
        (["--resource-status"], 100, "starting over: the 100 bytes that the device has are not known to be"),
        (["--resource-status"], 0, "starting over: the device has nothing of an earlier write"),
        (
            ["--resource-status", "--keep-interrupted", "--no-offset"], 100,
            "starting over: the device cannot begin at offset "
        ),
    ])
    func aWriteNeverGoesOnOverOldContent(options: [String], oldSize: Int, says text: String) throws {
        let old = [UInt8](repeating: 0xEE, count: oldSize)
        let board = try Board(Self.hangUp(at: 80) + options, content: old)
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0)
        #expect(result.errors.contains(text), "\(result.errors)")
        #expect(!result.errors.contains("going on at offset "))
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    private static let keeping = ["--resource-status", "--keep-interrupted"]

    @Test func aWriteGoesOnWhereTheDeviceHasItsData() throws {
        let board = try Board(Self.hangUp(at: 80) + Self.keeping)
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0)
        let confirmed = try #require(number(after: "was disconnected at ", in: result.errors))
        let offset = try #require(number(after: "going on at offset ", in: result.errors))
        #expect(confirmed > 0 && offset >= confirmed, "\(result.errors)")
        #expect(!result.errors.contains("starting over"))
        #expect(result.errors.contains("wrote 64.0 KiB in "))
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aWriteThatIsKeptSurvivesAHangUpAtAnyMoment(_ seed: UInt64) throws {
        let moment = Self.moment(ofSeed: seed)
        let faults = Self.hangUp(at: moment) + ["--fault", "device:hang-up-after-chunks=\(moment + 40)"]
        let board = try Board(faults + Self.keeping, content: [1, 2, 3])
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0, "seed \(seed), chunk \(moment): \(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content, "seed \(seed), chunk \(moment)")
    }

    /// The bytes from an earlier write count as well.
    @Test(arguments: [keeping, ["--resource-status"]])
    func aResumedWriteGoesOn(_ options: [String]) throws {
        let board = try Board(Self.hangUp(at: 60) + options, content: Array(Self.content.prefix(20_000)))
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--reconnect", "--resume")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("going on at byte 20000 "))
        let offset = try #require(number(after: "going on at offset ", in: result.errors))
        #expect(options == Self.keeping ? offset > 20_000 : offset == 20_000, "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    /// After the restart, other bytes are in the place of those from the earlier write.
    @Test func aResumedWriteThatLostItsBeginningStartsOver() throws {
        let directory = try TemporaryDirectory()
        let flash = directory.file("flash.bin")
        try write(Array(Self.content.prefix(20_000)), to: flash)
        try write(Self.content, to: directory.file("in.bin"))
        let port = directory.file("board")
        func start() throws -> RunningCommand {
            let command = try RunningCommand(
                [
                    "simulate", "--resource", "2=\(flash):w", "--link", port, "--resource-status", "--baud",
                    "115200",
                ])
            _ = try command.outputLine(after: "ready")
            return command
        }
        let first = try start()
        let command = try RunningCommand([
            "write", "2", directory.file("in.bin"), "--port", port, "--reconnect", "--resume", "--progress",
            "plain",
        ])
        try command.errorLine(containing: " %, ")
        first.signal(SIGKILL)
        _ = try first.result()
        unlink(port)
        try write([UInt8](repeating: 0xEE, count: 30_000), to: flash)
        try command.errorLine(containing: "waiting for ")
        let second = try start()
        let result = try command.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.errors.contains("what an earlier write had brought may be lost on the device; writing"),
            "\(result.errors)")
        #expect(try contents(of: flash) == Self.content)
        second.signal(SIGINT)
        _ = try second.result()
    }

    @Test func aWriteAtAnOffsetStartsOver() throws {
        let board = try Board(Self.hangUp(at: 60) + Self.keeping, content: [1, 2, 3, 4])
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--reconnect", "--offset", "2")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("starting over: what the device has before the offset"))
        #expect(try contents(of: board.file("flash.bin")) == [1, 2] + Self.content)
    }

    /// Of a pipe, at least the last MiB that was sent is kept.
    @Test(arguments: [[], keeping]) func aShortPipeIsWritten(_ options: [String]) throws {
        let board = try Board(Self.hangUp(at: 80) + options)
        try write(Self.content, to: board.file("in.bin"))
        let result = try RunningCommand(
            [
                "-c",
                "cat \(board.file("in.bin")) | \(BuiltProgram.path) write 2 - --port \(board.port) --reconnect",
            ],
            executable: "/bin/sh"
        ).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("going on at offset ") == !options.isEmpty, "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    @Test(arguments: [[], keeping]) func aLongPipeCannotBeWrittenAgain(_ options: [String]) throws {
        let board = try Board(Self.hangUp(at: 11_000) + options)
        let result = try RunningCommand(
            [
                "-c",
                "head -c 4000000 /dev/zero | \(BuiltProgram.path) write 2 - --port \(board.port) --reconnect",
            ],
            executable: "/bin/sh"
        ).result()
        #expect(result.exitCode == 74, "\(result.errors)")
        #expect(result.errors.contains("the transfer cannot continue there, and the device asks for"))
        #expect(result.errors.contains("write from a file instead of a pipe"))
    }

    @Test(arguments: [false, true])
    func aKilledDeviceThatIsStartedAgain(_ isNetwork: Bool) throws {
        let directory = try TemporaryDirectory()
        try write(Self.content, to: directory.file("flash.bin"))
        let link = directory.file("board")
        func start(_ place: [String]) throws -> (RunningCommand, String) {
            let command = try RunningCommand(
                ["simulate", "--resource", "3=\(directory.file("flash.bin"))", "--baud", "900000"] + place)
            let port = try command.outputLine(after: "port ")
            _ = try command.outputLine(after: "ready")
            return (command, port)
        }
        let (first, port) = try start(isNetwork ? ["--listen", "localhost:0"] : ["--link", link])
        let read = try RunningCommand([
            "read", "3", "--port", port, "-o", directory.file("out.bin"), "--reconnect", "--progress",
            "plain",
        ])
        try read.errorLine(containing: " %, ")
        first.signal(SIGKILL)
        _ = try first.result()
        // A device of another test may already use the number of this terminal, and a link to that would not be
        // replaced.
        unlink(link)
        try read.errorLine(containing: "waiting for \(isNetwork ? port.dropFirst(4) : port[...])")
        let (second, _) = try start(
            isNetwork ? ["--listen", String(port.dropFirst(4))] : ["--link", link])
        let result = try read.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("going on at offset "))
        #expect(try contents(of: directory.file("out.bin")) == Self.content)
        second.signal(SIGINT)
        _ = try second.result()
    }

    @Test(arguments: [
        (["--reconnect=100ms"], 74 as Int32, "it did not come back"),
        (["--reconnect", "--deadline", "1500ms"], 75, "not done within 1.50 s"),
    ])
    func patienceEnds(_ options: [String], _ exitCode: Int32, _ message: String) throws {
        let board = try Board.slow()
        let read = try RunningCommand(
            ["read", "3", "--port", board.port, "-o", board.file("out.bin"), "--progress", "plain"] + options)
        try read.errorLine(containing: " %, ")
        board.command.signal(SIGKILL)
        let result = try read.result()
        #expect(result.exitCode == exitCode, "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.contains("of 256.0 KiB moved"))
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test func aSignalEndsTheWait() throws {
        let board = try Board.slow()
        let read = try RunningCommand(
            [
                "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect", "--progress",
                "plain",
            ])
        try read.errorLine(containing: " %, ")
        board.command.signal(SIGKILL)
        try read.errorLine(containing: "waiting for ")
        read.signal(SIGINT)
        let result = try read.result()
        #expect(result.exitCode == 130)
        #expect(result.errors.contains("of 256.0 KiB moved"))
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    /// The start of the transfer itself makes the device go away, as with some bootloaders.
    @Test func aResetByTheStart() throws {
        let board = try Board(
            ["--min-delay", "0", "--fault", "device:hang-up-in-state=initiating"], content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "--reconnect")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == Self.content)
    }

    @Test func aDeviceThatDiesEachTimeIsGivenUp() throws {
        // There are enough faults for the transfer to end in time, even if it gets a little further now and then.
        let faults = (1...40).flatMap { ["--fault", "device:hang-up-after-chunks=\($0 * 60)"] }
        let board = try Board(["--min-delay", "0", "--no-offset"] + faults, content: Self.content)
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--reconnect", "--retries", "0")
        #expect(result.exitCode == 74, "\(result.errors)")
        #expect(result.errors.contains("the transfer got no further"))
        // At this moment, the link of the board is being made again.
        #expect(board.directory.names.filter { $0 != "board" } == ["flash.bin"])
    }

    /// While the program waits for input, no bytes are on the line. That the device goes away is noticed all the same.
    @Test func unpluggedWhileTheInputIsAwaited() throws {
        let board = try Board()
        let pipe = try Pipe()
        defer { pipe.closeWriteEnd() }
        let command = try RunningCommand(
            ["write", "2", "-", "--port", board.port, "-v"], input: pipe.readEnd)
        try command.errorLine(containing: "pw_rpc channel")
        board.command.signal(SIGKILL)
        #expect(try command.result().exitCode == 74)
    }

    private func number(after prefix: String, in text: String) -> Int? {
        guard let part = text.split(separator: prefix).dropFirst().first else { return nil }
        return Int(part.prefix { $0.isNumber })
    }
}

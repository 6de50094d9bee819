internal import Glibc
internal import TestSupport
internal import Testing

@Suite struct SignalCommandTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func firstSignalEndsTheSessionOnTheDevice(signal: Int32) throws {
        let board = try Board.slow(["--contexts", "1"])
        try write([9], to: board.file("out.bin"))
        let command = try board.readInProgress(into: "out.bin")
        command.signal(signal)
        let result = try command.result()
        #expect(result.exitCode == 128 + signal)
        #expect(result.errors.contains("stopped on request"))
        #expect(try contents(of: board.file("out.bin")) == [9])
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])

        // With its only context still taken, the device would refuse.
        let next = try board.readInProgress(into: "out.bin")
        next.signal(SIGINT)
        _ = try next.result()
        board.command.signal(SIGINT)
        let ended = try board.command.result().errors
        #expect(ended.contains("CANCELLED"))
        #expect(!ended.contains("RESOURCE_EXHAUSTED"))
    }

    @Test func writeIsStoppedWithoutATrace() throws {
        let board = try Board.slow()
        let original = try contents(of: board.file("flash.bin"))
        try write([UInt8](repeating: 7, count: 200_000), to: board.file("in.bin"))
        let command = try RunningCommand(["write", "2", board.file("in.bin"), "--port", board.port])
        try command.errorLine(containing: " %, ")
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
        try board.command.errorLine(containing: "write of resource 2: CANCELLED")
        #expect(try contents(of: board.file("flash.bin")) == original)
        #expect(board.directory.names == ["board", "flash.bin", "in.bin"])
    }

    @Test func frozenDeviceDelaysTheEndByASecondAtMost() throws {
        let board = try Board.slow()
        let command = try board.readInProgress(into: "out.bin")
        board.command.signal(SIGSTOP)
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test func secondSignalStopsAtOnce() throws {
        let board = try Board.slow()
        let command = try board.readInProgress(into: "out.bin")
        board.command.signal(SIGSTOP)
        command.signal(SIGINT)
        command.signal(SIGTERM)
        let exitCode = try command.result().exitCode
        #expect(exitCode == 130 || exitCode == 143)
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test func signalBeforeTheTransferEndsAtOnce() throws {
        let directory = try TemporaryDirectory()
        let fifo = directory.file("fifo")
        #expect(mkfifo(fifo, 0o600) == 0)
        // Opening a FIFO waits for a reader, which never comes.
        let command = try RunningCommand(["read", "3", "--port", directory.file("none"), "-o", fifo])
        try waitUntilSignalsAreWatched(command.processID)
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
        #expect(directory.names == ["fifo"])
    }

    /// The kernel tells which signals a process has blocked, which is the first thing it does about them.
    private func waitUntilSignalsAreWatched(_ process: pid_t) throws {
        while true {
            let status = String(decoding: try contents(of: "/proc/\(process)/status"), as: UTF8.self)
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
            let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0.isWhitespace }, radix: 16) } ?? 0
            try #require(!status.contains("State:\tZ"), "the command ended early")
            if mask & (1 << UInt64(SIGINT - 1)) != 0 { return }
            sched_yield()
        }
    }
}

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

        // The device has one context. If that were still taken, the device would refuse the next transfer.
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
        let result = try command.result()
        // The signal itself ends the process, so that a shell ends its loop, too.
        #expect(result.exitCode == 130 && result.endSignal == SIGINT)
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
        #expect(try command.result().exitCode == 143)
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    /// `timeout` signals a process, and then its group.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func theSameSignalAtOnceIsTheSameRequest(signal: Int32) throws {
        for _ in 0..<5 {
            let board = try Board.slow()
            let command = try board.readInProgress(into: "out.bin")
            command.signal(signal)
            // Once the first signal is not pending any more, the program has received it.
            while try mask("ShdPnd:", of: command.processID) & 1 << UInt64(signal - 1) != 0 { sched_yield() }
            command.signal(signal)
            let result = try command.result()
            #expect(result.exitCode == 128 + signal)
            #expect(result.errors.contains("stopped on request"), "\(result.errors)")
            try board.command.errorLine(containing: "CANCELLED")
        }
    }

    @Test func whatWasIgnoredAtTheStartStaysIgnored() throws {
        let board = try Board(["--min-delay", "4ms", "--baud", "288000"], content: patternBytes(65_536))
        let script = #"trap "" TERM INT; exec "$0" "$@""#
        let command = try RunningCommand(
            [
                "-c", script, BuiltProgram.path, "read", "3", "--port", board.port, "-o",
                board.file("out.bin"),
            ],
            executable: "/bin/sh")
        try command.errorLine(containing: " %, ")
        command.signal(SIGTERM)
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 0)
        #expect(try contents(of: board.file("out.bin")) == patternBytes(65_536))
    }

    @Test func signalBeforeTheTransferEndsAtOnce() throws {
        let directory = try TemporaryDirectory()
        let fifo = directory.file("fifo")
        #expect(mkfifo(fifo, 0o600) == 0)
        // Opening a FIFO waits for a reader, and none ever comes.
        let command = try RunningCommand(["read", "3", "--port", directory.file("none"), "-o", fifo])
        try waitUntilSignalsAreWatched(command.processID)
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
        #expect(directory.names == ["fifo"])
    }

    /// The program begins to watch signals by blocking them.
    private func waitUntilSignalsAreWatched(_ process: pid_t) throws {
        while try mask("SigBlk:", of: process) & (1 << UInt64(SIGINT - 1)) == 0 {
            try #require(try !status(of: process).contains("State:\tZ"), "the command ended early")
            sched_yield()
        }
    }

    /// A set of signals of a process, as the kernel shows it.
    private func mask(_ name: String, of process: pid_t) throws -> UInt64 {
        let line = try status(of: process).split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { UInt64($0.dropFirst(name.count).drop { $0.isWhitespace }, radix: 16) } ?? 0
    }

    private func status(of process: pid_t) throws -> String {
        String(decoding: try contents(of: "/proc/\(process)/status"), as: UTF8.self)
    }
}

internal import Glibc
internal import TestSupport
internal import Testing

/// SIGKILL at random moments: the files that are left resume or start over, and are never wrong.
@Suite struct KillCommandTests {
    private static let size = 4 << 20

    /// The seeds: a few, or as many as `PWTRANSFER_KILLS` says.
    private static var seeds: Range<UInt64> {
        0..<(getenv("PWTRANSFER_KILLS").flatMap { UInt64(String(cString: $0)) } ?? 6)
    }

    /// The longest time that a transfer of ``size`` takes on these boards, so that kills fall on all of the transfer.
    private static let longestMoment = 2.5

    /// Half of the devices report checksums, unless a checksum takes seconds, as it does without optimization.
    private static func usesStatus(_ seed: UInt64) -> Bool {
        seed % 2 == 0 && getenv("PWTRANSFER_BINARIES") != nil
    }

    /// Runs the command, and kills it at a random moment; `nil` if the command had ended before.
    private func killed(_ arguments: [String], _ moments: inout SeededGenerator) throws -> CommandResult? {
        let moment = Double.random(in: 0...Self.longestMoment, using: &moments)
        let result = try RunningCommand(
            ["--foreground", "--signal=KILL", "\(moment)", BuiltProgram.path] + arguments,
            executable: "timeout"
        ).result()
        guard result.exitCode != 137, result.exitCode != -137 else { return nil }
        return result
    }

    /// Files that a killed process left are removed; files of a living process stay.
    @Test func leftoversAreRemoved() throws {
        let boards = try (0..<3).map { _ in try Board.slow() }
        // Without this, optimized code may end the boards after the last use of the array.
        defer { withExtendedLifetime(boards) {} }
        let folder = try TemporaryDirectory()
        func read(_ index: Int) throws -> RunningCommand {
            let name = folder.file("out\(index)")
            let command = try RunningCommand(["read", "3", "--port", boards[index].port, "-o", name])
            try command.errorLine(containing: " %, ")
            return command
        }
        try write([1], to: folder.file(".other.1a2b.part"))
        try write([1], to: folder.file(".others"))
        let killed = try read(0)
        killed.signal(SIGKILL)
        _ = try killed.result()
        #expect(folder.names.contains { $0.hasPrefix(".out0.") })
        let living = try read(1)
        #expect(!folder.names.contains { $0.hasPrefix(".out0.") })
        let other = try read(2)
        #expect(folder.names.contains { $0.hasPrefix(".out1.") })
        for command in [living, other] {
            command.signal(SIGTERM)
            #expect(try command.result().exitCode == 143)
        }
        #expect(folder.names == [".other.1a2b.part", ".others"])
    }

    @Test(arguments: seeds) func resumedRead(seed: UInt64) throws {
        var moments = SeededGenerator(seed: seed)
        let content = patternBytes(Self.size)
        let options = Self.usesStatus(seed) ? ["--resource-status"] : []
        let board = try Board(["--min-delay", "0", "--baud", "25000000"] + options, content: content)
        let target = board.file("out.bin")
        let command = [
            "read", "3", "--port", board.port, "-o", target, "--min-delay", "0", "--resume", "--progress",
            "none",
        ]
        var told = ""
        for _ in 0..<2 {
            if let done = try killed(command, &moments) {
                #expect(done.exitCode == 0, "\(done.errors)")
                told += done.errors
            }
            guard let left = try? contents(of: target) else { continue }
            let isWhole = left == content
            #expect(isWhole, "the target appeared before it was complete")
        }
        let hadRecord = access(target + ".part.json", F_OK) == 0
        let hadPart = access(target + ".part", F_OK) == 0
        let last = try RunningCommand(command).result()
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(last.errors.contains("going on at byte") == (hadRecord && hadPart), "\(last.errors)")
        let isSame = try contents(of: target) == content
        #expect(isSame, "\(told)\(last.errors)")
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])
    }

    @Test(arguments: seeds) func writeWithReadback(seed: UInt64) throws {
        var moments = SeededGenerator(seed: ~seed)
        let (old, new) = (patternBytes(1000).map { ~$0 }, patternBytes(Self.size))
        let resumes = Self.usesStatus(seed)
        let board = try Board(
            ["--min-delay", "0", "--window", "64KiB"]
                + (resumes ? ["--resource-status", "--keep-interrupted"] : []),
            content: old)
        try write(new, to: board.file("in.bin"))
        let command =
            [
                "write", "2", board.file("in.bin"), "--port", board.port, "--verify", "readback",
                "--verify-from",
                "3", "--min-delay", "0", "--progress", "none",
            ] + (resumes ? ["--resume"] : [])
        for _ in 0..<2 {
            if let done = try killed(command, &moments) { #expect(done.exitCode == 0, "\(done.errors)") }
            let stored = try contents(of: board.file("flash.bin"))
            let isPossible =
                resumes ? stored == old || new.starts(with: stored) : stored == old || stored == new
            #expect(isPossible)
        }
        let last = try RunningCommand(command).result()
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(last.errors.contains("verified by readback: all 4194304 bytes"), "\(last.errors)")
        let isSame = try contents(of: board.file("flash.bin")) == new
        #expect(isSame)
    }
}

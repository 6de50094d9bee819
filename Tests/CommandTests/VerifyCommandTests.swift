internal import Glibc
internal import TestSupport
internal import Testing

@Suite struct VerifyCommandTests {
    private static let content = patternBytes(50_000)

    private func board(_ options: String..., size: Int = 50_000) throws -> Board {
        let board = try Board(["--min-delay", "0", "--window", "8KiB"] + options)
        try write(patternBytes(size), to: board.file("in.bin"))
        return board
    }

    private func prove(_ board: Board, _ arguments: String..., file: String = "in.bin") throws
        -> CommandResult
    {
        try RunningCommand(
            [
                "write", "2", board.file(file), "--port", board.port, "--progress", "none", "--verify-from",
                "3",
            ]
                + arguments
        ).result()
    }

    @Test(arguments: [0, 1, 50_000], ["readback", "checksum:crc32"]) func same(size: Int, means: String)
        throws
    {
        let board = try board("--resource-status", size: size)
        // Before the first write, the resource does not exist, not even as an empty one.
        let result = try prove(board, "--verify", means, "--allow-empty")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("verified by \(means): "), "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == patternBytes(size))
    }

    @Test func withoutProofNothingIsCalledVerified() throws {
        let board = try board("--fault", "device:stored-bit-flip=7")
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(result.exitCode == 0)
        #expect(!result.errors.contains("verified"))
    }

    /// Resource 2 can only be written, so that it cannot be read back.
    @Test func whatCannotBeReadBack() throws {
        let board = try board()
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--verify", "readback")
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("the data were written, but not verified: "), "\(result.errors)")
        #expect(result.errors.contains("--verify-from RESOURCE"), "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    @Test(arguments: [0, 25_000, 49_999]) func storedBitFlip(offset: Int) throws {
        let board = try board("--resource-status", "--fault", "device:stored-bit-flip=\(offset)")
        let expected = String(Self.content[offset], radix: 16)
        let result = try prove(board, "--verify", "readback")
        #expect(result.exitCode == 65, "\(result.errors)")
        #expect(result.errors.contains("first at offset \(offset): expected 0x"), "\(result.errors)")
        #expect(result.errors.contains(expected))
        #expect(result.errors.contains("1 of 50000 bytes differ"))
        #expect(!result.errors.contains("verified by"))
        let checksum = try prove(board, "--verify", "checksum:crc32")
        #expect(checksum.exitCode == 65, "\(checksum.errors)")
        #expect(checksum.errors.contains("its crc32 is 0x"), "\(checksum.errors)")
    }

    /// The comparison is with a resource that another write has made shorter or longer.
    @Test(arguments: [(40_000, "the device has 40000 bytes, 10000 fewer"), (50_001, "50001 bytes, 1 more")])
    func otherSize(size: Int, says: String) throws {
        let board = try board()
        let other = try Board(["--min-delay", "0"], content: patternBytes(size))
        let device = try RunningCommand([
            "simulate", "--link", board.file("two"), "--resource", "2=\(board.file("new.bin")):w",
            "--resource",
            "3=\(other.file("flash.bin"))", "--min-delay", "0",
        ])
        _ = try device.outputLine(after: "ready")
        let result = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.file("two"), "--verify", "readback",
            "--verify-from", "3")
        #expect(result.exitCode == 65)
        #expect(result.errors.contains(says), "\(result.errors)")
        #expect(result.errors.contains("the sizes differ: it is another memory") || size > 50_000)
        #expect(!result.errors.contains("worn"))
    }

    /// The program asks whether the device reports a checksum before anything is overwritten.
    @Test func deviceWithoutChecksums() throws {
        let board = try Board(["--min-delay", "0"], content: [1, 2, 3])
        try write(Self.content, to: board.file("in.bin"))
        let result = try prove(board, "--verify", "checksum:crc32")
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("UNIMPLEMENTED; nothing was written"), "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == [1, 2, 3])
    }

    @Test func otherAlgorithmIsNoProof() throws {
        let board = try board("--resource-status")
        for algorithm in ["crc32c", "adler32", "crc16-ccitt", "sum"] {
            let result = try prove(board, "--verify", "checksum:\(algorithm)")
            #expect(result.exitCode == 65, "\(result.errors)")
        }
    }

    @Test(arguments: ["readback", "checksum:crc32"]) func pipe(means: String) throws {
        let board = try board("--resource-status")
        let result = try RunningCommand(
            [
                "-c",
                """
                cat \(board.file("in.bin")) | \(BuiltProgram.path) write 2 - --port \(board.port) --verify \(means) \
                --verify-from 3
                """,
            ], executable: "/bin/sh"
        ).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("verified by \(means)"))
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    @Test(arguments: ["none", "readback", "checksum:crc32"]) func ifChanged(means: String) throws {
        let board = try board("--resource-status")
        let first = try prove(board, "--if-changed", "--verify", means)
        #expect(first.exitCode == 0, "\(first.errors)")
        #expect(!first.errors.contains("skipped"))
        try board.command.errorLine(containing: "write of resource 2: OK")
        let second = try prove(board, "--if-changed", "--verify", means)
        #expect(second.exitCode == 0, "\(second.errors)")
        #expect(second.errors.contains("skipped: "), "\(second.errors)")
        #expect(!second.errors.contains("wrote"))
        var changed = Self.content
        changed[49_999] ^= 1
        try write(changed, to: board.file("in.bin"))
        let third = try prove(board, "--if-changed", "--verify", means)
        #expect(third.exitCode == 0, "\(third.errors)")
        #expect(third.errors.contains("wrote"), "\(third.errors)")
        #expect(try contents(of: board.file("flash.bin")) == changed)
    }

    @Test func fromAnOffset() throws {
        let board = try Board(["--min-delay", "0"], content: patternBytes(2000))
        try write(patternBytes(700), to: board.file("in.bin"))
        let result = try prove(board, "--verify", "readback", "--offset", "1000")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("verified by readback: all 700 bytes"))
        #expect(try prove(board, "--verify", "checksum:crc32", "--offset", "1000").exitCode == 64)
        #expect(try prove(board, "--verify", "checksum:md5").exitCode == 64)
        #expect(try prove(board, "--verify", "none").exitCode == 64)
    }
}

internal import Glibc
internal import TestSupport
internal import Testing

@Suite struct TransferCommandTests {
    @Test(arguments: [0, 1, 447, 448, 449, 65536], ["--unknown-size", "--legacy", nil])
    func whatIsWrittenIsReadBack(size: Int, firmware: String?) throws {
        let board = try Board(["--min-delay", "0"] + [firmware].compactMap(\.self))
        try write(patternBytes(size), to: board.file("in.bin"))

        let written = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--allow-empty")
        #expect(written.exitCode == 0, "\(written.errors)")
        #expect(written.output.isEmpty)
        #expect(written.errors.contains("wrote "))
        #expect(try contents(of: board.file("flash.bin")) == patternBytes(size))

        let read = try pwtransfer("read", "0x3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(read.exitCode == 0, "\(read.errors)")
        #expect(read.output.isEmpty)
        #expect(!read.errors.contains("damaged frames"))
        #expect(try contents(of: board.file("out.bin")) == patternBytes(size))
        #expect(board.directory.names == ["board", "flash.bin", "in.bin", "out.bin"])
    }

    @Test(.enabled(if: getenv("PWTRANSFER_BINARIES") != nil, "takes long without optimization"))
    func manyMebibytes() throws {
        let board = try Board(["--min-delay", "0", "--window", "64KiB"])
        let bytes = patternBytes(16 << 20)
        try write(bytes, to: board.file("in.bin"))
        let written = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "-q")
        #expect(written.exitCode == 0, "\(written.errors)")
        let read = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--min-delay", "0", "-q")
        #expect(read.exitCode == 0, "\(read.errors)")
        let isSame = try contents(of: board.file("out.bin")) == bytes
        #expect(isSame)
    }

    @Test func losses() throws {
        let board = try Board(["--min-delay", "0", "--drop", "2%", "--corrupt", "1%", "--seed", "7"])
        try write(patternBytes(65536), to: board.file("in.bin"))
        let written = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(written.exitCode == 0, "\(written.errors)")
        let read = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(read.exitCode == 0, "\(read.errors)")
        #expect(try contents(of: board.file("out.bin")) == patternBytes(65536))
    }

    @Test func pipesOnBothSides() throws {
        let board = try Board()
        try write(patternBytes(5000), to: board.file("in.bin"))
        let cat = try RunningCommand(
            ["-c", "cat \(board.file("in.bin")) | \(BuiltProgram.path) write 2 - --port \(board.port)"],
            executable: "/bin/sh"
        ).result()
        #expect(cat.exitCode == 0, "\(cat.errors)")
        let implicit = try pwtransfer("read", "3", "--port", board.port)
        #expect(implicit.exitCode == 0, "\(implicit.errors)")
        #expect(implicit.output == patternBytes(5000))
        let explicit = try pwtransfer("read", "3", "--port", board.port, "-o", "-", "-q")
        #expect(explicit.output == patternBytes(5000))
        #expect(explicit.errors.isEmpty)
    }

    @Test(arguments: ["/dev/stdout", "/dev/fd/1"])
    func linkToAPipe(path: String) throws {
        let board = try Board(content: patternBytes(5000))
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", path, "-q")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == patternBytes(5000))
    }

    /// An opened file takes the lowest free number, which must not be the number of a standard stream.
    @Test func closedStandardStreams() throws {
        let board = try Board(content: patternBytes(5000))
        func run(_ command: String) throws -> CommandResult {
            let script = "\(BuiltProgram.path) \(command) --port \(board.port)"
            return try RunningCommand(["-c", script], executable: "/bin/sh").result()
        }
        let noOutput = try run("read 3 >&-")
        #expect(noOutput.exitCode == 73)
        #expect(noOutput.errors.contains("cannot write standard output: Bad file descriptor"))
        let noInput = try run("write 2 - <&-")
        #expect(noInput.exitCode == 66)
        #expect(noInput.errors.contains("cannot read standard input: Bad file descriptor"))
        let nothing = try run("read 3 -o \(board.file("out.bin")) <&- >&- 2>&-")
        #expect(nothing.exitCode == 0)
        #expect(try contents(of: board.file("out.bin")) == patternBytes(5000))
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])
    }

    @Test func portFromTheEnvironment() throws {
        let board = try Board(content: [1, 2, 3])
        let result = try pwtransfer("read", "3", environment: ["PWTRANSFER_PORT": board.port])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == [1, 2, 3])
    }

    @Test func offset() throws {
        let board = try Board(content: patternBytes(3000))
        let read = try pwtransfer("read", "3", "--port", board.port, "--offset", "0x3E8")
        #expect(read.output == Array(patternBytes(3000)[1000...]), "\(read.errors)")
        try write([7, 8], to: board.file("in.bin"))
        let written = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--offset", "1000")
        #expect(written.exitCode == 0, "\(written.errors)")
        #expect(try contents(of: board.file("flash.bin")) == patternBytes(3000)[..<1000] + [7, 8])
    }

    @Test func otherChannelAndAddress() throws {
        let options = ["--channel", "9", "--address", "0x1234"]
        let board = try Board(options, content: [5])
        let result = try RunningCommand(["read", "3", "--port", board.port] + options).result()
        #expect(result.output == [5], "\(result.errors)")
    }

    @Test func oneNetworkClientAfterTheOther() throws {
        let board = try Board(
            ["--listen", "localhost:0", "--min-delay", "0"], content: patternBytes(2000), link: false)
        #expect(board.port.hasPrefix("tcp:localhost:"))
        for _ in 0..<3 {
            let result = try pwtransfer("read", "3", "--port", board.port)
            #expect(result.output == patternBytes(2000), "\(result.errors)")
        }
        board.command.signal(SIGTERM)
        #expect(try board.command.result().exitCode == 0)
    }

    @Test func simulatedDeviceTellsItsTransfersAndRemovesItsLink() throws {
        let board = try Board(content: [1, 2, 3])
        _ = try pwtransfer("read", "3", "--port", board.port)
        board.command.signal(SIGINT)
        let result = try board.command.result()
        #expect(result.exitCode == 0)
        #expect(result.outputText.contains("pwtransfer read 3 -o FILE --port \(board.port)\n"))
        #expect(result.outputText.contains("pwtransfer write 2 FILE --port \(board.port)\n"))
        #expect(result.errors.contains("read of resource 3: OK, bytes 0 to 3"))
        #expect(board.directory.names == ["flash.bin"])
    }
}

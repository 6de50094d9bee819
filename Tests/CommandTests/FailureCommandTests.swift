internal import Glibc
internal import TestSupport
internal import Testing

/// Each failure has its own message and exit code, and leaves no half-written file.
@Suite struct FailureCommandTests {
    @Test func unknownResource() throws {
        let board = try Board()
        let result = try pwtransfer("read", "99", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("NOT_FOUND"))
        #expect(result.errors.contains("no resource of this number"))
        #expect(board.directory.names == ["board"])
    }

    @Test func wrongDirection() throws {
        let board = try Board(content: [1])
        try write([2], to: board.file("in.bin"))
        let written = try pwtransfer("write", "3", board.file("in.bin"), "--port", board.port)
        #expect(written.exitCode == 76)
        #expect(written.errors.contains("PERMISSION_DENIED"))
        #expect(written.errors.contains("can only be read"))
        let read = try pwtransfer("read", "2", "--port", board.port, "-o", board.file("out.bin"))
        #expect(read.exitCode == 76)
        #expect(read.errors.contains("can only be written"))
        #expect(try contents(of: board.file("flash.bin")) == [1])
        #expect(board.directory.names == ["board", "flash.bin", "in.bin"])
    }

    @Test func noOffset() throws {
        let board = try Board(["--no-offset"], content: [1, 2])
        let result = try pwtransfer("read", "3", "--port", board.port, "--offset", "1")
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("UNIMPLEMENTED"))
        #expect(result.output.isEmpty)
    }

    @Test func deviceGoneInMidTransfer() throws {
        let board = try Board.slow()
        try write([9], to: board.file("out.bin"))
        let command = try board.readInProgress(into: "out.bin")
        board.command.signal(SIGKILL)
        let result = try command.result()
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("was disconnected, with "))
        #expect(result.errors.contains("of 256.0 KiB moved"))
        #expect(try contents(of: board.file("out.bin")) == [9])
        #expect(board.directory.names == ["board", "flash.bin", "out.bin"])
    }

    @Test func networkClosedInMidTransfer() throws {
        let board = try Board(
            ["--listen", "localhost:0", "--baud", "288000"], content: patternBytes(262_144), link: false)
        let command = try board.readInProgress(into: "out.bin")
        board.command.signal(SIGKILL)
        #expect(try command.result().exitCode == 74)
        #expect(board.directory.names == ["flash.bin"])
    }

    @Test func fullDisk() throws {
        let board = try Board(content: patternBytes(300_000))
        let device = try pwtransfer("read", "3", "--port", board.port, "-o", "/dev/full")
        #expect(device.exitCode == 73)
        #expect(device.errors.contains("cannot write /dev/full: No space left on device"))

        // A limit of 64 KiB for the size of a file stands in for a full disk.
        let out = board.file("out.bin")
        let limited = try RunningCommand(
            ["-c", "ulimit -f 64; exec \(BuiltProgram.path) read 3 --port \(board.port) -o \(out)"],
            executable: "/bin/bash"
        ).result()
        #expect(limited.exitCode == 73)
        #expect(limited.errors.contains("cannot write \(out): File too large"))
        #expect(board.directory.names == ["board", "flash.bin"])

        board.command.signal(SIGINT)
        #expect(try board.command.result().errors.contains("read of resource 3: DATA_LOSS"))
    }

    @Test func busyPort() throws {
        let board = try Board.slow()
        let first = try board.readInProgress(into: "first.bin")
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("second.bin"))
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("is in use by pwtransfer (process \(first.processID))"))
        first.signal(SIGTERM)
        #expect(try first.result().exitCode == 143)
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test func absentPort() throws {
        let directory = try TemporaryDirectory()
        let port = directory.file("ttyACM9")
        let result = try pwtransfer("read", "3", "--port", port, "-o", directory.file("out.bin"))
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("\(port): no such device"))
        #expect(directory.names.isEmpty)
        let network = try pwtransfer("read", "3", "--port", "tcp:localhost:1")
        #expect(network.exitCode == 69)
        #expect(network.errors.contains("cannot connect to localhost:1"))
    }

    @Test func outputIsFoundUnusableBeforeThePortIsTouched() throws {
        let directory = try TemporaryDirectory()
        let port = directory.file("ttyACM9")
        let onDirectory = try pwtransfer("read", "3", "--port", port, "-o", directory.path)
        #expect(onDirectory.exitCode == 73)
        #expect(onDirectory.errors.contains("cannot write \(directory.path): it is a directory"))
        let missing = try pwtransfer("read", "3", "--port", port, "-o", directory.file("missing/out.bin"))
        #expect(missing.exitCode == 73)
        #expect(missing.errors.contains("create the directory first"))
    }

    @Test func inputIsFoundUnusableBeforeThePortIsTouched() throws {
        let directory = try TemporaryDirectory()
        let port = directory.file("ttyACM9")
        let missing = try pwtransfer("write", "2", directory.file("missing.bin"), "--port", port)
        #expect(missing.exitCode == 66)
        #expect(missing.errors.contains("cannot read \(directory.file("missing.bin")): No such file"))
        let onDirectory = try pwtransfer("write", "2", directory.path, "--port", port)
        #expect(onDirectory.exitCode == 66)
        #expect(onDirectory.errors.contains("it is a directory"))
    }

    @Test func noPermission() throws {
        let board = try Board()
        let arguments = ["read", "3", "--port", board.port]
        chmod(board.port, 0)
        let command: RunningCommand
        if getuid() == 0 {
            // Root may open everything, so the test becomes nobody, who must be able to run the program.
            let nobody = ["--reuid=65534", "--clear-groups", "--"]
            let probe = nobody + ["/usr/bin/test", "-x", BuiltProgram.path]
            let canRun = try RunningCommand(probe, executable: "/usr/bin/setpriv").result().exitCode == 0
            try #require(canRun, "nobody cannot run \(BuiltProgram.path)")
            command = try RunningCommand(
                nobody + [BuiltProgram.path] + arguments, executable: "/usr/bin/setpriv")
        } else {
            command = try RunningCommand(arguments)
        }
        let result = try command.result()
        #expect(result.exitCode == 77)
        #expect(result.errors.contains("\(board.port): permission denied"))
    }

    @Test func outputWithoutReader() throws {
        let board = try Board(content: patternBytes(100_000))
        let pipe = try Pipe()
        pipe.closeReadEnd()
        defer { pipe.closeWriteEnd() }
        let result = try pwtransfer("read", "3", "--port", board.port, output: pipe.writeEnd)
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("cannot write standard output: Broken pipe"))
    }

    @Test func silentDevice() throws {
        let board = try Board(["--channel", "2"])
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "--start-timeout", "50ms", "--retries", "1")
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("the device does not answer"), "\(result.errors)")
    }

    @Test func deadline() throws {
        let board = try Board(["--prepare-delay", "60s"], content: [1])
        let result = try pwtransfer("read", "3", "--port", board.port, "--deadline", "300ms")
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("not done within 0.30 s"))
    }
}

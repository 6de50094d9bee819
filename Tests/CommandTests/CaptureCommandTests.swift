internal import Glibc
internal import TestSupport
internal import Testing

@Suite struct CaptureCommandTests {
    @Test(
        arguments: ["capture.pcapng", "capture.jsonl"],
        [[], ["--drop", "3%", "--corrupt", "2%", "--seed", "5"]])
    func aTraceIsWhatTheCaptureDecodesTo(name: String, faults: [String]) throws {
        let board = try Board(["--min-delay", "0"] + faults, content: patternBytes(20000))
        let read = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "-q",
            "--trace=\(board.file("trace.txt"))", "--capture", board.file(name))
        #expect(read.exitCode == 0, "\(read.errors)")
        #expect(read.errors.isEmpty)
        #expect(try contents(of: board.file("out.bin")) == patternBytes(20000))
        let trace = String(decoding: try contents(of: board.file("trace.txt")), as: UTF8.self)
        for part in [
            "     0.000 ms  -> R/03  REQUEST ch 1 Transfer.Read call ", "| START desired_session=",
            "<- R/03  SERVER_STREAM ch 1 Transfer.Read call", "| DATA session=", " remaining=0",
            "| COMPLETION session=",
        ] {
            #expect(trace.contains(part), "\(part)")
        }
        #expect(trace.contains("!! bad checksum: expected ") == !faults.isEmpty)
        let decoded = try pwtransfer("decode", board.file(name))
        #expect(decoded.exitCode == 0, "\(decoded.errors)")
        // If the capture cuts bytes into packets, damage may end at another flag, but the printed lines are the same.
        #expect(decoded.outputText == trace)
    }

    @Test func aTraceOnStandardErrorLeavesTheDataAlone() throws {
        let board = try Board(content: patternBytes(3000))
        let read = try pwtransfer("read", "3", "--port", board.port, "-o", "-", "--trace")
        #expect(read.exitCode == 0)
        #expect(read.output == patternBytes(3000))
        #expect(read.errors.contains(" <- R/03  SERVER_STREAM ch 1 Transfer.Read"))
        #expect(read.errors.contains("read 2.9 KiB"))
    }

    @Test func aTraceInJSONIsEvents() throws {
        let board = try Board(content: patternBytes(1000))
        try write(patternBytes(1000), to: board.file("in.bin"))
        let written = try pwtransfer(
            "write", "2", board.file("in.bin"), "--port", board.port, "--json", "--trace")
        #expect(written.exitCode == 0)
        #expect(written.errors.isEmpty)
        #expect(written.outputText.contains(#""type":"DATA""#))
        #expect(
            written.outputText.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    @Test(arguments: ["capture.pcapng", "capture"]) func aCaptureSurvivesAKill(name: String) throws {
        let board = try Board.slow()
        let command = try RunningCommand([
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--capture", board.file(name),
        ])
        try command.errorLine(containing: " %, ")
        kill(command.processID, SIGKILL)
        _ = try command.result()
        let decoded = try pwtransfer("decode", board.file(name))
        #expect(decoded.exitCode == 0, "\(decoded.errors)")
        #expect(decoded.outputText.contains("| START_ACK session="))
        #expect(decoded.outputText.contains(" offset=4480 data=448"))
    }

    @Test func filesThatCannotBeWritten() throws {
        let board = try Board(content: patternBytes(1000))
        let missing = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--capture", "/nowhere/x.pcapng")
        #expect(missing.exitCode == 73)
        #expect(missing.errors.contains("cannot create /nowhere/x.pcapng"))
        let full = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out.bin"), "--capture", "/dev/full")
        #expect(full.exitCode == 73)
        #expect(full.errors.contains("note: cannot write /dev/full"))
        #expect(full.errors.contains("all else succeeded"))
        #expect(try contents(of: board.file("out.bin")) == patternBytes(1000))
    }

    @Test func dumpsWithoutTimes() throws {
        let directory = try TemporaryDirectory()
        let text = Array("boot \u{1B}[31mred\n".utf8)
        let frame = hex("7ea50310011d7bc8d65b25da66785b380159415caa7e")
        try write(text + frame, to: directory.file("dump.bin"))
        let decoded = try pwtransfer("decode", directory.file("dump.bin"))
        #expect(decoded.exitCode == 0)
        #expect(
            decoded.outputText == """
                          @15  ?? 14 bytes between frames: "boot \\e[31mred\\n"
                          @36  -> R/03  REQUEST ch 1 Transfer.Read call 1

                """)
    }

    @Test func otherFilesAreRefused() throws {
        let directory = try TemporaryDirectory()
        try write(Array("no capture\u{1B}[2J".utf8), to: directory.file("other\u{7}.txt"))
        let decoded = try pwtransfer("decode", directory.file("other\u{7}.txt"))
        #expect(decoded.exitCode == 65)
        #expect(decoded.output.isEmpty)
        #expect(decoded.errors.contains("neither pcapng nor JSON lines"))
        #expect(!decoded.errors.contains("\u{7}"))
        let asDump = try pwtransfer("decode", "--format", "raw", directory.file("other\u{7}.txt"))
        #expect(asDump.exitCode == 0)
        #expect(asDump.outputText.contains(#""no capture\e[2J""#))
        #expect(try pwtransfer("decode", directory.file("missing")).exitCode == 66)
        #expect(try pwtransfer("decode", "/").exitCode == 66)
        let input = open(directory.file("other\u{7}.txt"), O_RDONLY)
        defer { close(input) }
        #expect(try pwtransfer("decode", "-", input: input).exitCode == 65)
    }
}

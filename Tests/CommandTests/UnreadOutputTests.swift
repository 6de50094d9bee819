internal import Glibc
internal import TestSupport
internal import Testing

/// Messages that nobody reads hold up neither the protocol nor signals nor deadlines.
@Suite struct UnreadOutputTests {
    /// A reader that reads only when told to, from a pipe that is soon full.
    private struct Reader {
        let pipe: Pipe
        private let capacity: Int32 = 4096

        init() throws {
            pipe = try Pipe()
            // F_SETPIPE_SZ
            #expect(fcntl(pipe.writeEnd, 1031, capacity) == capacity)
        }

        /// Reads until this text has come, or to the end.
        func read(until text: String? = nil) throws -> String {
            var bytes: [UInt8] = []
            while true {
                var buffer = [UInt8](repeating: 0, count: 65536)
                let count = Glibc.read(pipe.readEnd, &buffer, buffer.count)
                bytes += buffer.prefix(max(0, count))
                let all = String(decoding: bytes, as: UTF8.self)
                if count <= 0 {
                    try #require(text == nil, "the output ended early: \(all)")
                    return all
                }
                if let text, all.contains(text) { return all }
            }
        }
    }

    private func start(_ arguments: [String], _ reader: Reader) throws -> RunningCommand {
        let command = try RunningCommand(arguments, output: reader.pipe.writeEnd)
        reader.pipe.closeWriteEnd()
        return command
    }

    @Test(arguments: [SIGTERM, SIGINT]) func theFirstSignalCounts(signal: Int32) throws {
        let board = try Board.slow()
        let reader = try Reader()
        let command = try start(
            ["read", "3", "--port", board.port, "-o", board.file("out"), "--json", "--trace"], reader)
        _ = try reader.read(until: #""type":"progress""#)
        command.signal(signal)
        #expect(try command.result().exitCode == 128 + signal)
        try board.command.errorLine(containing: "CANCELLED")
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    @Test(arguments: [["-o", "out", "--json", "--trace"], ["-o", "-"]])
    func theDeadlineCounts(options: [String]) throws {
        let board = try Board.slow()
        let reader = try Reader()
        let options = options.map { $0 == "out" ? board.file($0) : $0 }
        let command = try start(
            ["read", "3", "--port", board.port, "--deadline", "2s"] + options, reader)
        #expect(try command.result().exitCode == 75)
        #expect(board.directory.names == ["board", "flash.bin"])
    }

    /// Progress is dropped, and the dropped messages are counted; the result waits for the reader.
    @Test func theTransferGoesOn() throws {
        let board = try Board(["--min-delay", "4ms", "--baud", "288000"], content: patternBytes(65_536))
        let reader = try Reader()
        let command = try start(
            ["read", "3", "--port", board.port, "-o", board.file("out"), "--json", "--trace"], reader)
        try board.command.errorLine(containing: "read of resource 3: OK")
        let events = try reader.read().split(separator: "\n")
        #expect(try command.result().exitCode == 0)
        #expect(try contents(of: board.file("out")) == patternBytes(65_536))
        let result = try #require(events.last)
        #expect(result.contains(#""exit_code":0"#) && result.contains(#""dropped_messages":"#), "\(result)")
        #expect(events.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    /// The output that the user asked for is complete, however slowly it is read.
    @Test func whatWasAskedForWaits() throws {
        let board = try Board(content: patternBytes(300_000))
        let capture = board.file("capture")
        let read = try pwtransfer(
            "read", "3", "--port", board.port, "-q", "-o", "/dev/null", "--capture", capture)
        #expect(read.exitCode == 0)
        let whole = try pwtransfer("decode", capture, "--json")
        #expect(whole.output.count > 1 << 16)
        let reader = try Reader()
        let command = try start(["decode", capture, "--json"], reader)
        // These fields depend on the time: when the line was written, and in the last line, how long everything took.
        let lines = { (text: String) in
            text.replacing(/"time":"[^"]*"/, with: "").replacing(/"seconds":[^,]*/, with: "")
                .split(separator: "\n").dropLast()
        }
        #expect(lines(try reader.read()) == lines(whole.outputText))
        #expect(try command.result().exitCode == 0)
    }

    /// A record that is read too slowly ends, because the transfer does not wait for its reader.
    @Test(arguments: ["--trace", "--capture"]) func recordsHoldUpNothing(option: String) throws {
        // Far more is recorded than a pipe holds.
        let content = patternBytes(600_000)
        let board = try Board(content: content)
        let fifo = board.file("fifo")
        #expect(mkfifo(fifo, 0o600) == 0)
        let reader = open(fifo, O_RDWR | O_CLOEXEC)
        defer { close(reader) }
        let result = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out"), "\(option)=\(fifo)", "--min-delay",
            "0")
        #expect(try contents(of: board.file("out")) == content)
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("stopped while \(fifo) took no data; the transfer continues without"))
    }

    @Test func aReaderThatLeavesIsAnError() throws {
        let board = try Board(content: patternBytes(65_536))
        let reader = try Reader()
        let command = try start(
            ["read", "3", "--port", board.port, "-o", board.file("out"), "--json", "--trace"], reader)
        _ = try reader.read(until: #""type":"start""#)
        reader.pipe.closeReadEnd()
        let result = try command.result()
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("cannot write standard output"))
    }
}

internal import Glibc
internal import HDLC
internal import PigweedRPC
internal import SerialPort
internal import TestSupport
internal import Testing

/// `pwtransfer doctor` on staged faults.
@Suite struct DoctorCommandTests {
    /// A terminal that acts as a device: the test holds its other end.
    private struct Device {
        let terminal: PseudoTerminal

        init(sending bytes: [UInt8] = []) throws {
            terminal = try PseudoTerminal()
            var sent = 0
            while sent < bytes.count {
                let rest = bytes[sent...]
                let count: Result<Int, SerialPortError> = rest.withUnsafeBytes { bytes in
                    do throws(SerialPortError) { return .success(try terminal.write(bytes)) } catch {
                        return .failure(error)
                    }
                }
                sent += try count.get()
            }
        }

        var port: String { terminal.slavePath }

        /// The bytes that the client has written and that nobody has read yet.
        func received() throws -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count: Result<Int, SerialPortError> = buffer.withUnsafeMutableBytes { bytes in
                do throws(SerialPortError) { return .success(try terminal.read(into: bytes)) } catch {
                    return .failure(error)
                }
            }
            return Array(buffer.prefix(try count.get()))
        }

        /// The next packet that the client sends.
        func nextPacket() throws -> Packet {
            var bytes: [UInt8] = []
            while bytes.filter({ $0 == FrameFormat.flag }).count < 2 {
                var request = pollfd(fd: terminal.fileDescriptor, events: Int16(POLLIN), revents: 0)
                try #require(poll(&request, 1, 60_000) == 1)
                bytes += try received()
            }
            var decoder = FrameDecoder(maximumContentSize: 512)
            var position = 0
            let output = decoder.next(in: bytes.span, at: &position)
            try #require(output == .frame(address: .rpc, control: 3))
            let packet = Packet.decode(decoder.payload)?.packet
            return try #require(packet)
        }

        func send(_ packet: Packet) throws {
            let frame = TestSupport.frame(packet)
            let count: Result<Int, SerialPortError> = frame.withUnsafeBytes { bytes in
                do throws(SerialPortError) { return .success(try terminal.write(bytes)) } catch {
                    return .failure(error)
                }
            }
            try #require(try count.get() == frame.count)
        }
    }

    private func doctor(_ port: String, _ options: String...) throws -> CommandResult {
        try RunningCommand(["doctor", "--listen", "50ms", "--port", port] + options).result()
    }

    /// The printed lines of one check.
    private func check(_ title: String, in result: CommandResult) -> String {
        let lines = result.outputText.split(separator: "\n").drop { !$0.hasPrefix("  \(title)") }
        let rest = lines.dropFirst().prefix { $0.hasPrefix("     ") }
        return (lines.prefix(1) + rest).joined(separator: "\n")
    }

    @Test(arguments: [[], ["--talk"]]) func healthyDevice(_ options: [String]) throws {
        let board = try Board(content: [1, 2, 3])
        let result = try RunningCommand(["doctor", "--port", board.port, "--listen", "50ms"] + options)
            .result()
        #expect(result.exitCode == 0)
        #expect(result.errors.isEmpty)
        #expect(!result.outputText.contains("PROBLEM"))
        #expect(!result.outputText.contains("warning"))
        let verdict =
            options.isEmpty
            ? "the port is usable; the device was not asked (--talk)" : "healthy, the device answers"
        #expect(result.outputText.hasPrefix("\(board.port): \(verdict)\n"))
        // No call is left open in the device.
        let read = try pwtransfer("read", "3", "--port", board.port, "-o", "-")
        #expect(read.output == [1, 2, 3])
    }

    @Test func nothingIsWrittenWithoutTalk() throws {
        for bytes in [[], Array("hello\r\n".utf8), patternBytes(2000), logFrame("hello")] {
            let device = try Device(sending: bytes)
            _ = try doctor(device.port)
            #expect(try device.received().isEmpty)
        }
    }

    @Test func jsonHasAnEventForEachCheck() throws {
        let board = try Board()
        let result = try doctor(board.port, "--json", "--talk", "--channel", "3")
        let lines = result.outputText.split(separator: "\n")
        #expect(result.exitCode == 75)
        #expect(lines.first?.contains(#""schema":1"#) == true)
        #expect(lines.filter { $0.contains(#""type":"check""#) }.count == 11)
        #expect(
            lines.contains { $0.contains(#""advice":["--channel 1"]"#) && $0.contains(#""check":"rpc""#) })
        #expect(lines.last?.contains(#""code":"doctor_rpc""#) == true)
        #expect(lines.last?.contains(#""exit_code":75"#) == true)
        #expect(result.errors.isEmpty)
    }

    @Test func missingNode() throws {
        let directory = try TemporaryDirectory()
        let result = try doctor(directory.file("ttyACM9"))
        #expect(result.exitCode == 69)
        #expect(result.outputText.hasPrefix("\(directory.file("ttyACM9")): there is no such port\n"))
        #expect(result.outputText.contains("pwtransfer ports --watch"))
        #expect(result.errors.isEmpty)
    }

    @Test func otherThingsThanPorts() throws {
        let directory = try TemporaryDirectory()
        try write([1], to: directory.file("file"))
        let file = try doctor(directory.file("file"))
        #expect(file.exitCode == 64)
        #expect(file.outputText.contains("it is not a serial port"))
        let network = try doctor("tcp:localhost:1")
        #expect(network.exitCode == 69)
        #expect(network.outputText.contains("cannot connect to localhost:1"))
    }

    @Test func aPortInUseIsNotTouched() throws {
        let board = try Board.slow()
        let reader = try board.readInProgress(into: "out.bin")
        let result = try doctor(board.port, "--talk")
        #expect(result.exitCode == 75)
        #expect(
            check("used by others", in: result).contains(
                "PROBLEM      pwtransfer (process \(reader.processID))"))
        #expect(check("received", in: result).contains("not checked"))
        #expect(try reader.result().exitCode == 0)
        #expect(try contents(of: board.file("out.bin")) == contents(of: board.file("flash.bin")))
    }

    @Test func aLockFileCounts() throws {
        let device = try Device()
        let name = device.port.dropFirst("/dev/".count).replacing("/", with: "_")
        let lock = "/var/lock/LCK..\(name)"
        try write(Array("      \(getpid())\n".utf8), to: lock)
        defer { unlink(lock) }
        let result = try doctor(device.port)
        #expect(result.exitCode == 75)
        #expect(check("used by others", in: result).contains("(process \(getpid()))"))
    }

    /// `read` gives the same advice.
    @Test(.enabled(if: getuid() == 0, "needs root, to become nobody")) func noPermission() throws {
        let device = try Device()
        for (mode, advice) in [
            (mode_t(0o660), "sudo adduser nobody dialout, then log out and in again"),
            (0o600, "70-pwtransfer.rules"),
        ] {
            // 20 is the group dialout of Debian.
            try #require(chown(device.port, 0, 20) == 0 && chmod(device.port, mode) == 0)
            for command in [["doctor"], ["read", "3", "-o", "/dev/null"]] {
                let arguments = ["--reuid=65534", "--clear-groups", "--", BuiltProgram.path] + command
                let result = try RunningCommand(
                    arguments + ["--port", device.port], executable: "/usr/bin/setpriv"
                ).result()
                #expect(result.exitCode == 77, "\(result.errors)")
                let text = result.outputText + result.errors
                #expect(text.contains("group \"dialout\""), "\(text)")
                #expect(text.contains(advice), "\(text)")
            }
        }
    }

    /// Programs with the names of programs that grab ports.
    @Test(arguments: [("ModemManager", "leaves ports alone"), ("brltty", "leaves this device alone")])
    func grabbersOfOtherPorts(_ name: String, _ finding: String) throws {
        let directory = try TemporaryDirectory()
        try write(contents(of: "/bin/sleep"), to: directory.file(name))
        chmod(directory.file(name), 0o755)
        let grabber = try RunningCommand(["600"], executable: directory.file(name))
        let device = try Device()
        let result = try doctor(device.port)
        #expect(result.exitCode == 0)
        let found = check(name, in: result)
        #expect(found.contains("\(name) (process ") && found.contains(finding), "\(found)")
        _ = grabber
    }

    @Test func bytesOfAnotherRate() throws {
        let device = try Device(sending: patternBytes(2000))
        let result = try doctor(device.port, "--baud", "57600")
        #expect(result.exitCode == 75)
        let found = check("received", in: result)
        #expect(found.contains("2000 bytes came, and no frame"), "\(found)")
        #expect(found.contains("--baud 115200"))
        #expect(!found.contains("--baud 57600"))
    }

    @Test func slowDevice() throws {
        let device = try Device(sending: (0..<400).map { [0x00, 0xF8, 0xC0, 0xFF][$0 % 4] })
        let result = try doctor(device.port, "--baud", "115200")
        #expect(result.exitCode == 75)
        #expect(check("received", in: result).contains("a lower rate than 115200"))
        #expect(check("received", in: result).contains("try --baud 57600"))
    }

    @Test func damagedFrames() throws {
        var bytes: [UInt8] = []
        for _ in 0..<5 {
            var frame = logFrame("a line of the log")
            frame[6] ^= 1
            bytes += frame
        }
        let device = try Device(sending: bytes)
        let result = try doctor(device.port)
        #expect(result.exitCode == 75)
        #expect(check("received", in: result).contains("5 frames came, all damaged"))
    }

    @Test func textConsole() throws {
        let text = Array("\u{1B}[1mlogin: root\r\n# ls\r\n".utf8)
        let device = try Device(sending: text)
        let heard = try doctor(device.port)
        #expect(heard.exitCode == 0)
        #expect(
            check("received", in: heard).contains(
                #"warning      received text, no HDLC frames: "\u{1B}[1mlogin: root\r\n# ls"#))
        let other = try Device(sending: text)
        let asked = try doctor(other.port, "--talk")
        #expect(asked.exitCode == 75)
        #expect(check("received", in: asked).contains("PROBLEM      received text, no HDLC frames"))
    }

    @Test func wrongChannel() throws {
        let board = try Board(["--channel", "5"])
        let result = try doctor(board.port, "--talk")
        #expect(result.exitCode == 75)
        #expect(check("pw_rpc", in: result).contains("cause: the RPC channel is another one"))
        #expect(check("pw_rpc", in: result).contains("try:   --channel 5"))
        #expect(check("pw_transfer", in: result).contains("ok"))
    }

    @Test func wrongAddress() throws {
        let board = try Board()
        let result = try doctor(board.port, "--talk", "--address", "99")
        #expect(result.exitCode == 75)
        #expect(check("pw_rpc", in: result).contains("cause: the HDLC address is another one"))
        #expect(check("pw_rpc", in: result).contains("try:   --address 82"))
    }

    @Test func packetsFromElsewhere() throws {
        let method = Method(service: "maker.Sensors", method: "Watch")
        let packet = Packet(.serverStream, channel: 7, method: method, callID: 3)
        let device = try Device(sending: frame(packet, address: FrameAddress(rawValue: 70)))
        let heard = try doctor(device.port)
        #expect(heard.exitCode == 0)
        #expect(
            check("pw_rpc", in: heard).contains(
                "warning      packets of a server come on channel 7, address 70"))
        #expect(check("pw_rpc", in: heard).contains("try:   --channel 7 --address 70"))
    }

    @Test func framesAndNoAnswer() throws {
        let device = try Device(sending: logFrame("hello"))
        let result = try doctor(device.port, "--talk")
        #expect(result.exitCode == 75)
        #expect(check("received", in: result).contains("ok           1 frame, 1 of them log text"))
        #expect(check("pw_rpc", in: result).contains("PROBLEM      frames come (address 1), but no answer"))
        #expect(check("pw_transfer", in: result).contains("not checked"))
    }

    @Test func silentDevice() throws {
        let device = try Device()
        let result = try doctor(device.port, "--talk")
        #expect(result.exitCode == 75)
        #expect(
            check("pw_rpc", in: result).contains(
                "nor on channels 2, 3, 4, 5, 6, 7, 8 with address 82; no bytes were received"))
    }

    @Test func noTransferService() throws {
        let device = try Device()
        let command = try RunningCommand(["doctor", "--talk", "--listen", "0", "--port", device.port])
        var packet = try device.nextPacket()
        #expect(packet.kind == .clientRequestCompletion)
        packet.kind = .serverError
        packet.status = .notFound
        try device.send(packet)
        let result = try command.result()
        #expect(result.exitCode == 76)
        #expect(
            check("pw_rpc", in: result).contains("ok           a server answers on channel 1, address 82"))
        #expect(check("pw_transfer", in: result).contains("PROBLEM      the device has no transfer service"))
    }

    /// Answers to other calls than the question do not count.
    @Test func answersToOthersDoNotCount() throws {
        let device = try Device()
        let command = try RunningCommand(["doctor", "--talk", "--listen", "0", "--port", device.port])
        var packet = try device.nextPacket()
        packet.kind = .serverError
        packet.status = .notFound
        packet.callID = 7
        try device.send(packet)
        let result = try command.result()
        #expect(result.exitCode == 75)
        #expect(check("pw_transfer", in: result).contains("not checked"))
    }

    @Test func aPortOnTheCommandLineTakesPrecedence() throws {
        let board = try Board(content: [1])
        let environment = ["PWTRANSFER_PORT": "/no/such/port,/nor/this"]
        let result = try RunningCommand(
            ["doctor", board.port, "--listen", "50ms"], environment: environment
        ).result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.outputText.hasPrefix("\(board.port): "))
        let both = try RunningCommand(["doctor", board.port, "--port", "/no/such/port"]).result()
        #expect(both.exitCode == 64)
        #expect(both.errors.contains("this command takes one device, not 2"), "\(both.errors)")
    }

    @Test(arguments: [[], ["--json"]]) func severalPortsAreRefused(_ options: [String]) throws {
        let device = try Device()
        let result = try RunningCommand(
            ["doctor"] + options, environment: ["PWTRANSFER_PORT": "\(device.port),\(device.port)"]
        ).result()
        #expect(result.exitCode == 64)
        let text = result.errors + String(decoding: result.output, as: UTF8.self)
        #expect(text.contains("this command takes one device, not 2"), "\(text)")
        #expect(text.contains("one port in PWTRANSFER_PORT"), "\(text)")
    }
}

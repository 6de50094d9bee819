internal import Glibc
internal import TestSupport
internal import Testing

/// Faults in the form in which users ask for them.
@Suite struct FaultCommandTests {
    private static let content = patternBytes(40_000)

    @Test(arguments: [
        ["to-client:data-dropper=5%"], ["both:bit-flipper=0.00005", "to-client:text-injector=0.2"],
        ["to-device:chunk-dropper=start-ack-confirmation", "to-client:window-packet-dropper=1"],
        ["device:reset-after-chunks=30"],
    ])
    func readThroughFaults(faults: [String]) throws {
        let board = try Board(
            ["--min-delay", "0", "--seed", "3"] + faults.flatMap { ["--fault", $0] }, content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    @Test func lostChunksAreCountedAsRetransmissions() throws {
        let board = try Board(
            ["--min-delay", "0", "--fault", "to-client:chunk-dropper=data,first=5,count=2"],
            content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 0)
        #expect(result.errors.contains("retransmissions: "))
    }

    @Test func writeThroughFaults() throws {
        let board = try Board(["--min-delay", "0", "--fault", "both:data-dropper=0.05,seed=4"])
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
    }

    /// The messages about a device that cannot send without a pause, if the output is a pipe, which cannot begin again.
    @Test(arguments: [[], ["--no-offset"]])
    func aDeviceThatNeedsItsPause(options: [String]) throws {
        let board = try Board(["--fault", "device:slow-output=1ms"] + options, content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", "-")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == Self.content)
        #expect(result.errors.contains("the device failed with DATA_LOSS"))
        #expect(result.errors.contains("with the device's own pause"))
    }

    /// The longest stall is one that ended with data. The device causes it, not this program.
    @Test func aDeviceThatStandsStill() throws {
        let board = try Board(["--baud", "288000", "--fault", "device:pause=1500ms,after=20000"])
        try write(Self.content, to: board.file("in.bin"))
        let result = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port, "--json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let text = try #require(result.outputText.split(separator: #""longest_stall_seconds":"#).last)
        let stall = try #require(Double(text.prefix { $0.isNumber || $0 == "." }))
        // Time in which a busy machine does not let this program run does not count as a stall.
        #expect(stall > 0.5, "\(result.outputText)")
    }

    /// Other tests show in virtual time that nothing is sent twice here. In this one, a busy machine may be late.
    @Test(arguments: ["5ms", "20ms", "50ms", "100ms"])
    func aDeviceThatIsDeafBehindTheRequest(time: String) throws {
        let board = try Board(["--fault", "device:deaf-after-request=\(time)"], content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    @Test(arguments: [
        ["--queue", "16KiB"], ["--queue", "16KiB", "--queue-loss"],
        ["--queue", "0", "--fault", "to-client:chunk-dropper=data,first=20,every=30"],
        ["--queue", "64KiB", "--fault", "to-client:page-forwarder=50000"],
        ["--queue", "4KiB", "--fault", "device:pause=20ms,after=1000,every=20000"],
    ])
    func bothWaysOverALineWithAQueue(options: [String]) throws {
        let board = try Board(["--min-delay", "0", "--baud", "1000000", "--window", "16KiB"] + options)
        try write(Self.content, to: board.file("in.bin"))
        let written = try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
        #expect(written.exitCode == 0, "\(written.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    /// The results of `doctor` and of a transfer with a wrong rate, and with the right one.
    @Test func aClientWithAnotherRateGetsGarbage() throws {
        let board = try Board(["--baud", "57600", "--strict-baud"], content: [1, 2, 3])
        let wrong = try pwtransfer(
            "read", "3", "--port", board.port, "-o", board.file("out"), "--start-timeout", "100ms",
            "--retries", "1")
        #expect(wrong.exitCode == 75, "\(wrong.errors)")
        #expect(wrong.errors.contains("the device does not answer"))
        let right = try pwtransfer("read", "3", "--port", board.port, "-o", "-", "--baud", "57600")
        #expect(right.exitCode == 0 && right.output == [1, 2, 3], "\(right.errors)")
    }

    @Test func aResourceThatCannotSeekIsReadInOneGo() throws {
        let board = try Board(["--min-delay", "0", "--no-seek"], content: Self.content)
        let result = try pwtransfer("read", "3", "--port", board.port, "-o", board.file("out.bin"))
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
    }

    @Test(arguments: [
        (["--queue", "4KiB"], "--queue needs --baud"),
        (["--baud", "115200", "--queue-loss"], "--queue-loss needs --queue"),
        (["--strict-baud"], "--strict-baud needs --baud"),
        (
            ["--strict-baud", "--baud", "9600", "--listen", "localhost:0"],
            "--strict-baud is about the pseudo-terminal"
        ),
    ])
    func aLineThatCannotBeIsAUsageError(options: [String], message: String) throws {
        let result = try RunningCommand(["simulate", "--resource", "3=x"] + options).result()
        #expect(result.exitCode == 64)
        #expect(result.errors.contains(message))
    }

    @Test func aFaultThatIsNoneIsAUsageError() throws {
        let result = try pwtransfer("simulate", "--fault", "to-client:data-dropper=2")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("its form is data-dropper=RATE[,seed=N]"))
    }
}

internal import TestSupport
internal import Testing

@Suite struct UsageTests {
    @Test func helpNamesTheCommands() throws {
        let result = try pwtransfer("--help")
        #expect(result.exitCode == 0)
        #expect(result.errors.isEmpty)
        for command in ["read", "write", "ports", "simulate"] {
            #expect(result.outputText.contains("\n  \(command) "))
        }
    }

    @Test(arguments: [
        ("read", ["--output", "--port", "--baud", "--flow", "--dtr", "--rts", "--channel", "--address"]),
        (
            "write",
            [
                "--offset", "--protocol", "--chunk-size", "--window", "--min-delay", "--start-timeout",
                "--chunk-timeout", "--retries", "--lifetime-retries", "--deadline", "--quiet",
                "--device-output",
            ]
        ),
        (
            "simulate",
            [
                "--link", "--device", "--listen", "--resource", "--baud", "--latency", "--drop", "--corrupt",
                "--seed", "--legacy", "--contexts", "--chunk-buffer", "--window", "--min-delay",
                "--prepare-delay", "--no-offset", "--unknown-size",
            ]
        ),
    ])
    func helpNamesTheOptions(command: String, options: [String]) throws {
        let help = try pwtransfer(command, "--help").outputText
        for option in options { #expect(help.contains(" \(option)"), "\(option)") }
    }

    @Test func version() throws {
        let result = try pwtransfer("--version")
        #expect(result.exitCode == 0)
        #expect(result.outputText.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        ["read"], ["read", "abc"], ["read", "3", "--baud", "0"], ["read", "3", "--window", "1.5"],
        ["read", "3", "--chunk-timeout", "fast"], ["read", "3", "--protocol", "v3"], ["read", "4294967296"],
        ["write", "2"], ["write", "2", "a", "b"], ["simulate"], ["simulate", "--resource", "x=y"],
        ["simulate", "--resource", "1=f", "--drop", "2"], ["fly"], ["read", "3", "--channel", "0"],
        ["read", "3", "--port", "tcp:localhost"],
        ["simulate", "--resource", "1=f", "--link", "a", "--listen", "b:1"],
    ])
    func nonsenseIsUsage(arguments: [String]) throws {
        let result = try RunningCommand(arguments).result()
        #expect(result.exitCode == 64, "\(arguments)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test func legacyCannotNameResourceZero() throws {
        let board = try Board()
        let result = try pwtransfer("read", "0", "--port", board.port, "--protocol", "legacy")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("neither resource 0 nor offsets"))
    }

    @Test func portsListsOrSaysThatThereAreNone() throws {
        let result = try pwtransfer("ports")
        #expect(result.exitCode == 0)
        #expect(result.outputText.hasPrefix("PORT ") || result.errors == "no serial ports\n")
    }
}

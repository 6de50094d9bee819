internal import TestSupport
internal import Testing

@Suite struct UsageTests {
    @Test(arguments: [
        (
            ["config", "shw"],
            """
            there is no command config shw
              cause: did you mean show?
              try:   pwtransfer config --help
            """
        ),
        (["reed", "3"], "there is no command reed\n  cause: did you mean read?\n  try:   pwtransfer --help"),
        (["read", "3", "4"], "Unexpected argument '4'\n  try:   pwtransfer read --help"),
        (["--bogus"], "Unknown option '--bogus'\n  try:   pwtransfer --help"),
        (
            ["read", "-1"],
            """
            Missing expected argument '<resource>'
              cause: -1 is taken for an option; no value can be negative
              try:   pwtransfer read --help
            """
        ),
    ])
    func mistakesAreExplained(arguments: [String], text: String) throws {
        let result = try RunningCommand(arguments).result()
        #expect(result.exitCode == 64)
        #expect(result.errors == "pwtransfer: \(text)\n")
        #expect(result.output.isEmpty)
    }

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
    func theWholeHelpNamesTheOptions(command: String, options: [String]) throws {
        let help = try pwtransfer(command, "--help-all").outputText
        for option in options { #expect(help.contains(" \(option)"), "\(option)") }
    }

    @Test func version() throws {
        let result = try pwtransfer("--version")
        #expect(result.exitCode == 0)
        // The program that the release script builds shows its commit.
        let form = #/[0-9]+\.[0-9]+\.[0-9]+ \((development build|commit [0-9a-f]+(-modified)?)\)\n/#
        #expect(result.outputText.wholeMatch(of: form) != nil, "\(result.outputText)")
    }

    @Test(arguments: [
        ["read"], ["read", "abc"], ["read", "3", "--baud", "0"], ["read", "3", "--window", "1.5"],
        ["read", "3", "--chunk-timeout", "fast"], ["read", "3", "--chunk-timeout", "0"],
        ["write", "2", "a", "--deadline", "0s"], ["ls", "--timeout", "0"],
        ["read", "3", "--protocol", "v3"], ["read", "4294967296"],
        ["write", "2"], ["write", "2", "a", "b"], ["simulate"], ["simulate", "--resource", "x=y"],
        ["simulate", "--resource", "1=f", "--drop", "2"], ["fly"], ["read", "3", "--channel", "0"],
        ["read", "3", "--port", "tcp::1"], ["read", "3", "--port", ""],
        ["read", "3", "--port", "tcp:localhost:1", "-o", ""],
        ["write", "2", "", "--port", "tcp:localhost:1"],
        ["simulate", "--resource", "1=f", "--link", "a", "--listen", "b:1"],
        ["simulate", "--resource", "1=f", "--resource", "0x1=g:w"],
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

    @Test func namesThatAreNotUnicodeAreRefused() throws {
        let directory = try TemporaryDirectory()
        let script = "\(BuiltProgram.path) read 3 --port /dev/null -o \(directory.path)/$(printf '\\377')"
        let result = try RunningCommand(["-c", script], executable: "/bin/sh").result()
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("not UTF-8"))
        #expect(directory.names.isEmpty)
    }

    @Test func controlCharactersOfNamesAreShownAsEscapes() throws {
        let result = try pwtransfer("write", "2", "/no\u{1B}[31m\nfile", "--port", "/dev/null")
        #expect(result.exitCode == 66)
        #expect(result.errors.contains(#"cannot read /no\u{1B}[31m\nfile: "#))
    }

    @Test func controlCharactersOfALinkAreShownAsEscapes() throws {
        let directory = try TemporaryDirectory()
        let device = try RunningCommand([
            "simulate", "--resource", "3=x", "--link", directory.file("\u{1B}[31m"),
        ])
        let port = try device.outputLine(after: "port ")
        #expect(port == directory.path + #"/\u{1B}[31m"#)
        let line = try device.outputLine(containing: " read 3 ")
        #expect(!line.unicodeScalars.contains("\u{1B}"))
    }

    @Test func linkInAMissingFolder() throws {
        let result = try pwtransfer("simulate", "--resource", "1=f", "--link", "/no/such/folder/board")
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("cannot make the link /no/such/folder/board: No such file"))
    }

    @Test func portsListsOrSaysThatThereAreNone() throws {
        let result = try pwtransfer("ports")
        #expect(result.exitCode == 0)
        #expect(result.outputText.hasPrefix("PORT ") || result.errors == "no serial ports\n")
    }
}

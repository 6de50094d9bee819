@testable internal import PwtransferCLI
internal import Testing

/// The commands of the program. A debug build needs some time to describe them.
let programCatalog = Result { () throws(Failure) in try OptionCatalog(of: RootCommand.self) }

/// A configuration of the program's own commands.
func configuration(
    project: String = "", user: String = "", environment: [String: String] = [:], board: String? = nil
) throws -> Configuration {
    let files = [("/project.toml", project), ("/user.toml", user)].map {
        ConfigurationFiles.File(
            path: $0.0, bytes: Array($0.1.utf8), isProject: $0.0 == "/project.toml")
    }
    return try Configuration(
        catalog: programCatalog.get(), environment: environment, files: files, boardName: board)
}

/// The problem of a call that must fail.
func problem(_ body: () throws -> some Any) throws -> Problem {
    do { _ = try body() } catch let failure as Failure { return Problem(failure) }
    throw NoProblem()
}

private struct NoProblem: Error {}

@Suite struct ConfigurationTests {
    /// Each source, in the order of precedence, with the value that it gives to `--window`.
    private static let project = """
        window = 5
        [read]
        window = 4
        [boards.bench]
        window = 3
        [boards.bench.read]
        window = 2
        """
    private static let user = """
        window = 9
        [read]
        window = 8
        [boards.bench]
        window = 7
        [boards.bench.read]
        window = 6
        """

    @Test(arguments: [
        (
            ["PWTRANSFER_WINDOW": "1", "PWTRANSFER_READ_WINDOW": "0"], project, user, "bench" as String?, "1",
            Origin.environment(variable: "PWTRANSFER_WINDOW")
        ),
        (
            ["PWTRANSFER_WINDOW": ""], project, user, "bench", "2",
            .file(path: "/project.toml", line: 7, board: "bench")
        ),
        (
            [:], "[boards.bench]\nwindow = 3", user, "bench", "3",
            .file(path: "/project.toml", line: 2, board: "bench")
        ),
        (
            [:], "window = 5", user, "bench", "6", .file(path: "/user.toml", line: 7, board: "bench")
        ),
        ([:], project, user, nil, "4", .file(path: "/project.toml", line: 3)),
        ([:], "window = 5", user, nil, "5", .file(path: "/project.toml", line: 1)),
        ([:], "", user, nil, "8", .file(path: "/user.toml", line: 3)),
        ([:], "", "window = \"9\"", nil, "9", .file(path: "/user.toml", line: 1)),
    ])
    func precedence(
        environment: [String: String], project: String, user: String, board: String?, value: String,
        origin: Origin
    ) throws {
        let configuration = try configuration(
            project: project, user: user, environment: environment, board: board)
        let setting = try configuration.setting("window", command: "read")
        #expect(setting?.value == .words([value]))
        #expect(setting?.origin == origin)
    }

    @Test func theCommandLineComesFirst() throws {
        let configuration = try configuration(environment: [
            "PWTRANSFER_WINDOW": "bad", "PWTRANSFER_RETRIES": "7", "PWTRANSFER_QUIET": "maybe",
        ])
        let line = ["read", "3", "--window", "64KiB", "-o", "out", "--port=x", "-q"]
        let command = try #require(try configuration.parse(line) as? ReadCommand)
        #expect(command.transferOptions.window?.value == 65536)
        #expect(command.transferOptions.retries?.value == 7)
        #expect(command.outputOptions.quiet)
    }

    @Test func wordsBehindTheTerminatorAreNoOptions() throws {
        let configuration = try configuration(project: "retries = 7")
        let command = try configuration.parse(["write", "2", "--", "--retries"])
        let write = try #require(command as? WriteCommand)
        #expect(write.file == "--retries")
        #expect(write.transferOptions.retries?.value == 7)
    }

    @Test(arguments: [("1", true), ("true", true), ("0", false), ("false", false)])
    func flagsInTheEnvironment(text: String, isOn: Bool) throws {
        let configuration = try configuration(
            project: "quiet = true", environment: ["PWTRANSFER_QUIET": text])
        let command = try #require(try configuration.parse(["read", "3", "-o", "out"]) as? ReadCommand)
        #expect(command.outputOptions.quiet == isOn)
    }

    @Test func theSimulatedDeviceTakesOnlyWhatIsMeantForIt() throws {
        let configuration = try configuration(
            project:
                "window = 1\nbaud = 2\n[simulate]\nresource = [\"3=a\", \"4=b:rw\"]\nlegacy = true\naddress = 16",
            environment: ["PWTRANSFER_CHANNEL": "4"])
        let command = try #require(try configuration.parse(["simulate"]) as? SimulateCommand)
        #expect(command.resources.map(\.id) == [3, 4])
        #expect(command.rpcOptions.channel == nil)
        #expect(command.rpcOptions.address?.value == 16)
        #expect(command.line.baud == nil)
        #expect(command.firmware.legacy)
    }

    @Test(arguments: [
        (["PWTRANSFER_WINDOW": "many"], "", "PWTRANSFER_WINDOW: "),
        ([:], "retries = 1\nwindow = \"many\"", "/project.toml:2: "),
        ([:], "retries = 1\nwindow = 0\nbaud = 9", "/project.toml:2: "),
        ([:], "[boards.a]\nbaud = 0", "/project.toml:2 (board a): "),
        (["PWTRANSFER_WINDOW": "64KiB"], "window = 0\nprotocol = \"v9\"", "/project.toml:2: "),
    ])
    func aBadValueNamesItsOrigin(environment: [String: String], project: String, start: String) throws {
        let configuration = try configuration(
            project: project, environment: environment, board: project.contains("[boards") ? "a" : nil)
        let problem = try problem { try configuration.parse(["read", "3", "-o", "out"]) }
        #expect(problem.message.hasPrefix(start), "\(problem.message)")
        #expect(problem.status.rawValue == 78)
    }

    @Test func whatCountsLessYields() throws {
        let simulate = "[simulate]\nresource = \"1=a\"\n"
        let typed = try configuration(
            project: simulate + "device = \"d\"", user: "[simulate]\nlisten = \"h:1\"")
        let link = try #require(try typed.parse(["simulate", "--link", "l"]) as? SimulateCommand)
        #expect(link.link == "l")
        #expect(link.listen == nil)
        #expect(link.device == nil)
        let device = try #require(try typed.parse(["simulate"]) as? SimulateCommand)
        #expect(device.device == "d")
        #expect(device.listen == nil)
        let equal = try configuration(project: simulate + "listen = \"localhost:1\"\ndevice = \"d\"")
        let problem = try problem { try equal.parse(["simulate"]) }
        #expect(problem.message.hasPrefix("/project.toml:"))
        #expect(problem.message.contains("exclude each other"))
    }

    /// An option that needs others beside it is no mistake, and is left out where they are missing.
    @Test(arguments: [
        ("all = true", ["read", "3", "-o", "-"]), ("[read]\nall = true", ["read", "3", "-o", "-"]),
        ("overwrite = true\nremove-after = true", ["read", "3", "-o", "x"]),
        ("[read]\nresume = true", ["read", "/logs/", "-o", "x"]),
        ("verify-from = 3\nexpect-timeout = 5\nfail-on = \"bad\"", ["write", "2", "x"]),
        (
            "[simulate]\nidle-time = 5\nstrict-baud = true\nqueue-loss = true",
            ["simulate", "--resource", "3=x"]
        ),
        ("[simulate]\nscenario = \"x\"", ["simulate", "--resource", "3=x"]),
    ])
    func whatDoesNotFitTheCommandLineYields(user: String, arguments: [String]) throws {
        let configuration = try configuration(user: user)
        #expect(try configuration.problems().isEmpty)
        let command = try configuration.parse(arguments)
        if let read = command as? ReadCommand {
            #expect(!read.trayOptions.all && !read.overwrite && !read.removeAfter && !read.resume)
        }
    }

    /// If the command line is wrong as well, its own mistake is reported.
    @Test func whatDoesNotFitAMistakeYieldsToIt() throws {
        let configuration = try configuration(user: "[read]\nall = true")
        let error = #expect(throws: (any Error).self) {
            try configuration.parse(["read", "/logs/", "-o", "-"])
        }
        #expect(!(error is Failure))
    }

    @Test(arguments: [["read"], ["read", "3", "--window", "many"], ["read", "3", "4"], ["fly"]])
    func theCommandLineIsToBlameItself(arguments: [String]) throws {
        let configuration = try configuration(project: "retries = 1\nwindow = 5")
        let error = #expect(throws: (any Error).self) { try configuration.parse(arguments) }
        #expect(!(error is Failure))
    }

    @Test(arguments: [
        "PWTRANSFER_CHUNK_TIMOUT", "PWTRANSFER_RETRYS", "PWTRANSFER_BORD", "PWTRANSFER_CHUNKTIMEOUT",
    ])
    func aVariableThatIsNearlyOneIsRefused(variable: String) throws {
        let problem = try problem { try configuration(environment: [variable: "1"]) }
        #expect(problem.message.hasPrefix("unknown variable \(variable); did you mean "))
        #expect(problem.hint?.contains("unset \(variable)") == true)
        #expect(problem.status.rawValue == 78)
    }

    @Test func otherVariablesAreLeftAlone() throws {
        let others = [
            "PWTRANSFER_BINARIES": "x", "PWTRANSFER_RECORD": "1", "PWTRANSFER_FUZZ": "1", "BAUD": "x",
        ]
        let command = try configuration(environment: others).parse(["read", "3", "-o", "out"])
        #expect((command as? ReadCommand)?.portOptions.lineOptions.baud == nil)
    }

    @Test func boards() throws {
        let project = "board = \"b\"\n[boards.a]\nbaud = 1\n[boards.b]\nbaud = 2\n[boards.c]\nbaud = 3"
        let byFile = try configuration(project: project)
        #expect(try byFile.setting("baud")?.value == .words(["2"]))
        let byVariable = try configuration(project: project, environment: ["PWTRANSFER_BOARD": "c"])
        #expect(try byVariable.setting("baud")?.value == .words(["3"]))
        let byOption = try configuration(
            project: project, environment: ["PWTRANSFER_BOARD": "c"], board: "a")
        #expect(try byOption.setting("baud")?.value == .words(["1"]))
    }

    @Test func anUnknownBoard() throws {
        let typed = try problem { try configuration(project: "[boards.bench]", board: "bensh") }
        #expect(typed.status.rawValue == 64)
        #expect(typed.hint == "did you mean bench? the boards are: bench")
        let configured = try problem { try configuration(environment: ["PWTRANSFER_BOARD": "bench"]) }
        #expect(configured.status.rawValue == 78)
        #expect(configured.message.hasPrefix("PWTRANSFER_BOARD: "))
    }

    @Test func everyBadValueIsFoundByTheCheck() throws {
        let configuration = try configuration(
            project: """
                baud = 115200
                protocol = "v9"
                [write]
                retries = "x"
                expect-timeout = "0"
                [boards.other]
                window = "2 KiB"
                chunk-size = 448
                [simulate]
                drop = 2
                latency = "3ms"
                """, environment: ["PWTRANSFER_RTS": "up"])
        let places = try configuration.problems().map(\.message)
            .filter { $0.contains(": The value") || $0.hasSuffix("must be more than 0") }
            .map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "/project.toml:2:", "/project.toml:4:", "/project.toml:5:", "/project.toml:10:",
                "/project.toml:7", "PWTRANSFER_RTS:",
            ])
    }

    /// Values for the options that do not take `1`.
    private static let values = [
        "color": "always", "device-output": "all", "dtr": "on", "fault": "to-client:data-dropper=2%",
        "file": "/log=log.bin", "flow": "rts-cts", "format": "raw", "method": "dtr", "port": "/dev/ttyACM0",
        "progress": "bar", "protocol": "v2", "reset": "dtr", "reset-after": "rts", "resource": "3=flash.bin",
        "rts": "off", "verify": "readback", "chunk-buffer": "480",
    ]

    @Test func everyOptionPassesTheCheck() throws {
        var text = ""
        for command in try programCatalog.get().commands {
            text += "[\(command.name)]\n"
            var keys: Set<String> = []
            for option in command.allOptions
            where !Configuration.isAboutConfiguration(option.key) && keys.insert(option.key).inserted {
                let value = option.isFlag ? "true" : "\"\(Self.values[option.key] ?? "1")\""
                text += "\(option.key) = \(value)\n"
            }
        }
        let mistakes = try configuration(user: text).problems().map(\.message)
        #expect(mistakes == [])
    }

    @Test func everyOptionHasItsVariable() throws {
        #expect(Configuration.variable(for: "chunk-timeout") == "PWTRANSFER_CHUNK_TIMEOUT")
        let catalog = try programCatalog.get()
        for key in ["port", "baud", "output", "restart", "quiet", "board"] {
            #expect(catalog.generalOptions.contains { $0.key == key }, "\(key)")
        }
        #expect(!catalog.generalOptions.contains { ["help", "version", "resource"].contains($0.key) })
        let timeout = try #require(catalog.generalOptions.first { $0.key == "chunk-timeout" })
        #expect(timeout.defaultText == "2s")
    }

    @Test(arguments: [
        ("chunk-timout", "chunk-timeout"), ("chunk_timeout", "chunk-timeout"), ("BAUD", "baud"),
        ("prot", "port"), ("windwo", "window"), ("retires", "retries"),
    ])
    func suggestions(typo: String, name: String) {
        let names = ["window", "baud", "port", "retries", "chunk-timeout", "start-timeout"]
        #expect(NearestName.find(typo, in: names) == name)
    }

    @Test(arguments: ["x", "timeout-of-everything", ""])
    func noSuggestions(typo: String) {
        #expect(NearestName.find(typo, in: ["window", "baud", "chunk-timeout"]) == nil)
    }
}

@Suite struct ResourceNameTests {
    private static let project = """
        [resources]
        firmware = 2
        log = 3
        [boards.bench.resources]
        log = 0x13
        """

    @Test(arguments: [
        ("3", nil as String?, 3), ("0x10", nil, 16), ("log", nil, 3), ("log", "bench", 19),
        ("firmware", "bench", 2),
    ])
    func numbers(text: String, board: String?, number: UInt32) throws {
        let configuration = try configuration(project: Self.project, board: board)
        let name = try #require(ResourceName(argument: text))
        #expect(try name.target(in: configuration) == .number(number))
    }

    @Test(arguments: ["", "-1", "3x", "4294967296", "a b", "ü", "0x", ".a", "_a"])
    func noNames(text: String) {
        #expect(ResourceName(argument: text) == nil)
    }

    @Test func theFirstFileWithAResourceCounts() throws {
        let configuration = try configuration(
            project: "resources.log = 1", user: "resources.log = 2\nresources.b = 3")
        #expect(configuration.resources.map(\.number) == [1, 3])
        #expect(configuration.label(ofResource: 3) == "3 (b)")
        #expect(configuration.label(ofResource: 2) == "2")
    }

    @Test func anUnknownName() throws {
        let configuration = try configuration(project: Self.project)
        let problem = try problem { try ResourceName.name("lgo").target(in: configuration) }
        #expect(problem.status.rawValue == 64)
        #expect(problem.hint == "did you mean log? the names are: firmware (2), log (3)")
    }

    @Test func noNamesAtAll() throws {
        let problem = try problem { try ResourceName.name("log").target(in: Configuration()) }
        #expect(problem.status.rawValue == 64)
        #expect(problem.hint?.contains("[resources] log = NUMBER") == true)
    }
}

internal import Glibc
@testable internal import PwtransferCLI
internal import TestSupport
internal import Testing

@Suite struct ConfigurationFileTests {
    private func read(_ text: String) throws(Failure) -> ConfigurationFile {
        let file = try ConfigurationFileReader(catalog: programCatalog.get(), path: "f").read(
            Array(text.utf8))
        if let mistake = file.mistakes.first { throw mistake }
        return file
    }

    @Test(arguments: [
        ("chunk-timout = 5", "f:1: unknown key chunk-timout", "write chunk-timeout"),
        ("\n\nChunk_Timeout = 5", "f:3: unknown key Chunk_Timeout", "write chunk-timeout"),
        ("[resource]\na = 1", "f:1: unknown key resource", "write resources"),
        ("[reed]\nwindow = 1", "f:1: unknown key reed", "write read"),
        ("[read]\nwindwo = 1", "f:2: unknown key windwo in [read]", "write window"),
        ("[read]\nrestart = true", "f:2: unknown key restart in [read]", "`pwtransfer read --help`"),
        ("[boards.a]\nbuad = 1", "f:2: unknown key buad in board a", "write baud"),
        ("[boards.a.write]\nbuad = 1", "f:2: unknown key buad in board a, [write]", "write baud"),
        ("[boards.a]\nboard = \"a\"", "f:2: unknown key board in board a", nil),
        ("config = \"x\"", "f:1: config takes a table", nil),
        ("help = true", "f:1: unknown key help", nil),
        ("quiet = 1", "f:1: quiet takes true or false, not the number 1", nil),
        ("quiet = \"yes\"", "f:1: quiet takes true or false, not the text \"yes\"", nil),
        ("baud = true", "f:1: baud takes a text or a number, not true", nil),
        ("baud = [1, 2]", "f:1: baud takes a text or a number, not an array", nil),
        ("baud = 2026-01-01", "f:1: baud takes a text or a number, not a date or time", nil),
        ("[baud]", "f:1: baud takes a text or a number, not a table", nil),
        (
            "simulate.resource = [\"1=a\", true]",
            "f:1: resource takes a text, a number or an array of them, not an array", nil
        ),
        ("read = 1", "f:1: read takes a table, not the number 1", nil),
        (
            "resources.log = -1",
            "f:1: log takes the number of the resource, 0 to 4294967295, not the number -1", nil
        ),
        ("resources.log = 4294967296", "f:1: log takes the number of the resource", nil),
        ("resources.log = \"three\"", "f:1: log takes the number of the resource", nil),
        ("[resources]\n3 = 3", "f:2: 3: not a name for a resource", "a name begins with a letter"),
        ("[resources]\n\"/log\" = 3", "f:2: /log: not a name for a resource", "a name begins with a letter"),
        ("[resources]\n\"\" = 3", "f:2: : not a name for a resource", "a name begins with a letter"),
        ("[boards.\"a b\"]", "f:1: a b: not a name for a board", "a name begins with a letter"),
        ("baud = 1\nbaud = 2", "f:2: ", "correct the file"),
        ("\n\nbaud 1", "f:3: ", "correct the file"),
        ("baud = \"\u{1}\"", "f:1: ", "correct the file"),
    ])
    func errors(text: String, message: String, hint: String?) throws {
        let problem = try problem { try read(text) }
        #expect(problem.message.hasPrefix(message), "\(problem.message)")
        #expect(problem.status.rawValue == 78)
        if let hint { #expect(problem.hint?.hasPrefix(hint) == true, "\(problem.hint ?? "none")") }
    }

    @Test func notUnicode() throws {
        let reader = ConfigurationFileReader(catalog: try programCatalog.get(), path: "f")
        let problem = try problem { try reader.read([0x61, 0xFF, 0x0A]) }
        #expect(problem.message.hasPrefix("f:1: "))
    }

    /// The parser recurses. None of these documents may exhaust the stack.
    @Test(arguments: [
        String(repeating: "a.", count: 16_380) + "a=1", "[" + String(repeating: "a.", count: 16_380) + "a]",
        "a=" + String(repeating: "[", count: 32_000),
        "a=" + String(repeating: "{a=", count: 10_000),
    ])
    func depth(text: String) {
        #expect(throws: TOMLSyntaxError.self) { try TOMLDocument.entries(of: Array(text.utf8)) }
    }

    @Test func size() throws {
        let bytes = [UInt8](repeating: 0x0A, count: TOMLDocument.sizeLimit)
        #expect(try TOMLDocument.entries(of: bytes) == [])
        #expect(throws: TOMLSyntaxError(message: "larger than 32768 bytes", line: nil)) {
            try TOMLDocument.entries(of: bytes + [0x0A])
        }
    }

    @Test func valuesInTheirOrder() throws {
        let entries = try TOMLDocument.entries(
            of: Array("z = 0x1F # c\na = 1.5\nk = [\"b\", true, 1979-05-27]\nt = {}".utf8))
        #expect(
            entries == [
                TOMLEntry(key: "z", line: 1, value: .number("31")),
                TOMLEntry(key: "a", line: 2, value: .number("1.5")),
                TOMLEntry(
                    key: "k", line: 3,
                    value: .array([
                        TOMLEntry(key: "", line: 3, value: .string("b")),
                        TOMLEntry(key: "", line: 3, value: .boolean(true)),
                        TOMLEntry(key: "", line: 3, value: .time),
                    ])),
                TOMLEntry(key: "t", line: 4, value: .table([])),
            ])
    }
}

@Suite struct ConfigurationFilesTests {
    private let directory: TemporaryDirectory
    private let home: String
    private let inner: String

    init() throws {
        directory = try TemporaryDirectory()
        home = try directory.directory("home/pwtransfer")
        inner = try directory.directory("a/b")
    }

    private var environment: [String: String] {
        ["XDG_CONFIG_HOME": directory.file("home"), "HOME": "/nowhere"]
    }

    private func paths(choice: String? = nil) throws -> [String] {
        try ConfigurationFiles.read(
            choice: choice.map { ($0, "--config") }, folder: inner, environment: environment
        ).map(\.path)
    }

    @Test func theNearestProjectFileAndTheOfTheUser() throws {
        #expect(try paths() == [])
        try write([], to: home + "/config.toml")
        try write([], to: directory.file(".pwtransfer.toml"))
        #expect(try paths() == [directory.file(".pwtransfer.toml"), home + "/config.toml"])
        try write([], to: directory.file("a/.pwtransfer.toml"))
        #expect(try paths() == [directory.file("a/.pwtransfer.toml"), home + "/config.toml"])
        #expect(try paths(choice: "none") == [])
        try write([], to: directory.file("other"))
        #expect(try paths(choice: directory.file("other")) == [directory.file("other")])
    }

    @Test(arguments: [
        (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/pwtransfer/config.toml"),
        (["XDG_CONFIG_HOME": "x", "HOME": "/h"], "/h/.config/pwtransfer/config.toml"),
        (["XDG_CONFIG_HOME": ""], nil), ([:], nil),
    ])
    func theFileOfTheUser(environment: [String: String], path: String?) {
        #expect(ConfigurationFiles.userPath(environment) == path)
    }

    @Test func aChosenFileMustBeThere() throws {
        let problem = try problem { try paths(choice: directory.file("missing")) }
        #expect(problem.status.rawValue == 78)
        #expect(problem.message.hasPrefix(directory.file("missing")))
    }

    @Test func aFileThatEverybodyMayWriteIsRefused() throws {
        let path = directory.file("a/.pwtransfer.toml")
        try write([], to: path)
        chmod(path, 0o666)
        let problem = try problem { try paths() }
        #expect(problem.status.rawValue == 78)
        #expect(problem.message == "\(path) is not used")
        #expect(try paths(choice: path) == [path])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away")) func aStrangersFileIsRefused() throws
    {
        let path = directory.file(".pwtransfer.toml")
        try write([], to: path)
        chown(path, 1234, 1234)
        #expect(try problem { try paths() }.message == "\(path) is not used")
        // Under sudo, a user who may run one exact command could otherwise choose what it writes.
        var environment = environment
        environment["SUDO_UID"] = "1234"
        let refused = try problem {
            try ConfigurationFiles.read(choice: nil, folder: inner, environment: environment)
        }
        #expect(refused.message == "\(path) is not used")
        unlink(path)
        try write([], to: home + "/config.toml")
        chown(home + "/config.toml", 1234, 1234)
        #expect(try problem { try paths() }.message == "\(home)/config.toml is not used")
    }

    @Test func aLinkIsRefused() throws {
        try write([], to: directory.file("victim.toml"))
        symlink(directory.file("victim.toml"), directory.file("a/.pwtransfer.toml"))
        #expect(try problem { try paths() }.cause?.contains("symbolic link") == true)
    }

    @Test(
        arguments: [
            (0o640, 0o755, nil), (0o664, 0o755, "others may write to it"), (0o644, 0o775, "the folder"),
            (0o644, 0o1777, nil),
        ] as [(mode_t, mode_t, String?)])
    func modesOfFileAndFolder(file: mode_t, folder: mode_t, doubt: String?) throws {
        let path = directory.file("a/.pwtransfer.toml")
        try write([], to: path)
        chmod(path, file)
        chmod(directory.file("a"), folder)
        if let doubt {
            #expect(try problem { try paths() }.cause?.contains(doubt) == true)
        } else {
            #expect(try paths() == [path])
        }
    }

    @Test func aFileWithAnotherNameInAFolderOfAll() throws {
        try write([], to: directory.file("victim.toml"))
        link(directory.file("victim.toml"), directory.file("a/.pwtransfer.toml"))
        #expect(try paths() == [directory.file("a/.pwtransfer.toml")])
        chmod(directory.file("a"), 0o1777)
        #expect(try problem { try paths() }.message == "\(directory.file("a/.pwtransfer.toml")) is not used")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away")) func aStrangersFolder() throws {
        try write([], to: directory.file("a/.pwtransfer.toml"))
        chown(directory.file("a"), 1234, 1234)
        #expect(try problem { try paths() }.cause?.contains("the folder") == true)
    }

    @Test func aFIFOIsRefusedOrEmptyAndNeverWaitedFor() throws {
        #expect(mkfifo(directory.file(".pwtransfer.toml"), 0o600) == 0)
        let files = try ConfigurationFiles.read(choice: nil, folder: inner, environment: environment)
        #expect(files.map(\.bytes) == [[]])
    }

    @Test func aFolderIsNoFile() throws {
        _ = try directory.directory("a/.pwtransfer.toml")
        #expect(
            try problem { try paths() }.message.hasPrefix(
                "cannot read \(directory.file("a/.pwtransfer.toml"))"))
    }
}

internal import Glibc
internal import TestSupport
internal import Testing

@testable internal import PwtransferCLI

@Suite struct FileIdentityTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.directory("a")
        try write([1], to: directory.file("there"))
        #expect(symlink(directory.file("there"), directory.file("link")) == 0)
    }

    @Test(arguments: [
        ("there", "there", true), ("there", "a/../there", true), ("there", "link", true),
        ("missing", "missing", true), ("missing", "a/../missing", true), ("there", "missing", false),
        ("missing", "a/missing", false), ("no/missing", "no/missing", true),
    ])
    func names(first: String, second: String, isSame: Bool) {
        let files = [first, second].map { FileIdentity(directory.file($0)) }
        #expect((files[0] == files[1]) == isSame)
        #expect(files[0].excludes(files[1]) == isSame)
    }

    @Test func whatIsNoFileTakesEverything() {
        #expect(FileIdentity("/dev/null") == FileIdentity("/dev/../dev/null"))
        #expect(!FileIdentity("/dev/null").excludes(FileIdentity("/dev/null")))
    }
}

@Suite struct CommandLineScanTests {
    @Test(arguments: [
        (["read", "3", "-o", "x"], "x" as String?), (["read", "3", "-o=x"], "x"),
        (["read", "--output", "x"], "x"),
        (["read", "--output=x", "-o", "y"], "y"), (["read", "--output="], ""), (["read", "3", "-o"], nil),
        (["read", "--", "-o", "x"], nil), (["read", "-online"], nil),
    ])
    func valueOfAnOption(arguments: [String], value: String?) {
        #expect(CommandLineScan.value(of: "output", or: "o", in: arguments) == value)
    }
}

internal import Glibc
internal import TestSupport
internal import Testing

/// A restart in mid-transfer, on a device that gives its files other numbers whenever it starts. What was moved from
/// then on belongs to another file.
@Suite struct RenumberedFileTests {
    private let directory: TemporaryDirectory
    private let device: RunningCommand
    private let port: String
    private static let originals = [
        "one": patternBytes(9000), "two": [UInt8](repeating: 2, count: 9000),
    ]

    init() throws {
        directory = try TemporaryDirectory()
        let directory = directory
        for (name, bytes) in Self.originals { try write(bytes, to: directory.file(name)) }
        let files = ["one", "two"].flatMap { ["--file", "/d/\($0)=\(directory.file($0)):rw"] }
        device = try RunningCommand(
            ["simulate", "--link", directory.file("board"), "--min-delay", "0"] + files
                + ["--fault", "device:listing=renumbered", "--fault", "device:reset-at-offset=4000"])
        port = try device.outputLine(after: "port ")
        _ = try device.outputLine(after: "ready")
    }

    @Test func aReadDoesNotMixTwoFiles() throws {
        let result = try pwtransfer(
            "read", "/d/one", "-o", directory.file("out"), "--port", port, "--json")
        #expect(result.exitCode == 75, "\(result.outputText)")
        #expect(result.outputText.contains(#""code":"path_not_confirmed""#), "\(result.outputText)")
        #expect(!directory.names.contains("out"))
        // The next run asks for the number anew.
        let again = try pwtransfer("read", "/d/one", "--port", port)
        #expect(again.exitCode == 0, "\(again.errors)")
        #expect(again.output == Self.originals["one"])
    }

    @Test func nothingIsRemovedForACopyOfAnotherFile() throws {
        let result = try pwtransfer(
            "read", "/d/", "-o", directory.file("out"), "--remove-after", "--port", port)
        #expect(result.exitCode == 75, "\(result.errors)")
        #expect(result.errors.contains("1 of 2 files were not read"), "\(result.errors)")
        #expect(try contents(of: directory.file("one")) == Self.originals["one"])
        // The number of the second file was asked for after the restart.
        #expect(TemporaryDirectory.names(in: directory.file("out")) == ["two"])
        #expect(try contents(of: directory.file("out/two")) == Self.originals["two"])
        #expect(!directory.names.contains("two"))
    }

    /// What is kept of a partial file might belong to another file.
    @Test func nothingIsKeptForTheNextRun() throws {
        let arguments = ["read", "/d/one", "-o", directory.file("out"), "--resume", "--port", port]
        #expect(try RunningCommand(arguments).result().exitCode == 75)
        let next = try RunningCommand(arguments).result()
        #expect(next.exitCode == 0, "\(next.errors)")
        #expect(!next.errors.contains("going on at byte"), "\(next.errors)")
        #expect(try contents(of: directory.file("out")) == Self.originals["one"])
    }

    /// The device is asked before the write goes on.
    @Test(arguments: ["--reconnect", "--restart"]) func aWriteDoesNotGoOnInAnotherFile(_ option: String)
        throws
    {
        try write(patternBytes(8000), to: directory.file("new"))
        let result = try pwtransfer("write", "/d/one", directory.file("new"), option, "--port", port)
        #expect(result.exitCode == 75, "\(result.errors)")
        for (name, bytes) in Self.originals { #expect(try contents(of: directory.file(name)) == bytes) }
        #expect(result.errors.contains("did not confirm that /d/one is still resource 0"), "\(result.errors)")
        #expect(result.errors.contains("the data may have gone to another file"), "\(result.errors)")
    }
}

internal import Glibc
internal import TestSupport
internal import Testing

/// `ls`, `rm`, `status`, and paths of the device in `read` and `write`.
@Suite final class FileCommandTests {
    private let directory: TemporaryDirectory
    private let boot = patternBytes(5000)
    /// Keeps the devices until the test is over, since the end of the object kills the command.
    private var devices: [RunningCommand] = []

    init() throws {
        directory = try TemporaryDirectory()
        try write(boot, to: directory.file("boot.bin"))
        try write([1, 2, 3], to: directory.file("small.bin"))
    }

    /// Starts a device with these files. A file without `=` is `small.bin` on this machine.
    private func start(_ files: [String], _ options: String...) throws -> (RunningCommand, port: String) {
        let arguments = files.flatMap { file in
            ["--file", file.contains("=") ? file : "\(file)=\(directory.file("small.bin"))"]
        }
        let command = try RunningCommand(
            ["simulate", "--link", directory.file("board"), "--min-delay", "0"] + arguments + options)
        devices.append(command)
        let port = try command.outputLine(after: "port ")
        _ = try command.outputLine(after: "ready")
        return (command, port)
    }

    private var standardFiles: [String] {
        [
            "/logs/boot.txt=\(directory.file("boot.bin"))", "/logs/sub/b", "/log",
            "/config=\(directory.file("config.bin")):rw", "/logs/new=\(directory.file("new.bin")):w",
        ]
    }

    @Test func list() throws {
        let (_, port) = try start(standardFiles, "--resource", "1=\(directory.file("small.bin"))")
        let all = try pwtransfer("ls", "--port", port)
        #expect(all.exitCode == 0, "\(all.errors)")
        #expect(
            all.outputText == """
                ACCESS  SIZE  ID  NAME
                r       5000   0  /logs/boot.txt
                r          3   2  /logs/sub/b
                r          3   3  /log
                rw         0   4  /config
                w          0   5  /logs/new

                """)
        for path in ["/logs", "/logs/"] {
            let folder = try pwtransfer("ls", path, "--port", port)
            #expect(folder.outputText.split(separator: "\n").count == 4)
        }
        let one = try pwtransfer("ls", "/log", "--port", port)
        #expect(
            one.outputText.hasSuffix("r          3   3  /log\n") || one.outputText.hasSuffix("  3  /log\n"))
        let none = try pwtransfer("ls", "/nothing", "--port", port)
        #expect(none.exitCode == 76)
        #expect(none.output.isEmpty)
    }

    @Test func filesByTheirPath() throws {
        let (_, port) = try start(standardFiles)
        let read = try pwtransfer("read", "/logs/boot.txt", "--port", port)
        #expect(read.output == boot, "\(read.errors)")
        let written = try pwtransfer("write", "/config", directory.file("boot.bin"), "--port", port)
        #expect(written.exitCode == 0, "\(written.errors)")
        #expect(try contents(of: directory.file("config.bin")) == boot)
    }

    @Test func noSuchFile() throws {
        let (_, port) = try start(standardFiles)
        let target = directory.file("out")
        let mistyped = try pwtransfer("read", "/logs/boo.txt", "-o", target, "--port", port)
        #expect(mistyped.exitCode == 76)
        #expect(mistyped.errors.contains("did you mean /logs/boot.txt?"))
        let folder = try pwtransfer("read", "/logs", "-o", target, "--port", port)
        #expect(folder.exitCode == 64)
        #expect(folder.errors.contains("pwtransfer read /logs/ -o FOLDER/"))
        #expect(!directory.names.contains("out"))
    }

    @Test func remove() throws {
        let (_, port) = try start(standardFiles)
        try write([1], to: directory.file("config.bin"))
        let removed = try pwtransfer("rm", "/config", "--port", port)
        #expect(removed.exitCode == 0, "\(removed.errors)")
        #expect(removed.errors == "removed /config\n")
        #expect(!directory.names.contains("config.bin"))
        #expect(try pwtransfer("rm", "/config", "--port", port).errors.contains("NOT_FOUND"))
        let fixed = try pwtransfer("rm", "/log", "--port", port)
        #expect(fixed.exitCode == 76)
        #expect(fixed.errors.contains("UNIMPLEMENTED"))
        #expect(try !pwtransfer("ls", "--port", port).outputText.contains("/config"))
    }

    @Test func removeWhoseAnswerIsLost() throws {
        let (_, port) = try start(standardFiles, "--fault", "to-client:keep-drop-queue=0/1/-1")
        let removed = try pwtransfer("rm", "/config", "--port", port, "--timeout", "200ms")
        #expect(removed.exitCode == 0, "\(removed.errors)")
        #expect(removed.errors.contains("whose answer was lost, may have removed it"))
    }

    @Test func wholeFolder() throws {
        let (_, port) = try start(standardFiles)
        let result = try pwtransfer("read", "/logs/", "-o", directory.file("out/"), "--port", port)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("skipped /logs/new: it cannot be read\n"))
        #expect(result.errors.contains("read 2 files of /logs/, 4.9 KiB in "))
        #expect(TemporaryDirectory.names(in: directory.file("out")) == ["boot.txt", "sub"])
        #expect(try contents(of: directory.file("out/boot.txt")) == boot)
        #expect(try contents(of: directory.file("out/sub/b")) == [1, 2, 3])
    }

    /// The names that a device chooses cannot change what other programs do: no settings, no hooks, none of the
    /// user's files.
    @Test func namesThatAct() throws {
        let (_, port) = try start(["/d/.pwtransfer.toml", "/d/.git/hooks/pre-commit", "/d/Makefile"])
        try write([9], to: directory.file("Makefile"))
        let first = try pwtransfer("read", "/d/", "-o", directory.path, "--port", port)
        #expect(first.exitCode == 73, "\(first.errors)")
        #expect(first.errors.contains("Makefile is there already"))
        #expect(first.errors.contains("or replace what is there with --overwrite"))
        #expect(try contents(of: directory.file("Makefile")) == [9])
        #expect(
            directory.names == [
                "%2Egit", "%2Epwtransfer.toml", "Makefile", "board", "boot.bin", "small.bin",
            ])
        let second = try pwtransfer("read", "/d/", "-o", directory.path, "--port", port, "--overwrite")
        #expect(second.exitCode == 0, "\(second.errors)")
        #expect(try contents(of: directory.file("Makefile")) == [1, 2, 3])
        let other = try pwtransfer("read", "0", "-o", directory.file("x"), "--port", port, "--overwrite")
        #expect(other.exitCode == 64)
    }

    @Test func aFolderNeedsAFolder() throws {
        for arguments in [[], ["-o", "-"], ["-o", "out", "--offset", "1"]] {
            let result = try RunningCommand(["read", "/logs/", "--port", "/dev/null"] + arguments).result()
            #expect(result.exitCode == 64)
        }
    }

    @Test func oneBadFileDoesNotStopTheOthers() throws {
        let (_, port) = try start(
            ["/d/a", "/d/gone=\(directory.file("gone"))", "/d/link", "/d/z", "/d/z"])
        _ = try directory.directory("out")
        symlink(directory.file("victim"), directory.file("out/link"))
        let result = try pwtransfer(
            "read", "/d/", "-o", directory.file("out"), "--port", port, "--json")
        // Two files fail with 76, but the exit code for a local file that cannot be written weighs more.
        #expect(result.exitCode == 73)
        #expect(TemporaryDirectory.names(in: directory.file("out")) == ["a", "link", "z"])
        #expect(!directory.names.contains("victim"))
        let lines = result.outputText.split(separator: "\n")
        let files = lines.filter { $0.contains(#""type":"file_read""#) }
        try #require(files.count == 5, "\(result.errors) \(result.outputText)")
        #expect(files[1].contains(#""exit_code":76"#) && files[1].contains(#""status":"DATA_LOSS""#))
        #expect(files[2].contains(#""exit_code":73"#) && files[2].contains("a symbolic link of this name"))
        #expect(files[4].contains("more than once"))
        #expect(lines.last?.contains("3 of 5 files were not read") == true)
        #expect(lines.last?.contains(#""bytes":6,"#) == true)
    }

    @Test func aRefusalOfEachFileIsNoSilence() throws {
        let (_, port) = try start(
            ["/d/a", "/d/b", "/d/c", "/d/d"], "--fault", "device:refuse=UNAVAILABLE")
        let result = try pwtransfer("read", "/d/", "-o", directory.file("out"), "--port", port)
        #expect(result.exitCode == 75, "\(result.errors)")
        #expect(result.errors.contains("4 of 4 files were not read"))
        #expect(!result.errors.contains("not tried"))
    }

    @Test func theRestIsGivenUpIfTheDeviceIsSilent() throws {
        let (_, port) = try start(
            ["/d/a", "/d/b", "/d/c", "/d/d", "/d/e"], "--fault", "to-client:chunk-dropper=any,count=all")
        let result = try pwtransfer(
            "read", "/d/", "-o", directory.file("out"), "--port", port, "--start-timeout", "100ms",
            "--retries", "1"
        )
        #expect(result.exitCode == 75, "\(result.errors)")
        #expect(result.errors.contains("the device has fallen silent"))
        #expect(result.errors.contains("failed 3, not tried 2"))
    }

    @Test func hostileNamesStayInTheFolder() throws {
        let hostile = ["/d/../../../escaped", "/d/..", "/d/\u{1B}[31mred\n", "/d//etc/passwd", "/d/a\\b"]
        let (_, port) = try start(hostile)
        let list = try pwtransfer("ls", "--port", port)
        #expect(list.outputText.contains(#"/d/\u{1B}[31mred\n"#))
        #expect(list.outputText.split(separator: "\n").count == 1 + hostile.count)
        _ = try directory.directory("x/y/out")
        let result = try pwtransfer("read", "/d/", "-o", directory.file("x/y/out"), "--port", port)
        #expect(result.exitCode == 73, "\(result.errors)")
        #expect(!result.errors.contains("\u{1B}"))
        #expect(directory.names == ["board", "boot.bin", "small.bin", "x"])
        #expect(TemporaryDirectory.names(in: directory.file("x")) == ["y"])
        #expect(TemporaryDirectory.names(in: directory.file("x/y")) == ["out"])
        #expect(
            TemporaryDirectory.names(in: directory.file("x/y/out")) == [
                "%1B[31mred%0A", "%2E%2E", "a%5Cb", "etc",
            ])
    }

    @Test(arguments: [
        ("endless", 76, "does not end", ""), ("garbage", 76, "make no sense", ""),
        ("broken-names", 76, "make no sense", ""), ("oversized-numbers", 76, "make no sense", ""),
        ("unknown-status", 76, "STATUS_4000000000", ""), ("stalls", 75, "fell silent before the end", ""),
        ("silent", 75, "many devices have no file service", ""), ("huge-sizes", 0, "", " 4294967295 "),
    ])
    func hostileLists(fault: String, exitCode: Int32, error: String, output: String) throws {
        let (device, port) = try start(["/d/a"], "--fault", "device:listing=\(fault)")
        let result = try pwtransfer("ls", "--port", port, "--timeout", "100ms")
        #expect(result.exitCode == exitCode, "\(result.errors)")
        #expect(result.errors.contains(error) || error.isEmpty)
        #expect(result.outputText.contains(output) || output.isEmpty)
        if exitCode != 0 { #expect(result.output.isEmpty) }
        // The call was cancelled, so the device is free for the next.
        let read = try pwtransfer("read", "0", "--port", port)
        #expect(read.output == [1, 2, 3], "\(read.errors)")
        device.signal(SIGTERM)
        #expect(try device.result().exitCode == 0)
    }

    @Test func aSlowEndlessListEndsAtTheDeadline() throws {
        let (_, port) = try start(["/d/a"], "--fault", "device:listing=endless", "--baud", "9600")
        let result = try pwtransfer("ls", "--port", port, "--deadline", "300ms")
        #expect(result.exitCode == 75)
        #expect(result.errors.contains("not done within 0.30 s, with "))
    }

    @Test func aListCanBeStopped() throws {
        let (_, port) = try start(["/d/a"], "--fault", "device:listing=endless", "--baud", "9600")
        let command = try RunningCommand(["ls", "--port", port, "-v"])
        try command.errorLine(containing: "pw_rpc channel")
        command.signal(SIGINT)
        let result = try command.result()
        #expect(result.exitCode == 130)
    }

    @Test func damagedListsAreAskedForAgain() throws {
        let (_, port) = try start(
            (0..<50).map { "/d/\($0)" }, "--fault", "to-client:bit-flipper=0.0001,seed=3")
        let result = try pwtransfer("ls", "--port", port, "--timeout", "200ms")
        if result.exitCode == 0 {
            #expect(result.outputText.split(separator: "\n").count == 51)
        } else {
            #expect(result.exitCode == 75)
            #expect(result.errors.contains("not complete") || result.errors.contains("fell silent"))
        }
    }

    // MARK: status

    @Test func status() throws {
        let (_, port) = try start(["/a"], "--resource-status")
        for resource in ["0", "/a"] {
            let result = try pwtransfer("status", resource, "--port", port)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(
                result.outputText == """
                    resource:          0
                    readable bytes:    3
                    read checksum:     0x55bc801d
                    next write offset: 3
                    write checksum:    0x55bc801d

                    """)
        }
        let unknown = try pwtransfer("status", "9", "--port", port)
        #expect(unknown.exitCode == 76)
        #expect(unknown.errors.contains("NOT_FOUND"))
    }

    @Test func statusThatIsNotImplemented() throws {
        let (_, port) = try start(["/a"])
        let result = try pwtransfer("status", "0", "--port", port)
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("UNIMPLEMENTED"))
    }

    @Test func statusWithoutAnswer() throws {
        let (_, port) = try start(["/a"], "--drop", "100%")
        let result = try pwtransfer("status", "0", "--port", port, "--timeout", "50ms", "--json")
        #expect(result.exitCode == 75)
        #expect(result.outputText.contains(#""code":"no_answer""#))
        #expect(result.outputText.contains("many devices do not implement GetResourceStatus"))
    }

    @Test func noFileService() throws {
        let board = try Board(content: [1])
        let result = try pwtransfer("ls", "--port", board.port)
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("has no file service (pw.file.FileSystem) (NOT_FOUND)"))
    }

    // MARK: Removing what was read

    private func snapshots(_ options: String...) throws -> (RunningCommand, port: String) {
        for name in ["one", "two"] { try write(patternBytes(700), to: directory.file(name)) }
        return try start(
            [
                "/snapshots/one=\(directory.file("one")):rw", "/snapshots/two=\(directory.file("two")):rw",
                "/log",
            ]
                + options)
    }

    private func fetch(_ port: String, _ options: String...) throws -> CommandResult {
        try RunningCommand(
            ["read", "/snapshots/", "-o", directory.file("out"), "--remove-after", "--port", port] + options
        ).result()
    }

    @Test func filesAreRemovedOnceTheyAreStored() throws {
        let (_, port) = try snapshots()
        let result = try fetch(port)
        #expect(result.exitCode == 0, "\(result.errors)")
        for name in ["one", "two"] {
            #expect(try contents(of: directory.file("out/\(name)")) == patternBytes(700))
            #expect(result.errors.contains("removed /snapshots/\(name)"), "\(result.errors)")
            #expect(access(directory.file(name), F_OK) != 0)
        }
        let left = try pwtransfer("ls", "--port", port)
        #expect(!left.outputText.contains("/snapshots/"), "\(left.outputText)")
        #expect(left.outputText.contains("/log"), "\(left.outputText)")
    }

    @Test func aFileThatCannotBeStoredStays() throws {
        let (_, port) = try snapshots()
        let folder = try directory.directory("out")
        try write([9], to: folder + "/one")
        let result = try fetch(port, "--json")
        #expect(result.exitCode == 73, "\(result.outputText)")
        #expect(try contents(of: folder + "/one") == [9])
        #expect(try contents(of: directory.file("one")) == patternBytes(700))
        #expect(access(directory.file("two"), F_OK) != 0)
        #expect(result.outputText.contains(#""path":"/snapshots/two","#), "\(result.outputText)")
    }

    @Test func aFileThatCannotBeRemovedIsToldAndStored() throws {
        let (_, port) = try snapshots("/snapshots/three")
        let result = try fetch(port)
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("was not removed on the device"), "\(result.errors)")
        #expect(try contents(of: directory.file("out/three")) == [1, 2, 3])
        #expect(access(directory.file("two"), F_OK) != 0)
    }

    @Test func aFileOfAnotherSizeStays() throws {
        try write(patternBytes(700), to: directory.file("one"))
        let (_, port) = try start(
            ["/snapshots/one=\(directory.file("one")):rw"], "--fault", "device:listing=huge-sizes")
        let result = try fetch(port)
        #expect(result.exitCode == 75)
        #expect(
            result.errors.contains("the device lists 4294967295 bytes, but 700 were read"), "\(result.errors)"
        )
        #expect(try contents(of: directory.file("one")) == patternBytes(700))
        #expect(try contents(of: directory.file("out/one")) == patternBytes(700))
    }

    @Test func onlyFoldersAreRemovedAfterwards() throws {
        #expect(
            try pwtransfer("read", "/log", "-o", directory.file("x"), "--remove-after").exitCode == 64)
    }
}

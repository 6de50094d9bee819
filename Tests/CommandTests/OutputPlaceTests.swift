internal import Glibc
internal import TestSupport
internal import Testing

/// Outputs that are no ordinary files: the port itself, a mount point.
@Suite struct OutputPlaceTests {
    /// The output is the port under its own name, and under another name.
    @Test func thePortItselfIsNoFile() throws {
        let board = try Board(content: patternBytes(100))
        let link = board.file("link")
        symlink(board.port, link)
        try write([1], to: board.file("in.bin"))
        for port in [board.port, link] {
            for arguments in [
                ["read", "3", "-o", port], ["read", "3", "--resume", "-o", port],
                ["read", "3", "-o", board.file("out.bin"), "--capture", port],
                ["read", "3", "-o", board.file("out.bin"), "--trace=\(port)"],
                ["read", "3", "-o", port, "--port", board.port + "2"],
                ["write", "2", port], ["write", "2", board.file("in.bin"), "--capture", port],
                ["ls", "--capture", port], ["status", "3", "--trace=\(port)"],
            ] {
                let result = try RunningCommand(arguments + ["--port", board.port]).result()
                #expect(result.exitCode == 64, "\(arguments): \(result.errors)")
                #expect(result.errors.contains(" names the port of the device itself: "), "\(result.errors)")
            }
        }
        #expect(board.directory.names == ["board", "flash.bin", "in.bin", "link"])
        board.command.signal(SIGINT)
        #expect(try board.command.result().errors.isEmpty)
    }

    private static let hasMountNamespaces: Bool = {
        do {
            return try RunningCommand(["-rm", "true"], executable: "unshare").result().exitCode == 0
        } catch {
            return false
        }
    }()

    /// As with `docker -v FILE:FILE`, the file cannot be replaced. So the complete data are copied into it at the end.
    @Test(.enabled(if: hasMountNamespaces), arguments: ["", "--resume"], [10, 50_000, 300_000])
    func aMountPointIsFilled(option: String, oldSize: Int) throws {
        let board = try Board(["--min-delay", "0", "--window", "8KiB"], content: patternBytes(100_000))
        let (outside, target) = (board.file("outside.bin"), board.file("out.bin"))
        try write([UInt8](repeating: 7, count: oldSize), to: outside)
        try write([], to: target)
        let script = """
            mount --bind \(outside) \(target) && exec \(BuiltProgram.path) read 3 --port \(board.port) -o \(target) \(option)
            """
        let result = try RunningCommand(["-rm", "/bin/sh", "-c", script], executable: "unshare").result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: outside) == patternBytes(100_000))
        #expect(board.directory.names == ["board", "flash.bin", "out.bin", "outside.bin"])
    }

    /// If there is no room for the new content, the old content stays. With `--resume`, the new content stays as well.
    @Test(.enabled(if: hasMountNamespaces), arguments: ["", "--resume"])
    func aMountPointWithoutRoomKeepsWhatItHas(option: String) throws {
        let board = try Board(content: patternBytes(100_000))
        let target = board.file("out.bin")
        try write([], to: target)
        let script = """
            mkdir \(board.file("disk")) && mount -t tmpfs -o size=64k none \(board.file("disk")) \
            && echo old > \(board.file("disk/file")) && mount --bind \(board.file("disk/file")) \(target) || exit 99
            \(BuiltProgram.path) read 3 --port \(board.port) -o \(target) \(option)
            code=$?; cat \(target); exit $code
            """
        let result = try RunningCommand(["-rm", "/bin/sh", "-c", script], executable: "unshare").result()
        #expect(result.exitCode == 73, "\(result.errors)")
        #expect(result.errors.contains("cannot write \(target): No space left on device"), "\(result.errors)")
        #expect(result.outputText == "old\n")
        let kept = option.isEmpty ? [] : ["out.bin.part", "out.bin.part.json"]
        #expect(board.directory.names == (["board", "disk", "flash.bin", "out.bin"] + kept))
        if !option.isEmpty { #expect(try contents(of: target + ".part") == patternBytes(100_000)) }
    }
}

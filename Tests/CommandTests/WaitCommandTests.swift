internal import Glibc
internal import SerialPort
internal import TestSupport
internal import Testing

/// `--wait` waits until the port exists, is accessible, and is free.
@Suite struct WaitCommandTests {
    private static let nobody = ["--reuid=65534", "--clear-groups", "--", BuiltProgram.path]

    @Test(arguments: ["--wait", "--wait=60s"])
    func aPathThatIsNotThereYet(_ wait: String) throws {
        let directory = try TemporaryDirectory()
        let port = directory.file("board")
        let command = try RunningCommand(["read", "3", wait, "--port", port])
        try command.errorLine(containing: "waiting for \(port): it is not there")
        try write([1, 2, 3], to: directory.file("flash.bin"))
        let board = try RunningCommand([
            "simulate", "--link", port, "--resource", "3=\(directory.file("flash.bin"))",
        ])
        let result = try command.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == [1, 2, 3])
        board.signal(SIGINT)
        _ = try board.result()
    }

    @Test func aBusyPort() throws {
        let board = try Board(content: [4, 5])
        let holder = try RunningCommand(
            ["--no-fork", board.port, "sh", "-c", "echo locked; exec sleep 1000"],
            executable: "/usr/bin/flock")
        _ = try holder.outputLine(containing: "locked")
        let late = try pwtransfer("read", "3", "--wait=100ms", "--port", board.port)
        #expect(late.exitCode == 75)
        #expect(late.errors.contains("(process \(holder.processID)) (waited 0.10 s)"))

        let command = try RunningCommand(["read", "3", "--wait", "--port", board.port])
        try command.errorLine(containing: "waiting for \(board.port): it is in use by ")
        holder.signal(SIGKILL)
        let result = try command.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == [4, 5])
        let parts = result.errors.split(separator: "waiting for", omittingEmptySubsequences: false)
        #expect(parts.count == 2, "said once: \(result.errors)")
    }

    /// In JSON, a code says what the program waits for.
    @Test func aWaitHasACodeForItsReason() throws {
        let directory = try TemporaryDirectory()
        let board = try Board(content: [4, 5])
        let holder = try RunningCommand(
            ["--no-fork", board.port, "sh", "-c", "echo locked; exec sleep 1000"],
            executable: "/usr/bin/flock")
        _ = try holder.outputLine(containing: "locked")
        for (port, code) in [
            (board.port, "waiting_for_other_program"), (directory.file("none"), "waiting_for_port"),
            ("tcp:127.0.0.1:1", "waiting_for_connection"),
        ] {
            let result = try pwtransfer("status", "3", "--json", "--wait=50ms", "--port", port)
            let text = String(decoding: result.output, as: UTF8.self)
            #expect(text.contains(#""code":"\#(code)""#), "\(port): \(text)")
            #expect(!text.contains("port_chosen"))
        }
        holder.signal(SIGKILL)
    }

    @Test(.enabled(if: getuid() == 0, "only root can become another user"))
    func aPortThatMayNotBeUsedYet() throws {
        let board = try Board(content: [6])
        chmod(board.port, 0)
        let arguments = Self.nobody + ["read", "3", "--port", board.port]
        let late = try RunningCommand(arguments + ["--wait=2500ms"], executable: "/usr/bin/setpriv").result()
        #expect(late.exitCode == 77)
        #expect(late.errors.contains("waiting for \(board.port): no permission to use it yet"))

        let command = try RunningCommand(arguments + ["--wait"], executable: "/usr/bin/setpriv")
        try command.errorLine(containing: "no permission to use it yet")
        chmod(board.port, 0o666)
        #expect(try command.result().output == [6])
    }

    /// Even without `--wait`, the program gives udev a moment to change the group of a new node.
    @Test(.enabled(if: getuid() == 0, "only root can become another user"))
    func aNewNodeIsGivenAMoment() throws {
        let board = try Board(content: [7])
        chmod(board.port, 0)
        let command = try RunningCommand(
            Self.nobody + ["read", "3", "--port", board.port], executable: "/usr/bin/setpriv")
        try waitUntilItWatches(command.processID)
        chmod(board.port, 0o666)
        let result = try command.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == [7])
        #expect(!result.errors.contains("waiting"))
    }

    @Test(
        arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)],
        ["serial:NOT-THERE", "tcp:localhost:1", "/dev/pts/999999"])
    func aSignalEndsTheWait(_ signal: (number: Int32, exitCode: Int32), _ port: String) throws {
        let directory = try TemporaryDirectory()
        let command = try RunningCommand([
            "read", "3", "--wait", "--port", port, "-o", directory.file("out.bin"),
        ])
        try command.errorLine(containing: "waiting for ")
        command.signal(signal.number)
        #expect(try command.result().exitCode == signal.exitCode)
        #expect(directory.names.isEmpty)
    }

    @Test(arguments: ["/dev/pts/999999", "serial:NOT-THERE", "tcp:localhost:1"])
    func patienceEnds(_ port: String) throws {
        let result = try pwtransfer("read", "3", "--wait=50ms", "--port", port)
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("(waited 0.05 s)"))
    }

    @Test func aSecondSignalPutsTheLineSettingsBack() throws {
        let device = try PseudoTerminal()
        let before = try settings(of: device.slavePath)
        let command = try RunningCommand([
            "read", "3", "--port", device.slavePath, "--flow", "rts-cts", "--retries", "1000",
        ])
        var request = pollfd(fd: device.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&request, 1, 60_000) == 1)
        #expect(try settings(of: device.slavePath) != before)
        command.signal(SIGINT)
        command.signal(SIGTERM)
        let exitCode = try command.result().exitCode
        #expect(exitCode == 130 || exitCode == 143)
        #expect(try settings(of: device.slavePath) == before)
    }

    private func settings(of terminal: String) throws -> String {
        let result = try RunningCommand(["-F", terminal, "-g"], executable: "/usr/bin/stty").result()
        #expect(result.exitCode == 0)
        return result.outputText
    }

    /// Waits until the process has an inotify descriptor.
    private func waitUntilItWatches(_ pid: pid_t) throws {
        let script = "until ls -l /proc/\(pid)/fd | grep -q inotify; do :; done"
        let result = try RunningCommand(["20", "sh", "-c", script], executable: "/usr/bin/timeout").result()
        #expect(result.exitCode == 0, "the program does not wait")
    }
}

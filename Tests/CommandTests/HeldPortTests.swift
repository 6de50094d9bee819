internal import Glibc
internal import SerialPort
internal import TestSupport
internal import Testing

/// A port that another program holds. The message names the program, and the bytes on their way to the program stay
/// its own.
@Suite struct HeldPortTests {
    /// The users that run programs. Two different users need a test that root runs.
    enum User: CaseIterable, CustomTestStringConvertible {
        case same, nobody

        var testDescription: String { self == .same ? "this user" : "nobody" }

        func command(_ program: String, _ arguments: [String]) -> (executable: String, arguments: [String]) {
            switch self {
            case .same: (program, arguments)
            case .nobody:
                ("/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", "--", program] + arguments)
            }
        }

        static var possible: [User] { getuid() == 0 ? allCases : [.same] }
    }

    struct Holder: CustomTestStringConvertible {
        let tool: String
        /// The text that the tool prints when it has the port; `nil` if it prints nothing.
        let greeting: String?
        var hasLock = true

        var testDescription: String { tool }
    }

    static let holders = [
        Holder(tool: "tio", greeting: "Connected"),
        Holder(tool: "picocom --nolock", greeting: "Terminal ready", hasLock: false),
        Holder(tool: "picocom", greeting: "Terminal ready"),
        Holder(tool: "cat", greeting: nil, hasLock: false),
    ]

    @Test(arguments: holders, User.possible)
    func aHeldPortIsRefusedAndNothingIsLost(_ holder: Holder, by holdingUser: User) throws {
        let device = try PseudoTerminal()
        chmod(device.slavePath, 0o666)
        // The tool needs a terminal of its own, and ends with this terminal.
        let script = holdingUser.command(
            "/usr/bin/script", ["-qfc", "exec \(holder.tool) \(device.slavePath)", "/dev/null"])
        let command = try RunningCommand(script.arguments, executable: script.executable)
        if let greeting = holder.greeting { _ = try command.outputLine(containing: greeting) }
        try device.send("first\n")
        _ = try command.outputLine(containing: "first")

        let pid = try #require(try holderID(of: device.slavePath))
        // While the tool is stopped, arriving bytes wait in the port.
        kill(pid, SIGSTOP)
        try device.send("second\n")
        for user in User.possible {
            // Everybody can see a lock, but only root can see what other users' programs have open.
            let isHidden = !holder.hasLock && user == .nobody && holdingUser == .same
            if isHidden { continue }
            let read = user.command(BuiltProgram.path, ["read", "3", "--port", device.slavePath])
            let result = try RunningCommand(read.arguments, executable: read.executable).result()
            #expect(result.exitCode == 75, "\(user): \(result.errors)")
            let name = holder.tool.prefix { $0 != " " }
            #expect(result.errors.contains("is in use by \(name) (process \(pid))"), "\(result.errors)")
        }
        // `script` has stopped with its child.
        kill(pid, SIGCONT)
        command.signal(SIGCONT)
        _ = try command.outputLine(containing: "second")
    }

    /// Programs that only check whether they can have the port do not block each other.
    @Test func ofSeveralAtTheSameTimeOneGetsThePort() throws {
        let board = try Board(content: [1, 2, 3])
        for _ in 0..<5 {
            let commands = try (0..<3).map { _ in try RunningCommand(["read", "3", "--port", board.port]) }
            let results = try commands.map { try $0.result() }
            #expect(results.contains { $0.exitCode == 0 })
            for result in results { #expect([0, 75].contains(result.exitCode), "\(result.errors)") }
        }
    }

    /// On most systems, all users may write to the folder of lock files. Process 1 never ends.
    @Test(
        .enabled(if: geteuid() == 0 && access("/var/lock", W_OK) == 0, "needs root"), arguments: [0, 65534])
    func aLockFileThatIsWrongHoldsUpNothing(owner: uid_t) throws {
        let board = try Board(content: [1, 2, 3])
        let node = try #require(board.node)
        let file = "/var/lock/LCK..\(node.dropFirst("/dev/".count).replacing("/", with: "_"))"
        try TestSupport.write(Array("         1\n".utf8), to: file)
        defer { unlink(file) }
        #expect(chown(file, owner, owner) == 0)
        let read = try pwtransfer("read", "3", "--port", board.port)
        #expect(read.exitCode == 0, "\(read.errors)")
        #expect(read.output == [1, 2, 3])
        let doctor = try pwtransfer("doctor", "--port", board.port, "--listen", "10ms")
        #expect(doctor.exitCode == 0)
        #expect(doctor.outputText.contains("sudo rm \(file)"), "\(doctor.outputText)")
        #expect(!doctor.outputText.contains("kill"))
    }

    /// In a container, tools that change lists of users and groups do not help, nor do they help users without a name.
    @Test(
        .enabled(if: geteuid() == 0, "needs root"),
        arguments: [
            (["unshare", "-U", "-r"], "hand the group in from outside"), ([], "docker run --group-add 20"),
        ])
    func whoMayNotUseAPortIsNotSentToTheWrongTool(container: [String], advice: String) throws {
        let terminal = try PseudoTerminal()
        #expect(chown(terminal.slavePath, 0, 20) == 0)
        #expect(chmod(terminal.slavePath, 0o660) == 0)
        let user = ["--reuid=12345", "--regid=12345", "--clear-groups", "--"]
        let result = try RunningCommand(
            user + container + [BuiltProgram.path, "read", "3", "--port", terminal.slavePath],
            executable: "/usr/bin/setpriv"
        ).result()
        // Some containers may not create another container.
        if result.errors.contains("unshare failed") { return }
        #expect(result.exitCode == 77, "\(result.errors)")
        #expect(result.errors.contains(advice), "\(result.errors)")
        #expect(!result.errors.contains("adduser"))
    }

    /// The process that has the terminal open.
    private func holderID(of path: String) throws -> pid_t? {
        let result = try RunningCommand(
            ["-c", "find /proc/[0-9]*/fd -lname \(path) -printf '%p\\n' 2>/dev/null"], executable: "/bin/sh"
        ).result()
        return result.outputText.split(separator: "\n").compactMap { pid_t($0.split(separator: "/")[1]) }
            .first { $0 != getpid() }
    }
}

extension PseudoTerminal {
    fileprivate func send(_ text: String) throws(SerialPortError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count: Result<Int, SerialPortError> = rest.withUnsafeBytes { bytes in
                do throws(SerialPortError) { return .success(try write(bytes)) } catch {
                    return .failure(error)
                }
            }
            rest = rest.dropFirst(try count.get())
        }
    }
}

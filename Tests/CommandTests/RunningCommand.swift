internal import Glibc
internal import Synchronization
internal import TestSupport
internal import Testing

/// The path of the built program.
enum BuiltProgram {
    /// The program in the folder that `PWTRANSFER_BINARIES` names, or else in the folder of the running tests.
    static let path: String = {
        if let folder = getenv("PWTRANSFER_BINARIES") { return String(cString: folder) + "/pwtransfer" }
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &characters, characters.count)
        let path = String(
            decoding: characters.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/pwtransfer"
    }()
}

/// The exit code and the output of a command.
struct CommandResult {
    /// The exit code, or 128 plus the number of the signal that ended the command; negative if that signal does not
    /// ask to stop.
    let exitCode: Int32
    /// The signal that ended the command; 0 for none.
    let endSignal: Int32
    let output: [UInt8]
    let errors: String

    var outputText: String { String(decoding: output, as: UTF8.self) }
}

/// A command did not do in time what a test waits for.
struct CommandTrouble: Error, CustomStringConvertible {
    let description: String
}

/// A running process whose output is collected. The end of this object kills the process.
final class RunningCommand {
    private enum Stream: Int {
        case output = 0
        case errors = 1
    }

    /// How long anything may take. Tests wait for events, so this time only ends a test that hangs.
    private static let patience: Int32 = 60_000
    /// Starts one process at a time, so that no other process inherits the ends of a pipe.
    private static let spawning = Mutex(())

    let processID: pid_t
    /// The pipes at which standard output and standard error arrive.
    private let pipes: [Pipe]
    private var bytes: [[UInt8]] = [[], []]
    private var status: Int32?

    /// Runs a program; without `executable`, the program under test.
    init(
        _ arguments: [String], executable: String = BuiltProgram.path, environment: [String: String] = [:],
        input: Int32? = nil, output: Int32? = nil
    ) throws {
        var variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        if let path = getenv("LD_LIBRARY_PATH") { variables["LD_LIBRARY_PATH"] = String(cString: path) }
        variables.merge(environment) { $1 }
        (processID, pipes) = try Self.spawning.withLock { _ in
            try Self.spawn(
                [executable] + arguments, variables.map { "\($0.key)=\($0.value)" }, input: input,
                output: output)
        }
    }

    deinit {
        if status == nil {
            kill(processID, SIGKILL)
            waitpid(processID, nil, 0)
        }
    }

    func signal(_ number: Int32) {
        kill(processID, number)
    }

    /// Waits for a line on standard output with this prefix, and returns the rest of the line.
    func outputLine(after prefix: String) throws -> String {
        try line(.output) { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    }

    /// Waits for a line on standard output that contains this part.
    func outputLine(containing part: String) throws -> Substring {
        try line(.output) { $0.contains(part) ? $0 : nil }
    }

    /// Waits for a line on standard error that contains this part.
    func errorLine(containing part: String) throws {
        try line(.errors) { $0.contains(part) ? () : nil }
    }

    /// Waits until the process has ended.
    func result() throws -> CommandResult {
        while try collect() {}
        var status: Int32 = 0
        guard waitpid(processID, &status, 0) == processID else {
            throw CommandTrouble(description: "waitpid")
        }
        self.status = status
        let signal = status & 0x7F
        // The code is that of a shell. Only these signals may end the program.
        let sign: Int32 = [SIGINT, SIGTERM, SIGHUP].contains(signal) ? 1 : -1
        return CommandResult(
            exitCode: signal == 0 ? status >> 8 & 0xFF : sign * (128 + signal), endSignal: signal,
            output: bytes[0],
            errors: String(decoding: bytes[1], as: UTF8.self))
    }

    private func line<Found>(_ stream: Stream, where find: (Substring) -> Found?) throws -> Found {
        while true {
            let text = String(decoding: bytes[stream.rawValue], as: UTF8.self)
            // A terminal ends lines with "\r
            // ", which is one character in Swift.
            for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).dropLast() {
                if let found = find(line) { return found }
            }
            guard try collect() else {
                throw CommandTrouble(
                    description: "the command ended without the expected line:\n" + everything)
            }
        }
    }

    private var everything: String {
        bytes.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n--\n")
    }

    /// Takes what the process writes next; returns false if it will not write any more.
    private func collect() throws -> Bool {
        guard pipes.contains(where: { $0.readEnd >= 0 }) else { return false }
        var requests = pipes.map { pollfd(fd: $0.readEnd, events: Int16(POLLIN), revents: 0) }
        guard poll(&requests, 2, Self.patience) > 0 else {
            throw CommandTrouble(description: "the command hangs:\n" + everything)
        }
        for index in pipes.indices where requests[index].revents != 0 {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = read(pipes[index].readEnd, &buffer, buffer.count)
            if count > 0 {
                bytes[index] += buffer.prefix(count)
            } else {
                pipes[index].closeReadEnd()
            }
        }
        return true
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String], input: Int32?, output: Int32?
    ) throws -> (pid_t, [Pipe]) {
        let pipes = [try Pipe(), try Pipe()]

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output ?? pipes[0].writeEnd, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[1].writeEnd, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var process = pid_t()
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                guard let program = arguments[0] else { return ENOMEM }
                return posix_spawnp(&process, program, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw CommandTrouble(description: "cannot run \(arguments): error \(code)") }
        for pipe in pipes { pipe.closeWriteEnd() }
        return (process, pipes)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}

/// Runs a command to its end.
func pwtransfer(
    _ arguments: String..., environment: [String: String] = [:], input: Int32? = nil, output: Int32? = nil
) throws -> CommandResult {
    try RunningCommand(arguments, environment: environment, input: input, output: output).result()
}

internal import Glibc
internal import TestSupport
internal import Testing

/// Another process that holds a `flock(2)` lock on a terminal until it is killed.
final class LockingProcess {
    let pid: pid_t
    private var isAlive = true

    init(_ path: String) throws {
        let pipe = try Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe.writeEnd, STDOUT_FILENO)

        let command = ["flock", "--no-fork", path, "sh", "-c", "echo locked; kill -STOP $$"]
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, "flock", &actions, nil, &arguments, environ)
        pipe.closeWriteEnd()
        try #require(result == 0)
        self.pid = pid

        var byte: UInt8 = 0
        try #require(read(pipe.readEnd, &byte, 1) == 1, "the process has the lock once it says so")
    }

    deinit {
        kill()
    }

    /// Kills the process, which gets no chance to clean up.
    func kill() {
        guard isAlive else { return }
        isAlive = false
        var status: Int32 = 0
        #expect(Glibc.kill(pid, SIGKILL) == 0)
        #expect(waitpid(pid, &status, 0) == pid)
    }
}

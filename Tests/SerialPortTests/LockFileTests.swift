internal import Glibc
internal import Machine
@testable internal import SerialPort
internal import Testing
internal import TestSupport

/// Lock files of the old convention. Any user can write any text into them.
@Suite struct LockFileTests {
    private let device: PseudoTerminal
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        device = try PseudoTerminal()
        directory = try TemporaryDirectory()
        path = directory.file("LCK..pts_\(device.slavePath.split(separator: "/").last ?? "")")
    }

    /// The content of the lock file for the terminal.
    private var file: LockFile? { LockFile(ofNode: device.slavePath, folder: directory.path) }

    private func write(pid: pid_t, age: Int = 3600) throws {
        try TestSupport.write(Array("\(String(repeating: " ", count: 5))\(pid)\n".utf8), to: path)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = timespec(tv_sec: now.tv_sec - age, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }

    private func refusal() -> SerialPortError? {
        do throws(SerialPortError) {
            guard let status = fileStatus(at: device.slavePath) else { return nil }
            try PortLock.checkLockFile(ofNode: device.slavePath, status, folder: directory.path)
            return nil
        } catch { return error }
    }

    @Test func ofAProcessThatHasThePort() throws {
        let process = try LockingProcess(device.slavePath)
        try write(pid: process.pid)
        #expect(file?.credit == .confirmed)
        #expect(refusal() == .busy(path: device.slavePath, holder: PortHolder(pid: process.pid)))
    }

    @Test func ofNoProcess() throws {
        for text in ["", "minicom\n", "-1", "0"] {
            try TestSupport.write(Array(text.utf8), to: path)
            #expect(file == nil)
        }
        try write(pid: getpid())
        #expect(file == nil)
        try write(pid: .max)
        #expect(file?.credit == .refuted("process \(pid_t.max) does not exist"))
        #expect(refusal() == nil)
    }

    @Test func ofTheFirstProcess() throws {
        try write(pid: 1)
        #expect(file?.credit == .refuted("process 1 is the system's own and does not use ports"))
        #expect(refusal() == nil)
    }

    /// The number of the process has been used again.
    @Test func ofAYoungerProcess() throws {
        let sleeper = try Sleeper()
        try write(pid: sleeper.pid)
        #expect(file?.credit == .refuted("process \(sleeper.pid) began after the file was written"))
        #expect(refusal() == nil)
    }

    @Test func ofAProcessWithoutThePort() throws {
        let sleeper = try Sleeper()
        try write(pid: sleeper.pid, age: -60)
        #expect(file?.credit == .refuted("process \(sleeper.pid) does not have the port open"))
        #expect(refusal() == nil)
    }

    /// Programs write the file first, and open the port afterwards.
    @Test func ofAProcessThatMayBeAboutToOpenThePort() throws {
        let sleeper = try Sleeper()
        try write(pid: sleeper.pid, age: 0)
        #expect(file?.holder?.lockFile == path)
        let error = try #require(refusal())
        #expect(error.description.hasSuffix("(process \(sleeper.pid)), says the lock file \(path)"))
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func ofAnotherUser() throws {
        let process = try LockingProcess(device.slavePath)
        try write(pid: process.pid)
        #expect(chown(path, 65534, 65534) == 0)
        #expect(file?.credit == .refuted("it belongs to a user who does not own process \(process.pid)"))
        #expect(refusal() == nil)
    }

    /// In a folder of all users, the contents of a linked file are not this user's word.
    @Test func linksDoNotCount() throws {
        let process = try LockingProcess(device.slavePath)
        let other = directory.file("other")
        try TestSupport.write(Array("\(process.pid)\n".utf8), to: other)
        #expect(symlink(other, path) == 0)
        #expect(file == nil)
        #expect(unlink(path) == 0)
        #expect(link(other, path) == 0)
        #expect(file?.holder == nil)
        #expect(unlink(path) == 0)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(file == nil)
    }
}

/// A process that does nothing.
private final class Sleeper {
    let pid: pid_t

    init() throws {
        var pid: pid_t = 0
        let command = ["sleep", "600"]
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawnp(&pid, "sleep", nil, nil, &arguments, environ)
        try #require(code == 0)
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}

internal import CLibrary
internal import CMachine
internal import Machine

/// A program that has a port open.
public struct PortHolder: Hashable, Sendable {
    /// The process id.
    public let pid: Int32

    /// The kernel's name of the program (at most 15 bytes), with control characters made visible.
    public let name: String

    /// The lock file that names the program, if nothing else shows that the program has the port: the file may be
    /// wrong.
    package let lockFile: String?

    /// A program by its process id; its name is looked up.
    ///
    /// - Parameters:
    ///   - pid: the process id.
    ///   - lockFile: the lock file that names the program, if there is no other sign; nil if the program was seen to
    ///     have the port.
    package init(pid: Int32, namedBy lockFile: String? = nil) {
        self.pid = pid
        self.lockFile = lockFile
        let name = FileSystem.smallText("/proc/\(pid)/comm") ?? ""
        self.name = DeviceText.visible(String(name.prefix { $0 != "\n" }))
    }
}

extension PortHolder: CustomStringConvertible {
    /// The name with the process id, as in `minicom (process 4711)`.
    public var description: String {
        let program = name.isEmpty ? "process \(pid)" : "\(name) (process \(pid))"
        return lockFile.map { "\(program), says the lock file \($0)" } ?? program
    }
}

extension PortHolder {
    /// The program that has the port behind a node, according to locks and open files; nil if none is seen. Only root
    /// sees the open files of other users. The port is not opened.
    package static func ofNode(_ path: String) -> PortHolder? {
        guard let status = fileStatus(at: path), status.isCharacterDevice else { return nil }
        return user(of: status) ?? LockFile(ofNode: path)?.holder
    }

    /// Whether programs and their open files can be seen; they cannot if `/proc` is missing.
    package static var areVisible: Bool { access("/proc/self/fd", R_OK | X_OK) == 0 }

    /// The running programs with this name, as the kernel knows it.
    package static func programs(named name: String) -> [PortHolder] {
        FileSystem.names(in: "/proc").compactMap { Int32($0) }.map { PortHolder(pid: $0) }.filter {
            $0.name == name
        }
    }

    /// The program that keeps others off the terminal with this status. Locks are visible to all users, open files are
    /// not.
    static func user(of status: stat, except excluded: Int32? = nil) -> PortHolder? {
        let locker = ofFileLock(status)
        // The process that made a lock may have passed it on and ended.
        if let locker, has(status, process: locker.pid) != false { return locker }
        return ofTerminal(status, except: excluded)
    }

    /// Whether a process has the terminal with this status open; nil if its open files cannot be seen.
    static func has(_ status: stat, process: Int32) -> Bool? {
        guard let descriptors = ProcessDescriptors(of: String(process)) else { return nil }
        return descriptors.contains { _, opened in TerminalUsers.isSame(opened, status) }
    }

    /// The program that has a `flock(2)` lock on the file with this status.
    static func ofFileLock(_ status: stat) -> PortHolder? {
        guard let locks = FileSystem.smallText("/proc/locks") else { return nil }
        let major = hexadecimal(cmachine_device_major(status.st_dev))
        let minor = hexadecimal(cmachine_device_minor(status.st_dev))
        let file = "\(major):\(minor):\(status.st_ino)"
        for line in locks.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", fields[5] == file, let pid = Int32(fields[4]),
                pid > 0
            else { continue }
            return PortHolder(pid: pid)
        }
        return nil
    }

    /// The program that keeps the terminal with this status open. Programs that only look whether they can lock the
    /// terminal have it open for a moment, and do not count. A terminal that this process has from its parent is shared
    /// on purpose.
    static func stayingUser(of status: stat, except excluded: Int32) -> PortHolder? {
        var user: Int32?
        for pause in [50, 50, 0] {
            let users = TerminalUsers.of(status, except: excluded)
            user = users.pids.first
            if user == nil || users.includesThisProcess { return nil }
            var wait = DescriptorWait(count: 0)
            wait.wait(until: MonotonicClock.now + .milliseconds(pause))
        }
        return user.map { PortHolder(pid: $0) }
    }

    /// The program that has the terminal with this status open, by another descriptor than `excluded` of this process.
    /// The program that runs a pseudo-terminal's master is not a user of its slave.
    static func ofTerminal(_ status: stat, except excluded: Int32? = nil) -> PortHolder? {
        TerminalUsers.of(status, except: excluded).pids.first.map { PortHolder(pid: $0) }
    }

    /// A number in hexadecimal with at least two digits, as in /proc/locks.
    private static func hexadecimal(_ number: UInt32) -> String {
        (number < 16 ? "0" : "") + String(number, radix: 16)
    }
}

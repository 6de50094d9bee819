internal import CLibrary
internal import CMachine
internal import Machine

/// A program that has a port open.
public struct PortHolder: Hashable, Sendable {
    /// The process id.
    public let pid: Int32

    /// The name the kernel knows the program by (at most 15 bytes), control characters made visible.
    public let name: String

    /// The lock file that names the program, if nothing else shows that it has the port: it may be wrong.
    public let lockFile: String?

    /// A program by its process id; its name is looked up.
    ///
    /// - Parameters:
    ///   - pid: the process id.
    ///   - lockFile: the lock file on whose word alone it has the port; nil if it was seen to have it.
    public init(pid: Int32, namedBy lockFile: String? = nil) {
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
    /// Who has the port behind a node, by its locks and by open files; nil if nobody is seen to. Of the open files of
    /// other users only root sees something. The port is not opened.
    public static func ofNode(_ path: String) -> PortHolder? {
        guard let status = fileStatus(at: path), status.isCharacterDevice else { return nil }
        return user(of: status) ?? LockFile(ofNode: path)?.holder
    }

    /// Whether programs and what they have open can be seen at all: not where `/proc` is missing.
    public static var areVisible: Bool { access("/proc/self/fd", R_OK | X_OK) == 0 }

    /// The running programs with this name, as the kernel knows it.
    public static func programs(named name: String) -> [PortHolder] {
        FileSystem.names(in: "/proc").compactMap { Int32($0) }.map { PortHolder(pid: $0) }.filter {
            $0.name == name
        }
    }

    /// Who keeps others off the terminal with this status; locks are visible to all users, open files are not.
    static func user(of status: stat, except excluded: Int32? = nil) -> PortHolder? {
        let locker = ofFileLock(status)
        // The process that made a lock may have passed it on and ended.
        if let locker, has(status, process: locker.pid) != false { return locker }
        return ofTerminal(status, except: excluded)
    }

    /// Whether a process has the terminal with this status open; nil if its open files cannot be seen.
    static func has(_ status: stat, process: Int32) -> Bool? {
        guard let descriptors = ProcessDescriptors(of: String(process)) else { return nil }
        return descriptors.contains(except: nil) { isSameTerminal($0, status) }
    }

    /// Who has a `flock(2)` lock on the file with this status.
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

    /// Who has the terminal with this status open for longer than a moment, as programs do that look whether they can
    /// lock it. A terminal that this process was given by its parent is shared with it on purpose.
    static func stayingUser(of status: stat, except excluded: Int32) -> PortHolder? {
        if isOpen(status, in: "self", except: excluded) { return nil }
        var user: PortHolder?
        for pause in [50, 50, 0] {
            user = ofTerminal(status, except: excluded)
            if user == nil { return nil }
            var wait = DescriptorWait(count: 0)
            wait.wait(until: MonotonicClock.now + .milliseconds(pause))
        }
        return user
    }

    /// Who has the terminal with this status open, apart from `excluded` among our own descriptors. The program that
    /// runs a pseudo-terminal's master is not a user of its slave.
    static func ofTerminal(_ status: stat, except excluded: Int32? = nil) -> PortHolder? {
        for process in FileSystem.names(in: "/proc") {
            guard let pid = Int32(process) else { continue }
            if isOpen(status, in: process, except: pid == getpid() ? excluded : nil),
                !ownsMaster(of: status, process: process)
            {
                return PortHolder(pid: pid)
            }
        }
        return nil
    }

    private static func isOpen(_ status: stat, in process: String, except excluded: Int32?) -> Bool {
        guard let descriptors = ProcessDescriptors(of: process) else { return false }
        return descriptors.contains(except: excluded) { isSameTerminal($0, status) }
    }

    /// At least two digits, as /proc/locks has it.
    private static func hexadecimal(_ number: UInt32) -> String {
        (number < 16 ? "0" : "") + String(number, radix: 16)
    }

    private static func isSameTerminal(_ left: stat, _ right: stat) -> Bool {
        guard left.isCharacterDevice, left.st_rdev == right.st_rdev else { return false }
        // Each mount of devpts numbers its terminals from 0.
        return !right.isPseudoTerminal || left.st_dev == right.st_dev
    }

    private static func ownsMaster(of status: stat, process: String) -> Bool {
        guard status.isPseudoTerminal else { return false }
        let index = "tty-index:\t\(cmachine_device_minor(status.st_rdev))\n"
        return FileSystem.names(in: "/proc/\(process)/fd").contains { name in
            FileSystem.smallText("/proc/\(process)/fdinfo/\(name)")?.contains(index) ?? false
        }
    }
}

/// The open files of a process, as `/proc` shows them: to its owner and to root.
///
/// A machine has tens of thousands of them, which are looked through before each transfer: names are not copied, and looked
/// up from their folder.
struct ProcessDescriptors: ~Copyable {
    private let folder: OpaquePointer

    /// - Parameter process: a process id, or `self`; `nil` if its open files cannot be seen.
    init?(of process: String) {
        guard let folder = opendir("/proc/\(process)/fd") else { return nil }
        self.folder = folder
    }

    deinit {
        closedir(folder)
    }

    /// Whether a descriptor but `excluded` leads to a device whose status satisfies a condition. Can be asked once.
    consuming func contains(except excluded: Int32?, _ isWanted: (stat) -> Bool) -> Bool {
        while let entry = readdir(folder) {
            let isFound = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                guard let name = bytes.assumingMemoryBound(to: CChar.self).baseAddress, name[0] != dot,
                    excluded.map({ atoi(name) != $0 }) ?? true
                else { return false }
                return leadsToDevice(name, isWanted)
            }
            if isFound { return true }
        }
        return false
    }

    /// By the link first: to ask for the status of a file on a network that is gone would hang.
    private borrowing func leadsToDevice(_ name: UnsafePointer<CChar>, _ isWanted: (stat) -> Bool) -> Bool {
        let folderName = "/dev/"
        // What most descriptors in that folder lead to.
        let nullDevice = "/dev/null"
        // One character more than are compared, so that longer targets differ.
        let isCandidate = withUnsafeTemporaryAllocation(of: CChar.self, capacity: nullDevice.utf8.count + 1) {
            guard let target = $0.baseAddress else { return false }
            let count = readlinkat(dirfd(folder), name, target, $0.count)
            let isNullDevice = count == nullDevice.utf8.count && memcmp(target, nullDevice, count) == 0
            return count > folderName.utf8.count && memcmp(target, folderName, folderName.utf8.count) == 0
                && !isNullDevice
        }
        var status = stat()
        return isCandidate && fstatat(dirfd(folder), name, &status, 0) == 0 && isWanted(status)
    }

    private var dot: CChar { CChar(UInt8(ascii: ".")) }
}

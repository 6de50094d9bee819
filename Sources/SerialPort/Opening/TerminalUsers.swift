internal import CLibrary
internal import CMachine
internal import Machine
internal import Synchronization

/// Which processes have which terminals open, according to one look through `/proc`.
///
/// Each port of a tray asks who else has it. Ports that ask at the same time share a look. With one look for each port,
/// the time would grow with the square of their number.
struct TerminalUsers: Sendable {
    private struct User: Sendable {
        let pid: Int32
        let descriptor: Int32
        let status: stat
    }

    private struct LatestLook {
        /// How many questions had been asked when the look began; the look answers all of them.
        var questions: UInt64 = 0
        var users = TerminalUsers()
    }

    private static let latest = Mutex(LatestLook())
    private static let questions = Atomic<UInt64>(0)

    /// The users of each terminal, by the number of its device.
    private var users: [dev_t: [User]] = [:]
    /// For each process that was examined: the numbers of the pseudo-terminals whose masters it runs.
    private var masters: [Int32: Set<UInt32>] = [:]
    /// The number of this process in `/proc`.
    private var ownPid = getpid()

    /// The processes that have a terminal open at some moment after the call; the program that runs a pseudo-terminal's
    /// master is not a user of its slave.
    ///
    /// - Parameter excluded: a descriptor of this process that does not count.
    /// - Returns: their ids, and whether this process is one of them.
    static func of(_ terminal: stat, except excluded: Int32?) -> (pids: [Int32], includesThisProcess: Bool) {
        let question = questions.add(1, ordering: .sequentiallyConsistent).newValue
        return latest.withLock { look in
            if look.questions < question {
                look.questions = questions.load(ordering: .sequentiallyConsistent)
                look.users = .now()
            }
            let pids = look.users.pids(of: terminal, except: excluded)
            return (pids, pids.contains(look.users.ownPid))
        }
    }

    static func isSame(_ left: stat, _ right: stat) -> Bool {
        guard left.isCharacterDevice, left.st_rdev == right.st_rdev else { return false }
        // Each mount of devpts numbers its terminals from 0.
        return !right.isPseudoTerminal || left.st_dev == right.st_dev
    }

    private static func now() -> TerminalUsers {
        var look = TerminalUsers()
        // In a container, `/proc` may have other numbers than the kernel tells the process.
        if let own = FileSystem.linkTarget("/proc/self").flatMap({ Int32($0) }) { look.ownPid = own }
        for pid in FileSystem.names(in: "/proc").compactMap({ Int32($0) }) {
            _ = ProcessDescriptors(of: String(pid))?.contains { descriptor, status in
                let user = User(pid: pid, descriptor: descriptor, status: status)
                look.users[status.st_rdev, default: []].append(user)
                return false
            }
        }
        return look
    }

    private mutating func pids(of terminal: stat, except excluded: Int32?) -> [Int32] {
        var pids: [Int32] = []
        for user in users[terminal.st_rdev] ?? [] where Self.isSame(user.status, terminal) {
            guard pids.last != user.pid, user.pid != ownPid || user.descriptor != excluded,
                !runsMaster(of: terminal, user.pid)
            else { continue }
            pids.append(user.pid)
        }
        return pids
    }

    private mutating func runsMaster(of terminal: stat, _ pid: Int32) -> Bool {
        guard terminal.isPseudoTerminal else { return false }
        let known = masters[pid] ?? Self.masters(of: pid)
        masters[pid] = known
        return known.contains(cmachine_device_minor(terminal.st_rdev))
    }

    private static func masters(of pid: Int32) -> Set<UInt32> {
        let mark = "tty-index:\t"
        var numbers: Set<UInt32> = []
        for name in FileSystem.names(in: "/proc/\(pid)/fd") {
            guard let facts = FileSystem.smallText("/proc/\(pid)/fdinfo/\(name)"),
                let line = facts.split(separator: "\n").first(where: { $0.hasPrefix(mark) }),
                let number = UInt32(line.dropFirst(mark.count))
            else { continue }
            numbers.insert(number)
        }
        return numbers
    }
}

/// The open files of a process, as `/proc` shows them: to its owner and to root.
///
/// A machine has tens of thousands of open files, and all are looked through before each transfer. So names are not
/// copied, and are looked up relative to their folder.
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

    /// Whether any descriptor that leads to a device satisfies a condition on its number and status. Can be called
    /// once.
    consuming func contains(_ isWanted: (Int32, stat) -> Bool) -> Bool {
        while let entry = readdir(folder) {
            let isFound = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                guard let name = bytes.assumingMemoryBound(to: CChar.self).baseAddress, name[0] != dot,
                    let status = statusOfDevice(name)
                else { return false }
                return isWanted(atoi(name), status)
            }
            if isFound { return true }
        }
        return false
    }

    /// The status of an open file in `/dev`; nil for any other file. The link is read first, since asking for the
    /// status of a file on a network that is gone would hang.
    private borrowing func statusOfDevice(_ name: UnsafePointer<CChar>) -> stat? {
        let folderName = "/dev/"
        // Most descriptors that lead into /dev lead to this device, which is never wanted.
        let nullDevice = "/dev/null"
        // The buffer has room for one more character, so that longer targets differ.
        let isCandidate = withUnsafeTemporaryAllocation(of: CChar.self, capacity: nullDevice.utf8.count + 1) {
            guard let target = $0.baseAddress else { return false }
            let count = readlinkat(dirfd(folder), name, target, $0.count)
            let isNullDevice = count == nullDevice.utf8.count && memcmp(target, nullDevice, count) == 0
            return count > folderName.utf8.count && memcmp(target, folderName, folderName.utf8.count) == 0
                && !isNullDevice
        }
        var status = stat()
        return isCandidate && fstatat(dirfd(folder), name, &status, 0) == 0 ? status : nil
    }

    private var dot: CChar { CChar(UInt8(ascii: ".")) }
}

internal import CLibrary
internal import Machine
internal import SystemPackage

/// A lock file of the old convention (minicom, cu): it has the name of a port, and names the process that uses the
/// port.
///
/// Anybody may write such files, a file stays when its process is killed, and numbers of processes are used again. So a
/// file is believed only as far as it can be checked.
package struct LockFile: Hashable, Sendable {
    /// How far the file is to be believed.
    package enum Credit: Hashable, Sendable {
        /// The process that it names is seen to have the port open.
        case confirmed
        /// The file may be right, but cannot be checked. The value says why, as a clause.
        case unchecked(String)
        /// The file is wrong. The value says why, as a clause.
        case refuted(String)
    }

    /// The path of the file.
    package let path: String
    /// The process that the file names.
    package let pid: Int32
    /// How far the file is to be believed.
    package let credit: Credit

    /// The folder of the lock files.
    package static let folder = "/var/lock"
    private static let sizeLimit = 64
    /// How many seconds a program may take from its lock file to opening the port.
    private static let openingTime: Double = 10
    /// The seconds by which times of files and of processes may differ, since they come from different clocks.
    private static let clockTolerance: Double = 2

    /// The program that the file names; nil if the file is refuted.
    var holder: PortHolder? {
        switch credit {
        case .confirmed: PortHolder(pid: pid)
        case .unchecked: PortHolder(pid: pid, namedBy: path)
        case .refuted: nil
        }
    }
}

extension LockFile {
    /// The lock file of the port behind a node; nil if there is none that names a process.
    package init?(ofNode node: String, folder: String = folder) {
        // The lock file is called after the node in /dev, not after a link to it.
        guard let status = fileStatus(at: node), status.isCharacterDevice,
            let path = FileSystem.realPath(of: node),
            path.hasPrefix("/dev/")
        else { return nil }
        let name = String(path.dropFirst("/dev/".count).map { $0 == "/" ? "_" : $0 })
        let file = "\(folder)/LCK..\(name)"
        guard let (text, fileStatus) = Self.contents(of: file) else { return nil }
        let digits = text.drop { $0 == " " }.prefix { $0.isASCII && $0.isNumber }
        guard let pid = Int32(digits), pid > 0, pid != getpid() else { return nil }
        self.init(
            path: file, pid: pid,
            credit: Self.credit(
                of: fileStatus, naming: pid, asUserOf: status,
                at: Double(MonotonicClock.timeSince1970.components.seconds)))
    }

    /// The text and the status of a lock file. Links are not followed, and only regular files are read, since on many
    /// systems all users may write to the folder.
    private static func contents(of path: String) -> (String, stat)? {
        do throws(Errno) {
            let descriptor = try FileSystem.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            defer { FileSystem.close(descriptor) }
            let status = try FileSystem.status(of: descriptor)
            guard status.isRegularFile else { return nil }
            let bytes = try FileSystem.contents(of: descriptor, limit: 0).prefix(sizeLimit)
            return (String(decoding: bytes, as: UTF8.self), status)
        } catch {
            return nil
        }
    }

    private static func credit(
        of file: stat, naming pid: Int32, asUserOf terminal: stat, at now: Double
    ) -> Credit {
        guard kill(pid, 0) == 0 || errno == EPERM else { return .refuted("process \(pid) does not exist") }
        let process = ProcessFacts(of: pid)
        guard file.st_nlink == 1 else { return .refuted("it has other names as well") }
        guard file.st_uid == 0 || file.st_uid == geteuid() || file.st_uid == process?.owner
        else { return .refuted("it belongs to a user who does not own process \(pid)") }
        let hasPort = PortHolder.has(terminal, process: pid)
        if hasPort == true { return .confirmed }
        if pid == 1 || process?.isKernelThread == true {
            return .refuted("process \(pid) is the system's own and does not use ports")
        }
        let written = Double(file.st_mtim.tv_sec)
        if let start = process?.start, start > written + clockTolerance {
            return .refuted("process \(pid) began after the file was written")
        }
        guard hasPort == false else {
            return .unchecked(
                process == nil
                    ? "process \(pid) cannot be looked at"
                        + (PortHolder.areVisible ? "" : ": there is no /proc")
                    : "the open files of process \(pid) are shown only to root and to its user")
        }
        if (0...openingTime).contains(now - written) {
            return .unchecked("the file is new, and process \(pid) may be about to open the port")
        }
        return .refuted("process \(pid) does not have the port open")
    }
}

/// Facts about a process that every user may see.
struct ProcessFacts {
    let owner: uid_t
    let isKernelThread: Bool
    /// When the process began, in seconds since 1970.
    let start: Double

    /// The flag of a process that is a thread of the kernel (`PF_KTHREAD`).
    private static let kernelThreadFlag: UInt64 = 0x0020_0000
    /// The places of values in `/proc/PID/stat` behind the name, which ends with the last parenthesis.
    private static let flagsIndex = 6
    private static let startIndex = 19

    /// The facts about a process; nil if it cannot be seen.
    init?(of pid: Int32) {
        let folder = "/proc/\(pid)"
        guard let status = fileStatus(at: folder), let text = FileSystem.smallText("\(folder)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > Self.startIndex, let flags = UInt64(fields[Self.flagsIndex]),
            let ticks = Double(fields[Self.startIndex])
        else { return nil }
        owner = status.st_uid
        isKernelThread = flags & Self.kernelThreadFlag != 0
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let startOfMachine = MonotonicClock.timeSince1970 - MonotonicClock.timeSinceStart
        start = Double(startOfMachine.components.seconds) + ticks / ticksPerSecond
    }
}

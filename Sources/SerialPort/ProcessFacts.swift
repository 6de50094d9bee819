internal import Glibc

/// What the kernel tells everybody about a process.
struct ProcessFacts {
    let owner: uid_t
    let isKernelThread: Bool
    /// When it began, in seconds since 1970.
    let start: Double

    /// In the flags of a process: it is a thread of the kernel (`PF_KTHREAD`).
    private static let kernelThreadFlag: UInt64 = 0x0020_0000
    /// The places of values in `/proc/PID/stat` behind the name, which ends with the last parenthesis.
    private static let flagsIndex = 6
    private static let startIndex = 19

    /// Nil if the process is not to be seen.
    init?(of pid: Int32) {
        let folder = "/proc/\(pid)"
        guard let status = fileStatus(at: folder), let text = readSmallFile("\(folder)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > Self.startIndex, let flags = UInt64(fields[Self.flagsIndex]),
            let ticks = Double(fields[Self.startIndex])
        else { return nil }
        var sinceBoot = timespec()
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
        clock_gettime(CLOCK_REALTIME, &now)
        owner = status.st_uid
        isKernelThread = flags & Self.kernelThreadFlag != 0
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        start = Double(now.tv_sec - sinceBoot.tv_sec) + ticks / ticksPerSecond
    }
}

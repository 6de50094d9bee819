internal import SystemPackage

extension Problem {
    /// The system gives the program less than it needs to begin.
    ///
    /// - Parameter attempt: what it was to give, such as `make a pipe`.
    static func refused(_ attempt: String, _ code: Errno) -> Problem {
        Problem(
            status: .configuration, message: "cannot \(attempt): \(code)", cause: limit(code) ?? systemLimits,
            hint: "see the limits: ulimit -a; and who uses what: top", code: "system_limit")
    }

    private static let systemLimits =
        "this user has as many files, processes or threads as allowed, or memory is short"

    /// Which limit of this machine an error names; `nil` if it is about something else.
    static func limit(_ code: Errno) -> String? {
        switch code {
        case .tooManyOpenFiles: "this process has as many open files as it may have: ulimit -n"
        case .tooManyOpenFilesInSystem:
            "all programs together have as many open files as allowed: sysctl fs.file-max"
        case .noMemory, .noBufferSpace:
            "this machine, or the program's share (ulimit -v, a cgroup), is out of memory"
        case .resourceTemporarilyUnavailable:
            "this user has as many processes and threads as allowed: ulimit -u"
        default: nil
        }
    }
}

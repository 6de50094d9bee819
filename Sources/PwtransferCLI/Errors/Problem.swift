internal import PigweedRPC
internal import SystemPackage

/// What the user is told when a command fails: what failed, why it probably did, and what to do next.
struct Problem: Error {
    let status: ExitStatus
    /// What failed, as a sentence without a full stop.
    var message: String
    /// The likely cause, if the message does not say it.
    var cause: String?
    /// The next step.
    var hint: String?
    /// A name that scripts can compare, finer than ``status``; `nil` if that says all.
    var code: String?
    /// The status that the device sent.
    var deviceStatus: Status?
    /// What a script does next, where the exit code and the device's status do not say it.
    var ownVerdict: Verdict?
    /// Whether it came before any data moved.
    var isBeforeData = false
    /// Whether it was already printed on standard output.
    var isTold = false
}

extension Problem {
    /// A signal came before anything was done, or between one thing and the next.
    static func stopped(by signal: Int32, _ occasion: String) -> Problem {
        Problem(
            status: .interrupted(signal: signal), message: "stopped on request, \(occasion)",
            hint: "run the same command again")
    }
}

extension Problem {
    /// The system lacks something that the program needs to begin.
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

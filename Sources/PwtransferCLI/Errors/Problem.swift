internal import PigweedRPC

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
    /// Whether a person has been told already, on standard output.
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

internal import PigweedRPC

/// The report of a failed command: what failed, the likely cause, and what to do next.
struct Problem {
    /// The kind of the failure.
    let code: ErrorCode
    /// The exit status of the command.
    let status: ExitStatus
    /// What failed, as a sentence without a full stop.
    var message: String
    /// The likely cause, if the message does not say it.
    var cause: String?
    /// The next step.
    var hint: String?
    /// The status that the device sent.
    var deviceStatus: Status?
    /// What a script should do next, if the rest does not decide it.
    var ownVerdict: Verdict?
    /// Whether the problem has already been printed on standard output.
    var isTold = false

    /// - Parameter status: the exit status, if it is not the default of the code.
    init(
        _ code: ErrorCode, _ message: String, cause: String? = nil, hint: String? = nil,
        status: ExitStatus? = nil, deviceStatus: Status? = nil
    ) {
        self.code = code
        self.status = status ?? code.status
        self.message = message
        self.cause = cause
        self.hint = hint
        self.deviceStatus = deviceStatus
        ownVerdict = code.ownVerdict
    }
}

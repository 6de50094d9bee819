internal import PigweedRPC

/// What the user is told when a command fails: what failed, why it probably did, and what to do next.
struct Problem {
    /// What kind of failure it is.
    let code: ErrorCode
    /// How the command ends.
    let status: ExitStatus
    /// What failed, as a sentence without a full stop.
    var message: String
    /// The likely cause, if the message does not say it.
    var cause: String?
    /// The next step.
    var hint: String?
    /// The status that the device sent.
    var deviceStatus: Status?
    /// What a script does next, where that does not follow from the rest.
    var ownVerdict: Verdict?
    /// Whether it was already printed on standard output.
    var isTold = false

    /// - Parameter status: how the command ends, where the code alone does not say it.
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

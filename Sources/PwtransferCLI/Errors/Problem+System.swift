internal import SystemPackage

extension Problem {
    /// The system gives the program less than it needs to begin.
    ///
    /// - Parameter attempt: what it was to give, such as `make a pipe`.
    static func refused(_ attempt: String, _ code: Errno) -> Problem {
        Problem(
            status: .internalError, message: "cannot \(attempt): \(code)",
            cause: "this user has as many files, processes or threads as allowed, or memory is short",
            hint: "see the limits: ulimit -a; and who uses what: top")
    }
}

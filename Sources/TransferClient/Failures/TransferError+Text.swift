public import PigweedRPC
internal import PigweedTransfer
internal import SerialPort

extension TransferError {
    /// The resource of the transfer.
    public var resource: UInt32 { report.request.resource }

    /// The status of the transfer: the device's own if it sent one, otherwise the status that stands for the failure;
    /// `nil` for a reason without a status, such as a line that broke.
    public var status: Status? {
        switch reason {
        case .transfer(let failure): failure.status
        case .file: .dataLoss
        case .interrupted, .closed: .cancelled
        case .deadline: .deadlineExceeded
        case .link, .notResumed, .pathNotConfirmed: nil
        }
    }

    /// The probable cause, as one clause; `nil` if none is known beyond the failure itself.
    public var cause: String? { text.cause }

    /// The next step, as one sentence without a full stop.
    public var advice: String { text.advice }

    private var text: FailureText {
        let moved = "\(report.progress.moved) bytes"
        let place = report.progress.moved == 0 ? "" : " after \(moved)"
        return switch reason {
        case .transfer(let failure): FailureText(failure, in: report, moved: moved, naming: \.rawValue)
        case .link(let error):
            FailureText("\(error)\(place)", advice: Self.advice(for: error))
        case .notResumed(let error, let failure):
            FailureText(
                "\(error)\(place), and \(failure)", advice: Self.advice(for: failure))
        case .file(let error):
            FailureText(
                "\(error)\(place)",
                advice: error.isOfSource ? "check where the data come from" : "choose another place")
        case .interrupted(let signal):
            FailureText("stopped by signal \(signal)\(place)", advice: "try again")
        case .deadline(let time):
            FailureText("not done within \(time), with \(moved) moved", advice: "allow more time")
        case .pathNotConfirmed(let path):
            FailureText(
                "the device did not confirm that \(path) is still resource \(report.request.resource)",
                cause: "after a restart, a device may give its files other numbers", advice: "try again")
        case .closed: FailureText("the manager was closed\(place)", advice: "make a new manager")
        }
    }

    private static func advice(for failure: ResumeFailure) -> String {
        switch failure {
        case .portUnavailable: "plug the device in again and try again, or allow it more time (reconnect)"
        case .cannotStartOver(let error):
            error.isOfSource ? "write from memory or a file, not from a stream" : "read into memory or a file"
        case .beginningLost: "write everything"
        case .noProgress: "see what the firmware prints when it restarts (deviceOutput)"
        }
    }

    private static func advice(for error: SerialPortError) -> String {
        switch error {
        case .busy: "end the other program that uses the port"
        case .permissionDenied: "join the group of the port, often dialout"
        default: "plug the device in again, then make a new manager"
        }
    }
}

extension TransferError: CustomStringConvertible {
    /// What failed, the probable cause, and the next step.
    public var description: String {
        let text = text
        let verb = report.request.direction == .read ? "read" : "written"
        let cause = text.cause.map { " (\($0))" } ?? ""
        return "resource \(resource) was not \(verb): \(text.sentence)\(cause); \(text.advice)"
    }
}

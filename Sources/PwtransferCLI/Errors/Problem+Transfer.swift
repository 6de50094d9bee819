internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

extension Problem {
    init(_ error: TransferError) {
        let report = error.report
        let moved = Quantity.progress(report.progress)
        switch error.reason {
        case .transfer(let failure):
            self.init(failure, report: report)
        case .link(let linkError):
            let problem = Problem(linkError)
            self.init(
                status: problem.status, message: "\(linkError), with \(moved) moved",
                cause: problem.cause, hint: problem.hint)
        case .file(let fileError):
            let problem = Problem(fileError)
            self.init(
                status: problem.status, message: "\(fileError), with \(moved) moved",
                cause: problem.cause, hint: problem.hint)
        case .interrupted(let signal):
            self.init(
                status: .interrupted(signal: signal), message: "stopped on request, with \(moved) moved")
        case .deadline(let deadline):
            self.init(
                status: .temporary,
                message: "not done within \(Quantity.time(deadline)), with \(moved) moved",
                hint: "allow more time with --deadline")
        }
    }

    private init(_ failure: TransferFailure, report: TransferReport) {
        let text = FailureText(failure, report: report)
        self.init(
            status: Self.status(of: failure), message: text.message, cause: text.cause, hint: text.hint)
    }

    private static func status(of failure: TransferFailure) -> ExitStatus {
        switch failure {
        case .noAnswer, .deviceSilent, .noProgress: .temporary
        case .tooLarge, .notPossibleInLegacy: .usage
        case .storageFailed: .cannotWriteOutput
        case .sourceFailed: .noInput
        case .cancelled: .internalError
        case .device, .noTransferService, .streamRefused, .streamLost, .offsetNotSupported,
            .onlyLegacySupported,
            .deviceStorageFull, .protocolViolation:
            .deviceRefused
        }
    }
}

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
            self.init(linkError)
            message = "\(linkError), with \(moved) moved"
        case .notResumed(let linkError, let failure):
            self.init(failure, after: linkError, report: report)
        case .file(let fileError):
            self.init(fileError)
            message = "\(fileError), with \(moved) moved"
        case .interrupted(let signal):
            self.init(
                status: .interrupted(signal: signal), message: "stopped on request, with \(moved) moved",
                hint: "run the same command again to start over")
        case .deadline(let deadline):
            self.init(
                status: .temporary,
                message: "not done within \(Quantity.time(deadline)), with \(moved) moved",
                cause: Self.cause(ofDeadlineAt: report), hint: "allow more time: --deadline", code: "deadline"
            )
        case .closed:
            self.init(status: .internalError, message: "the port was closed, with \(moved) moved")
        }
        isBeforeData = report.progress.moved == 0
    }

    private init(_ failure: TransferFailure, report: TransferReport) {
        let resource = Configuration.current.label(ofResource: report.request.resource)
        let verb = report.request.direction == .read ? "read" : "written"
        let text = FailureText(
            failure, in: report, moved: Quantity.progress(report.progress), naming: \.option)
        let suspension = report.timing[.suspension]
        let isOwnDoing = suspension >= TransferReport.longSuspension && failure.followsSilence
        self.init(
            status: Self.status(of: failure),
            message: "resource \(resource) was not \(verb): \(text.sentence)",
            cause: isOwnDoing
                ? "this program itself could not run for \(Quantity.time(suspension)): stopped (Ctrl-Z), or no processor was free"
                : text.cause,
            hint: isOwnDoing ? "run the same command again" : Self.hint(text, failure),
            code: Self.code(of: failure), deviceStatus: Self.deviceStatus(of: failure),
            ownVerdict: failure == .deviceStorageFull ? .station : nil)
    }

    private static func cause(ofDeadlineAt report: TransferReport) -> String {
        guard report.version != nil else {
            return report.statistics.frames == 0
                ? "nothing was heard of the device: it prepares, or is not there"
                : "the device has not answered the start: it prepares, or is busy"
        }
        let rate = Quantity.rate(report.progress.moved, in: report.duration)
        return "the transfer was running at \(rate)"
    }

    /// The status, if the device sent one.
    private static func deviceStatus(of failure: TransferFailure) -> Status? {
        switch failure {
        case .device, .cannotContinue, .streamRefused, .noTransferService, .offsetNotSupported, .cannotGoBack,
            .onlyLegacySupported:
            failure.status
        default: nil
        }
    }

    private static func code(of failure: TransferFailure) -> String {
        switch failure {
        case .device: "device_status"
        case .noAnswer: "no_answer"
        case .deviceSilent: "device_silent"
        case .noProgress: "no_progress"
        case .noTransferService: "no_transfer_service"
        case .streamRefused: "call_refused"
        case .streamLost: "session_lost"
        case .cannotContinue: "session_lost_offset_refused"
        case .offsetNotSupported: "offset_not_supported"
        case .cannotGoBack: "cannot_go_back"
        case .onlyLegacySupported: "only_legacy_supported"
        case .notPossibleInLegacy: "not_possible_in_legacy"
        case .deviceStorageFull: "device_storage_full"
        case .tooLarge: "too_large"
        case .protocolViolation: "protocol_violation"
        case .cancelled: "cancelled"
        case .storageFailed: "cannot_write_output"
        case .sourceFailed: "cannot_read_input"
        }
    }

    private static func status(of failure: TransferFailure) -> ExitStatus {
        switch failure {
        case .noAnswer, .deviceSilent, .noProgress, .streamLost, .cannotContinue, .cannotGoBack:
            .temporary
        case .device(let status), .streamRefused(let status): ExitStatus(ofDevice: status)
        case .tooLarge, .notPossibleInLegacy: .usage
        case .storageFailed: .cannotWriteOutput
        case .sourceFailed: .noInput
        case .cancelled: .internalError
        case .noTransferService, .offsetNotSupported, .onlyLegacySupported, .deviceStorageFull,
            .protocolViolation:
            .deviceRefused
        }
    }

    /// Silence has many causes, which another command tells apart.
    private static func hint(_ text: FailureText, _ failure: TransferFailure) -> String {
        guard failure == .noAnswer, text.advice != FailureText.telnetAdvice else { return text.advice }
        return "\(text.advice); to find out which: \(Program.name) doctor --talk"
    }
}

extension TransferSetting {
    /// The option of this program that sets it.
    var option: String {
        switch self {
        case .port: "--port"
        case .baudRate: "--baud"
        case .channel: "--channel"
        case .address: "--address"
        case .offset: "--offset"
        case .chunkSize: "--chunk-size"
        case .startTimeout: "--start-timeout"
        case .chunkTimeout: "--chunk-timeout"
        case .retries: "--retries"
        case .protocolChoice: "--protocol"
        case .deviceOutput: "--device-output"
        case .reconnect: "--reconnect"
        case .restart: "--restart"
        case .toFile: "-o FILE"
        }
    }
}

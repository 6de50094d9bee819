internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

extension Problem {
    /// - Parameter isResumable: whether the next run can continue the transfer.
    init(_ error: TransferError, isResumable: Bool, _ surroundings: Surroundings) {
        let report = error.report
        let moved = Quantity.progress(report.progress)
        switch error.reason {
        case .transfer(let failure): self.init(failure, report: report, surroundings)
        case .link(let linkError):
            self.init(linkError, surroundings)
            message += ", with \(moved) moved"
        case .notResumed(let linkError, let failure):
            self.init(failure, after: linkError, report: report, surroundings)
        case .file(let fileError):
            self.init(fileError, option: "-o")
            message += ", with \(moved) moved"
        case .interrupted(let signal):
            self.init(
                .interrupted, "stopped on request, with \(moved) moved",
                hint: "run the same command again to \(isResumable ? "continue" : "start over")",
                status: .interrupted(signal: signal))
        case .deadline(let deadline):
            self.init(
                .deadline, "not done within \(Quantity.time(deadline)), with \(moved) moved",
                cause: Self.cause(ofDeadlineAt: report), hint: "allow more time: --deadline")
        case .pathNotConfirmed(let path):
            self.init(
                .pathNotConfirmed,
                "the device may have restarted, and did not confirm that \(path) is still resource "
                    + surroundings.label(report.request.resource),
                cause: "after a restart, a device may give its files other numbers: the data may "
                    + (report.request.direction == .read ? "be another file's" : "have gone to another file"),
                hint: "run the same command again")
        case .closed: self.init(.internalError, "the port was closed, with \(moved) moved")
        }
    }

    private init(_ failure: TransferFailure, report: TransferReport, _ surroundings: Surroundings) {
        let verb = report.request.direction == .read ? "read" : "written"
        let text = FailureText(
            failure, in: report, moved: Quantity.progress(report.progress), naming: \.option)
        let suspension = report.timing[.suspension]
        let isOwnDoing = suspension >= TransferReport.longSuspension && failure.followsSilence
        self.init(
            Self.code(of: failure),
            "resource \(surroundings.label(report.request.resource)) was not \(verb): \(text.sentence)",
            cause: isOwnDoing
                ? "this program itself could not run for \(Quantity.time(suspension)): stopped (Ctrl-Z), or no processor was free"
                : text.cause,
            hint: isOwnDoing ? "run the same command again" : Self.hint(text, failure),
            status: Self.status(of: failure), deviceStatus: failure.deviceStatus)
    }

    /// The problem that the line broke, and that the transfer did not continue afterwards.
    private init(
        _ failure: ResumeFailure, after linkError: SerialPortError, report: TransferReport,
        _ surroundings: Surroundings
    ) {
        let lost = "\(linkError), with \(Quantity.progress(report.progress)) moved"
        switch failure {
        case .portUnavailable(let portError):
            let problem = Problem(portError, surroundings)
            self.init(
                .notReconnected, "\(lost); it did not come back: \(problem.message)",
                cause: problem.cause,
                hint:
                    "check cable and power; allow more time with --reconnect=TIME, or --reconnect alone for any"
            )
        case .cannotStartOver(let fileError):
            self.init(
                .cannotStartOver,
                "\(lost); the transfer cannot continue there, and \(fileError)",
                cause: "a pipe can be neither emptied nor read again from the start",
                hint: fileError.isOfSource
                    ? "write from a file instead of a pipe" : "read into a file: -o FILE")
        case .beginningLost:
            self.init(
                .beginningLost,
                "\(lost); what an earlier write had brought may be lost on the device",
                cause: "it restarted, and reports no checksum of what it has, or another one",
                hint: "run the same command again")
        case .noProgress(let reconnects):
            self.init(
                .reconnectedInVain,
                "\(lost); it came back \(reconnects) times, and the transfer got no further",
                cause: "the transfer makes the device restart, or its cable or power supply is bad",
                hint: "watch what the firmware prints when it restarts: --device-output")
        }
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

    private static func code(of failure: TransferFailure) -> ErrorCode {
        switch failure {
        case .device: .deviceStatus
        case .noAnswer: .noAnswer
        case .deviceSilent: .deviceSilent
        case .noProgress: .noProgress
        case .noTransferService: .noTransferService
        case .streamRefused: .callRefused
        case .streamLost: .sessionLost
        case .cannotContinue: .sessionLostOffsetRefused
        case .offsetNotSupported: .offsetNotSupported
        case .cannotGoBack: .cannotGoBack
        case .onlyLegacySupported: .onlyLegacySupported
        case .notPossibleInLegacy: .notPossibleInLegacy
        case .deviceStorageFull: .deviceStorageFull
        case .tooLarge: .tooLarge
        case .protocolViolation: .protocolViolation
        case .cancelled: .cancelled
        case .storageFailed: .cannotWriteOutput
        case .sourceFailed: .cannotReadInput
        }
    }

    /// The exit status for a failure; `nil` for the status of the failure's code.
    private static func status(of failure: TransferFailure) -> ExitStatus? {
        switch failure {
        case .device(let status), .streamRefused(let status): ExitStatus(ofDevice: status)
        default: nil
        }
    }

    /// The advice. Silence has many causes, which only `doctor` can distinguish.
    private static func hint(_ text: FailureText, _ failure: TransferFailure) -> String {
        guard failure == .noAnswer, text.advice != FailureText.telnetAdvice else { return text.advice }
        return "\(text.advice); to find out which: \(Program.name) doctor --talk"
    }
}

extension TransferSetting {
    /// The option of this program for the setting.
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
        case .anyVersion: "--protocol auto"
        case .legacyVersion: "--protocol legacy"
        case .deviceOutput: "--device-output"
        case .reconnect: "--reconnect"
        case .restart: "--restart"
        case .toFile: "-o FILE"
        }
    }
}

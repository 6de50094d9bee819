internal import SerialPort
internal import TransferClient

extension Problem {
    static let beginningLost = "beginning_lost"

    /// The line broke, and the transfer did not continue on a new one.
    init(_ failure: ResumeFailure, after linkError: SerialPortError, report: TransferReport) {
        let lost = "\(linkError), with \(Quantity.progress(report.progress)) moved"
        switch failure {
        case .portUnavailable(let portError):
            let problem = Problem(portError, waited: .none)
            self.init(
                status: .linkBroke, message: "\(lost); it did not come back: \(problem.message)",
                cause: problem.cause,
                hint:
                    "check cable and power; allow more time with --reconnect=TIME, or --reconnect alone for any",
                code: "not_reconnected")
        case .cannotStartOver(let fileError):
            self.init(
                status: .linkBroke,
                message: "\(lost); the transfer cannot continue there, and \(fileError)",
                cause: "a pipe can be neither emptied nor read again from the start",
                hint: fileError.isOfSource
                    ? "write from a file instead of a pipe" : "read into a file: -o FILE",
                code: "cannot_start_over")
        case .beginningLost:
            self.init(
                status: .linkBroke,
                message: "\(lost); what an earlier write had brought may be lost on the device",
                cause: "it restarted, and reports no checksum of what it has, or another one",
                hint: "run the same command again", code: Self.beginningLost)
        case .noProgress(let reconnects):
            self.init(
                status: .linkBroke,
                message: "\(lost); it came back \(reconnects) times, and the transfer got no further",
                cause: "the transfer makes the device restart, or its cable or power supply is bad",
                hint: "watch what the firmware prints when it restarts: --device-output",
                code: "reconnected_in_vain")
        }
    }
}

internal import SerialPort
internal import TransferClient

extension Problem {
    /// The problem that the line broke, and that the transfer did not continue afterwards.
    init(
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
}

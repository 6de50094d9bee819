internal import PigweedRPC
internal import SerialPort
internal import TransferClient

extension Problem {
    /// The problem that a restart by RPC failed.
    init(notRebooted error: CallError, _ surroundings: Surroundings) {
        let subject = CallSubject(
            failure: "the device was not restarted",
            service: "device service (pw.system.proto.DeviceService)", silence: "it does not answer calls")
        self.init(error, subject, surroundings)
        if case .refused(.notFound) = error {
            hint = "restart it by its lines, if they are wired to its reset: dtr, rts, dtr-rts or touch1200"
        }
    }

    /// The problem that a restart by the lines of the port failed.
    init(notReset error: SerialPortError, _ method: ResetMethod, _ surroundings: Surroundings) {
        self.init(error, surroundings)
        message = "the device was not restarted: \(message)"
        if case .modemLinesUnsupported = error {
            hint = "restart it in another way than \(method.rawValue), such as rpc"
        }
    }

    /// The problem that the rate of 1200 baud did not make the device restart.
    init(touchIgnoredAt port: String) {
        self.init(
            .notReset, "the device was not restarted: at 1200 baud \(port) stays as it is",
            cause:
                "the firmware does not watch the rate, or the port is an adapter between it and this machine",
            hint: "restart it in another way: dtr, rts, dtr-rts or rpc")
    }

    /// The problem that the port did not come back after the restart.
    init(notBack error: PortRequestError) {
        self.init(
            .notReconnected, "the device was restarted and did not come back: \(error)",
            hint: "see which ports there are: \(Program.name) ports; more patience: --reconnect=1m")
    }

    /// The problem that the device does not offer its log as an RPC service.
    init(noLogService status: Status) {
        self.init(
            .noLogService, "the device does not give its log by RPC (pw.log.Logs): \(status)",
            cause: status == .notFound
                ? "the firmware does not register the service" : "another client has it",
            hint: "see what it logs on the line: --device-output=line", status: ExitStatus(ofDevice: status),
            deviceStatus: status)
    }
}

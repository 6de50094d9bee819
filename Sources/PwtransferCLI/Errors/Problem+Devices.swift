internal import SerialPort

extension Problem {
    /// How many failed devices the hint repeats with their ports, and how many failed files the cause names.
    private static let namedDevices = 8
    private static let namedFiles = 5

    init(missing absent: [TrayDevice], besides present: [TrayDevice], of wanted: Int) {
        let message =
            switch (present.count, wanted) {
            case (0, 1): "there is no device"
            case (0, _): "none of \(wanted) devices is there"
            case (1, _): "only 1 of \(wanted) devices is there"
            case (let count, _): "only \(count) of \(wanted) devices are there"
            }
        self.init(
            .devicesMissing, message,
            cause: absent.isEmpty
                ? present.isEmpty ? nil : "these are there:\(Self.list(present))"
                : "not there: \(absent.map(\.name).joined(separator: ", "))",
            hint: "plug in what is missing; --wait waits for it")
    }

    static func list(_ devices: [TrayDevice]) -> String {
        devices.map { "\n    --port \(ShellWord.quoted($0.selector.description))" }.joined()
    }

    /// If several devices failed, the exit code and the verdict with the greatest weight count.
    init(_ devices: FailedDevices) {
        let problems = devices.failures.map(\.problem)
        let statuses = (problems + [devices.recording].compactMap(\.self)).map(\.status)
        let worst = statuses.max { $0.weight < $1.weight } ?? .internalError
        let ports = devices.failures.prefix(Self.namedDevices).map {
            "--port \(ShellWord.quoted($0.device.selector.description))"
        }
        let named = ports.joined(separator: " ") + (problems.count > ports.count ? " ..." : "")
        let share = "\(problems.count) of \(devices.count) devices"
        if case .interrupted = worst {
            self.init(
                .interrupted, "stopped on request, with \(share) not done",
                hint: "run the same command again for these: \(named)", status: worst)
        } else {
            self.init(
                .devicesFailed, "\(share) failed",
                hint: "when the causes are removed, try again with: \(named)", status: worst)
        }
        ownVerdict = problems.map(\.verdict).max { $0.weight < $1.weight }
    }

    init(_ files: UnreadFiles) {
        let problems = files.failures.map(\.problem)
        let worst = problems.max { $0.status.weight < $1.status.weight }
        var causes = files.failures.prefix(Self.namedFiles).map {
            "\(DeviceText.visible($0.path)): \($0.problem.sentence)"
        }
        if problems.count > Self.namedFiles { causes.append("and \(problems.count - Self.namedFiles) more") }
        self.init(
            .filesNotRead,
            "\(problems.count + files.notTried) of \(files.total) files were not read"
                + (files.mayBeUnremoved ? " or not removed" : "")
                + (files.reason.map { ", since \($0)" } ?? ""),
            cause: causes.joined(separator: "; "), hint: worst?.hint, status: worst?.status,
            deviceStatus: worst?.deviceStatus)
    }

    /// The message. For a failure of a file on this machine or of a system limit, the cause follows in brackets.
    var sentence: String {
        let isOfFile = status == .cannotWriteOutput || code == .systemLimit
        return DeviceText.visible(message) + (isOfFile ? cause.map { " (\($0))" } ?? "" : "")
    }

}

extension Check.Name {
    /// The code for a port that fails this check; `nil` if the check never finds a problem.
    var code: ErrorCode? {
        switch self {
        case .port: .doctorPort
        case .holder: .doctorHolder
        case .permission: .doctorPermission
        case .baud: .doctorBaud
        case .bytes: .doctorBytes
        case .rpc: .doctorRPC
        case .service: .doctorService
        case .modemManager, .brltty, .latencyTimer, .hangUp, .modemLines: nil
        }
    }
}

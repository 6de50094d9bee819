internal import SerialPort

/// Turns what the server of a serial port reports into checks.
struct RemoteLineChecks {
    /// The rate that was requested.
    let asked: UInt32
    let line: RemoteLineState

    var checks: [Check] { [baudCheck, modemLinesCheck] }

    private var baudCheck: Check {
        var message = line.baudRate == asked ? "\(asked)" : "\(asked), the server says \(line.baudRate)"
        if let found = line.foundBaudRate, found != line.baudRate { message += "; it was \(found)" }
        for setting in line.notGranted { message += "; the server does not set \(setting)" }
        guard !line.errors.isEmpty else { return .ok(.baud, message) }
        return .warning(
            .baud, "\(message); errors on the line: \(errors)",
            cause: line.errors.contains(.framing) || line.errors.contains(.parity)
                ? "the device sends at another rate, or the line picks up noise"
                : "bytes come faster than the server takes them",
            advice: ["check the rate of the firmware: --baud", "check cable and ground"])
    }

    private var errors: String {
        let names: [(RemoteLineErrors, String)] = [
            (.framing, "framing"), (.parity, "parity"), (.overrun, "overrun"), (.lineBreak, "break"),
        ]
        return names.filter { line.errors.contains($0.0) }.map(\.1).joined(separator: ", ")
    }

    private var modemLinesCheck: Check {
        let ours = [("DTR", line.dtr), ("RTS", line.rts)].compactMap { name, isOn in
            isOn.map { "\(name) \($0 ? "on" : "off")" }
        }
        let all = ours + (line.modemLines.map { ["\($0)"] } ?? [])
        guard !all.isEmpty else {
            return .notChecked(.modemLines, because: "the server does not say how they are")
        }
        return .ok(.modemLines, all.joined(separator: ", "))
    }
}

extension Check {
    /// The check of a connection that failed, or that cannot be used.
    static func unreachable(_ error: SerialPortError, at name: String) -> Check {
        let problem = Problem(error)
        let message =
            problem.message.hasPrefix(name + " ")
            ? String(problem.message.dropFirst(name.count + 1)) : problem.message
        return .problem(
            .port, problem.status, message, cause: problem.cause,
            advice: problem.hint.map { [$0] } ?? [])
    }
}

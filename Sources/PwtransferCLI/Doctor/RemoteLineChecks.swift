internal import SerialPort

/// Turns what the server of a serial port reports into checks.
extension RemoteLineState {
    /// - Parameter asked: the rate that was requested.
    func checks(asked: UInt32) -> [Check] { [baudCheck(asked), modemLinesCheck] }

    private func baudCheck(_ asked: UInt32) -> Check {
        var message = baudRate == asked ? "\(asked)" : "\(asked), the server says \(baudRate)"
        if let found = foundBaudRate, found != baudRate { message += "; it was \(found)" }
        for setting in notGranted { message += "; the server does not set \(setting)" }
        guard !errors.isEmpty else { return .ok(.baud, message) }
        return .warning(
            .baud, "\(message); errors on the line: \(errorNames)",
            cause: errors.contains(.framing) || errors.contains(.parity)
                ? "the device sends at another rate, or the line picks up noise"
                : "bytes come faster than the server takes them",
            advice: ["check the rate of the firmware: --baud", "check cable and ground"])
    }

    private var errorNames: String {
        let names: [(RemoteLineErrors, String)] = [
            (.framing, "framing"), (.parity, "parity"), (.overrun, "overrun"), (.lineBreak, "break"),
        ]
        return names.filter { errors.contains($0.0) }.map(\.1).joined(separator: ", ")
    }

    private var modemLinesCheck: Check {
        let ours = [("DTR", dtr), ("RTS", rts)].compactMap { name, isOn in
            isOn.map { "\(name) \($0 ? "on" : "off")" }
        }
        let all = ours + (modemLines.map { ["\($0)"] } ?? [])
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

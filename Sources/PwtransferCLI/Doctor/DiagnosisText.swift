internal import SerialPort

/// A diagnosis as lines of text, the verdict first.
enum DiagnosisText {
    private static let titleWidth = 17
    private static let findingWidth = 13

    static func lines(_ diagnosis: Diagnosis, _ palette: Palette) -> [String] {
        [palette.paint(DeviceText.visible(diagnosis.verdict), .bold)]
            + diagnosis.checks.flatMap { lines(of: $0, palette) }
    }

    private static func lines(of check: Check, _ palette: Palette) -> [String] {
        let indent = String(repeating: " ", count: 2 + titleWidth + findingWidth)
        let (word, color) = form(of: check.finding)
        var lines = [
            "  " + padded(title(of: check.name), titleWidth)
                + palette.paint(padded(word, findingWidth), color)
                + DeviceText.visible(check.message)
        ]
        if let cause = check.cause { lines.append("\(indent)cause: \(Console.visibleLines(cause))") }
        lines += check.advice.map { "\(indent)try:   \(Console.visibleLines($0))" }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func form(of finding: Check.Finding) -> (word: String, color: Palette.Color) {
        switch finding {
        case .ok: ("ok", .green)
        case .warning: ("warning", .yellow)
        case .problem: ("PROBLEM", .red)
        case .notChecked: ("not checked", .dim)
        }
    }

    private static func title(of name: Check.Name) -> String {
        switch name {
        case .port: "port"
        case .holder: "used by others"
        case .permission: "permission"
        case .modemManager: "ModemManager"
        case .brltty: "brltty"
        case .latencyTimer: "FTDI latency"
        case .hangUp: "reset on closing"
        case .modemLines: "modem lines"
        case .baud: "baud rate"
        case .bytes: "received"
        case .rpc: "pw_rpc"
        case .service: "pw_transfer"
        }
    }
}

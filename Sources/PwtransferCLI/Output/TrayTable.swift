internal import SerialPort

/// What became of several devices.
enum TrayTable {
    private static let header = ["PORT", "RESULT", "EXIT", "MOVED", "TIME", "REASON"]
    /// Columns of numbers.
    private static let rightAligned: Set = [2, 3, 4]

    /// A header, and a line for each device.
    static func lines(_ results: [DeviceResult], _ palette: Palette) -> [String] {
        let rows =
            [header]
            + results.map { result in
                let outcome = result.outcome
                return [
                    result.device.name, outcome.problem == nil ? "PASS" : "FAIL", String(outcome.exitCode),
                    Quantity.bytes(outcome.moved), Quantity.time(outcome.time),
                    DeviceText.visible(outcome.problem?.message ?? ""),
                ]
            }
        return TextTable.lines(rows, rightAligned: rightAligned) { painted($0, palette) }
    }

    private static func painted(_ cell: String, _ palette: Palette) -> String {
        switch cell {
        case "PASS": palette.paint(cell, .green)
        case "FAIL": palette.paint(cell, .red)
        default: cell
        }
    }
}

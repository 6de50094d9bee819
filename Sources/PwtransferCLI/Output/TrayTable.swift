internal import SerialPort

/// What became of several devices.
enum TrayTable {
    private static let header = ["PORT", "RESULT", "EXIT", "MOVED", "TIME", "PROOF", "REASON"]
    /// Columns of numbers.
    private static let rightAligned: Set = [2, 3, 4]
    private static let proofColumn = 5

    /// A header, and a line for each device; how the data were proved only if any were.
    static func lines(_ results: [DeviceResult], _ palette: Palette) -> [String] {
        var rows =
            [header]
            + results.map { result in
                let outcome = result.outcome
                return [
                    result.device.name, outcome.problem == nil ? "PASS" : "FAIL", String(outcome.exitCode),
                    Quantity.bytes(outcome.moved), Quantity.time(outcome.time), proof(outcome),
                    DeviceText.visible(outcome.problem?.message ?? ""),
                ]
            }
        if rows.dropFirst().allSatisfy({ $0[proofColumn].isEmpty }) {
            for index in rows.indices { rows[index].remove(at: proofColumn) }
        }
        return TextTable.lines(rows, rightAligned: rightAligned) { painted($0, palette) }
    }

    private static func proof(_ outcome: CommandResult) -> String {
        guard let means = outcome.verified else { return "" }
        return outcome.isSkipped ? "\(means.name), the same before" : means.name
    }

    private static func painted(_ cell: String, _ palette: Palette) -> String {
        switch cell {
        case "PASS": palette.paint(cell, .green)
        case "FAIL": palette.paint(cell, .red)
        default: cell
        }
    }
}

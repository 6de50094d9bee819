internal import SerialPort

/// The results of several devices as a table.
enum TrayTable {
    private static let header = ["PORT", "RESULT", "EXIT", "MOVED", "TIME", "PROOF", "REASON"]
    /// The columns of numbers.
    private static let rightAligned: Set = [2, 3, 4]
    private static let proofColumn = 5
    private static let colors: [String: Palette.Color] = ["PASS": .green, "FAIL": .red]

    /// A header, and a line for each device. The column PROOF is left out if no data were verified.
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
        return TextTable.lines(rows, rightAligned: rightAligned) { cell in
            colors[cell].map { palette.paint(cell, $0) } ?? cell
        }
    }

    private static func proof(_ outcome: CommandResult) -> String {
        guard let means = outcome.verified else { return "" }
        return outcome.isSkipped ? "\(means.name), the same before" : means.name
    }
}

/// The line of one of several devices while the devices are at work.
struct TrayRow {
    enum State {
        /// The device waits for its turn, or its port is not open yet.
        case waiting
        /// The port is open, and nothing is known of the transfer yet.
        case opened
        case transferring(TransferSnapshot)
        case concluded(CommandResult)

        /// If there is no room for all rows, those of the lowest rank are shown.
        fileprivate var rank: Int {
            switch self {
            case .transferring: 0
            case .opened: 1
            case .concluded(let result): result.problem == nil ? 4 : 2
            case .waiting: 3
            }
        }
    }

    let name: String
    var state = State.waiting

    private static let separator = "  "
    /// Names may take the width of a line divided by this.
    private static let nameShare = 3

    /// A line for each device, or for as many as there is room for, without control codes except for colors.
    ///
    /// - Parameter limit: the maximum number of lines.
    static func lines(_ rows: [TrayRow], columns: Int, limit: Int, _ palette: Palette) -> [String] {
        var shown = Array(rows.indices)
        if shown.count > limit {
            let sorted = shown.sorted { (rows[$0].state.rank, $0) < (rows[$1].state.rank, $1) }
            shown = sorted.prefix(limit - 1).sorted()
        }
        let width = min(shown.map { rows[$0].name.count }.max() ?? 0, columns / nameShare)
        var lines = shown.map { rows[$0].line(columns: columns, nameWidth: width, palette) }
        if shown.count < rows.count { lines.append(rest(of: rows, shown: shown.count, columns)) }
        return lines
    }

    private func line(columns: Int, nameWidth: Int, _ palette: Palette) -> String {
        // The end of a path says more than its beginning.
        let label =
            name.count > nameWidth ? "…" + name.suffix(max(0, nameWidth - 1)) : name
        let padded = label + String(repeating: " ", count: max(0, nameWidth - label.count)) + Self.separator
        let room = max(1, columns - padded.count)
        switch state {
        case .waiting: return padded + "waiting".prefix(room)
        case .opened: return padded + "port open".prefix(room)
        case .transferring(let snapshot):
            return padded + ProgressText.bar(snapshot, columns: room, palette)
        case .concluded(let result):
            let text =
                result.problem.map { "FAIL  \(DeviceText.visible($0.message))" }
                ?? "PASS  \(Quantity.bytes(result.moved)) in \(Quantity.time(result.time))"
            return padded + palette.paint(String(text.prefix(room)), result.problem == nil ? .green : .red)
        }
    }

    private static func rest(of rows: [TrayRow], shown: Int, _ columns: Int) -> String {
        let results = rows.compactMap { row -> CommandResult? in
            guard case .concluded(let result) = row.state else { return nil }
            return result
        }
        let failed = results.count { $0.problem != nil }
        let text =
            "and \(rows.count - shown) more; of all \(rows.count), \(results.count - failed) passed, \(failed) failed"
        return String(text.prefix(columns))
    }
}

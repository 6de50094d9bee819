/// Progress as text.
enum ProgressText {
    private static let barRange = 10...60
    private static let separator = "  "
    /// After this time without an answer, the text says how to find out why.
    private static let longSilence = Duration.seconds(5)

    /// A line no wider than `columns`, without control codes except for colors.
    static func bar(_ snapshot: TransferSnapshot, columns: Int, _ palette: Palette) -> String {
        guard snapshot.phase == .moving else { return fit(phaseTexts(snapshot), columns) }
        let layouts = layouts(snapshot)
        let full = layouts.full.map { $0.joined(separator: separator) }
        let least = barRange.lowerBound + separator.count
        for text in full where snapshot.percent != nil && text.count + least <= columns {
            let room = min(columns - text.count - separator.count, barRange.upperBound)
            return picture(snapshot, room, palette) + separator + text
        }
        return fit(full + layouts.short.map { $0.joined(separator: separator) }, columns)
    }

    /// A line for a log file.
    static func plain(_ snapshot: TransferSnapshot) -> String {
        guard snapshot.phase == .moving else { return phaseTexts(snapshot)[0] }
        var parts: [String] = []
        if let percent = snapshot.percent { parts.append("\(percent) %") }
        parts.append(moved(snapshot))
        if let rate = snapshot.rate { parts.append(Quantity.rate(rate)) }
        if snapshot.total == nil {
            parts.append("\(Quantity.clock(snapshot.elapsed)) elapsed")
        } else if let left = snapshot.timeLeft {
            parts.append("\(Quantity.clock(left)) left")
        }
        if snapshot.linkErrors > 0 { parts.append(errors(snapshot)) }
        return parts.joined(separator: ", ")
    }

    /// The texts for a phase in which no data move, the longest first.
    private static func phaseTexts(_ snapshot: TransferSnapshot) -> [String] {
        let time = "(\(Quantity.wholeSeconds(snapshot.phaseTime)))"
        switch snapshot.phase {
        case .waiting:
            let text = "no answer yet \(time)"
            guard snapshot.phaseTime >= longSilence else { return [text, time] }
            return ["\(text); why: \(Program.name) doctor --talk", text, time]
        case .busy: return ["device busy \(time)", time]
        case .preparing: return ["device preparing \(time)", time]
        case .finishing:
            return [
                "all sent, device finishing \(time), \(moved(snapshot)) confirmed",
                "device finishing \(time)", time,
            ]
        case .moving: return [""]
        }
    }

    /// The parts of the line, the widest layout first. The layouts in `full` get a bar if there is room.
    private static func layouts(_ snapshot: TransferSnapshot) -> (full: [[String]], short: [[String]]) {
        let rate = snapshot.rate.map { Quantity.rate($0) } ?? "-"
        let errors = snapshot.linkErrors > 0 ? [errors(snapshot)] : []
        let bytes = Quantity.bytes(snapshot.moved)
        guard let percent = snapshot.percent else {
            let elapsed = Quantity.clock(snapshot.elapsed)
            return (
                [[bytes, rate, "\(elapsed) elapsed"] + errors],
                [[bytes, rate, elapsed] + errors, [bytes, rate], [bytes]]
            )
        }
        let number = String(percent)
        let share = String(repeating: " ", count: max(0, 3 - number.count)) + number + " %"
        let left = snapshot.timeLeft.map { Quantity.clock($0) } ?? "-:--"
        return (
            [
                [share, moved(snapshot), rate, "\(left) left"] + errors,
                [share, bytes, rate, "\(left) left"] + errors,
            ],
            [[share, bytes, rate, left] + errors, [share, rate, left] + errors, [share, left], [share]]
        )
    }

    private static func picture(_ snapshot: TransferSnapshot, _ width: Int, _ palette: Palette) -> String {
        let inside = width - 2
        let filled = inside * (snapshot.percent ?? 0) / 100
        let done = String(repeating: "=", count: max(0, filled - 1)) + (filled > 0 ? ">" : "")
        let rest = String(repeating: " ", count: inside - filled)
        return "[" + palette.paint(done, snapshot.linkErrors > 0 ? .yellow : .green) + rest + "]"
    }

    private static func moved(_ snapshot: TransferSnapshot) -> String {
        guard let total = snapshot.total else { return Quantity.bytes(snapshot.moved) }
        return "\(Quantity.bytes(snapshot.moved)) of \(Quantity.bytes(total))"
    }

    private static func errors(_ snapshot: TransferSnapshot) -> String {
        snapshot.linkErrors == 1 ? "1 link error" : "\(snapshot.linkErrors) link errors"
    }

    private static func fit(_ texts: [String], _ columns: Int) -> String {
        texts.first { $0.count <= columns } ?? String((texts.last ?? "").prefix(columns))
    }
}

/// Lines at the end of the terminal of standard error that are drawn again and again.
///
/// Terminal modes are never changed: the cursor stays visible, and a program that is killed leaves nothing behind but the
/// lines.
struct BarLines {
    private static let eraseBelow = "\u{1B}[J"
    /// The columns that stay free behind a line for the cursor and the echo of a control key.
    private static let margin = 2

    /// The widths of the lines on the screen.
    private var widths: [Int] = []

    /// Draws the lines in the place of the earlier ones.
    mutating func draw(_ makeLines: (_ columns: Int) -> [String]) {
        let columns = Console.columns
        let lines = makeLines(max(1, columns - Self.margin))
        let isDrawn = Console.put(clear(columns) + lines.joined(separator: "\n"), .progress)
        guard isDrawn else { return }
        widths = lines.map { min(Palette.width(of: $0), columns) }
    }

    mutating func close() {
        guard !widths.isEmpty else { return }
        if Console.put(clear(Console.columns)) { widths = [] }
    }

    /// Goes to the start of the lines and erases them. A terminal that has become narrower has wrapped them.
    private func clear(_ columns: Int) -> String {
        guard !widths.isEmpty else { return "" }
        let rows = widths.reduce(-1) { $0 + max(0, $1 - 1) / max(1, columns) + 1 }
        return "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + Self.eraseBelow
    }
}

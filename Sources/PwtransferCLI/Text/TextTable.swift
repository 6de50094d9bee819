/// Rows in aligned columns.
enum TextTable {
    /// A line for each row. Nothing follows the last cell that is not empty.
    ///
    /// - Parameters:
    ///   - rightAligned: the columns of numbers.
    ///   - paint: colors a cell without changing its width.
    static func lines(
        _ rows: [[String]], rightAligned: Set<Int> = [], paint: (String) -> String = { $0 }
    ) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            let last = row.lastIndex { !$0.isEmpty } ?? 0
            return row.prefix(last + 1).enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                if rightAligned.contains(column) { return space + paint(cell) }
                return paint(cell) + (column == last ? "" : space)
            }.joined(separator: "  ")
        }
    }
}

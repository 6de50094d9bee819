/// Prose for a terminal: lines are broken at blanks, and the rest of a line stands under the beginning of its text.
///
/// A command that is advised stays in one piece, so that it can be copied, even if it is wider than the terminal.
enum WrappedText {
    /// What stays in one piece.
    private struct Piece {
        /// The blanks before the piece.
        var gap: Int
        var text: String
        var width: Int
    }

    /// The rest of a line stands below the beginning of its text only if there is room for at least this many columns.
    private static let leastWidth = 24
    /// Blanks between two columns.
    private static let leastGap = 2
    /// Where the rest of other lines begins.
    private static let indent = 4
    /// Words that begin a command.
    private static let commands: Set = [Program.name, "sudo", "docker"]

    /// - Parameter columns: the width of the terminal; `nil` leaves the lines as they are.
    static func text(_ text: String, columns: Int?) -> String {
        guard let columns else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { wrapped(String($0), columns) }.joined(separator: "\n")
    }

    private static func wrapped(_ line: String, _ columns: Int) -> String {
        guard Palette.width(of: line) > columns else { return line }
        var pieces = pieces(of: line)
        let start = textStart(pieces)
        let hasRoom = columns - start >= leastWidth
        let rest = hasRoom ? max(start, indent) : indent
        if !hasRoom, let first = pieces.first { pieces[0].gap = min(first.gap, indent) }
        var result = ""
        var column = 0
        for (index, var piece) in pieces.enumerated() {
            // A column that does not fit where it is may fit further to the left.
            if index > 0, piece.gap > leastGap {
                let others = pieces[(index + 1)...].prefix { $0.gap == 1 }
                let cell = others.reduce(piece.width) { $0 + 1 + $1.width }
                if column + piece.gap + cell > columns, column + leastGap + cell <= columns {
                    piece.gap = leastGap
                }
            }
            if index > 0, column + piece.gap + piece.width > columns {
                result += "\n" + blanks(rest) + piece.text
                column = rest + piece.width
            } else {
                result += blanks(piece.gap) + piece.text
                column += piece.gap + piece.width
            }
        }
        return result
    }

    /// The column at which the text of a line starts: behind labels, which end with two blanks, or behind `cause:`.
    private static func textStart(_ pieces: [Piece]) -> Int {
        var start = 0
        var column = 0
        var isBehindLabel = false
        for piece in pieces {
            column += piece.gap
            if piece.gap > 1 || isBehindLabel { start = column }
            column += piece.width
            isBehindLabel = Palette.plain(piece.text) == "cause:"
        }
        return start
    }

    private static func pieces(of line: String) -> [Piece] {
        var pieces: [Piece] = []
        var gap = 0
        var isInCommand = false
        var isBound = false
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            defer { gap += 1 }
            guard !word.isEmpty else { continue }
            let text = Palette.plain(String(word))
            let isEnd = text.last.map(";,)`".contains) ?? false
            if gap == 1, isInCommand || isBound, let last = pieces.indices.last {
                pieces[last].text += " " + word
                pieces[last].width += 1 + text.count
            } else {
                pieces.append(Piece(gap: gap, text: String(word), width: text.count))
                isInCommand = commands.contains(text.trimmingPrefix("`").description)
            }
            if isEnd { isInCommand = false }
            // An option stays with its value, and a number with its unit.
            isBound = text.hasPrefix("-") && !isEnd || Double(text.trimmingPrefix("(")) != nil
            gap = 0
        }
        return pieces
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }
}

/// Paints texts in colors, or leaves them as they are.
struct Palette: Hashable, Sendable {
    enum Color: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "1;31"
        case green = "32"
        case yellow = "33"
    }

    let isColored: Bool

    func paint(_ text: String, _ color: Color) -> String {
        isColored && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The number of columns that a text takes, with or without colors.
    static func width(of text: String) -> Int { plain(text).count }

    /// A painted text without its colors.
    static func plain(_ text: String) -> String {
        var isInCode = false
        return text.filter { character in
            if character == "\u{1B}" { isInCode = true }
            defer { if isInCode, character == "m" { isInCode = false } }
            return !isInCode
        }
    }
}

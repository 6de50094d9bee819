/// A token in a text: `$` and base64, or `$`, a base, `#` and digits. Behind the `$` may stand a domain in braces.
struct NestedToken {
    enum Content: Hashable {
        /// A whole message.
        case message([UInt8])
        /// A string without arguments.
        case string(token: UInt32, domain: String)
        /// Nothing that could be a token.
        case none
    }

    /// The index behind the token in the text.
    let end: Int
    let content: Content

    static let prefix = UInt8(ascii: "$")

    /// Reads the token whose prefix stands at a place.
    init(in text: [UInt8], at start: Int) {
        var position = start + 1
        let domain = Self.domain(in: text, at: &position)
        let base = Self.base(in: text, at: &position)
        let (kind, end) = Self.digits(in: text, at: position)
        self.end = end
        let digits = text[position..<end]
        if base == nil || base == 64 {
            guard kind == 64, !digits.isEmpty, let message = Base64.decode(digits) else {
                content = .none
                return
            }
            content = .message(message)
        } else if base == kind, let token = ASCII.number(digits, base: UInt8(kind)) {
            content = .string(token: token, domain: domain)
        } else {
            content = .none
        }
    }

    /// A domain in braces, without its white space.
    private static func domain(in text: [UInt8], at position: inout Int) -> String {
        guard position < text.count, text[position] == UInt8(ascii: "{") else { return "" }
        let inside = text[(position + 1)...].prefix { ASCII.isWhitespace($0) || isDomainByte($0) }
        guard inside.endIndex < text.count, text[inside.endIndex] == UInt8(ascii: "}") else { return "" }
        let name = inside.filter { !ASCII.isWhitespace($0) }
        guard name.first.map({ !ASCII.isDigit($0) }) ?? true else { return "" }
        position = inside.endIndex + 1
        return String(decoding: name, as: UTF8.self)
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }

    /// The base before a `#`: 8, 10, 16 or 64; 16 if none is written, 0 for any other. `nil` if there is no `#`.
    private static func base(in text: [UInt8], at position: inout Int) -> Int? {
        let digits = text[position...].prefix { ASCII.isDigit($0) }
        guard digits.endIndex < text.count, text[digits.endIndex] == UInt8(ascii: "#") else { return nil }
        position = digits.endIndex + 1
        switch String(decoding: digits, as: UTF8.self) {
        case "", "16": return 16
        case "8": return 8
        case "10": return 10
        case "64": return 64
        default: return 0
        }
    }

    /// The base and the end of the digits at a place. As in the reference, the base follows from the form of the digits
    /// alone.
    private static func digits(in text: [UInt8], at start: Int) -> (base: Int, end: Int) {
        for (base, count) in [(8, 11), (10, 10), (16, 8)] where text.count - start >= count {
            if text[start..<start + count].allSatisfy({ ASCII.value($0, base: UInt8(base)) != nil }) {
                return (base, start + count)
            }
        }
        let run = text[start...].prefix { isBase64Byte($0) }
        let whole = start + run.count / 4 * 4
        let rest = start + run.count - whole
        if rest == 2 || rest == 3, text.count - whole >= 4,
            text[(whole + rest)..<(whole + 4)].allSatisfy({ $0 == UInt8(ascii: "=") })
        {
            return (64, whole + 4)
        }
        return (64, whole)
    }

    private static func isBase64Byte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || "+/-_".utf8.contains(byte)
    }
}

/// A text with fields, such as `■msg♦Ready■module♦BOOT■file♦main.cc`.
package struct LogFields: Hashable, Sendable {
    /// The last value of each name. There are no values if the text does not begin with a field.
    private var values: [String: String] = [:]
    private let text: String

    /// Splits a text into its fields.
    package init(_ text: String) {
        self.text = text
        let scalars = Array(text.unicodeScalars)
        var name = ""
        var start = 0
        var position = 0
        while position < scalars.count {
            guard let (key, end) = Self.key(in: scalars, at: position) else {
                if position == 0 { break }
                position += 1
                continue
            }
            if position > 0 { values[name] = Self.text(scalars[start..<position]) }
            name = key
            start = end
            position = end
        }
        if !name.isEmpty { values[name] = Self.text(scalars[start...]) }
    }

    /// The last field of a name; `nil` if there is none.
    package subscript(name: String) -> String? { values[name] }

    /// The field `msg`, or the whole text without it.
    package var message: String { self["msg"] ?? text }

    /// The key that stands at a place, as `■`, a name and `♦`, and its end; `nil` if no key stands there.
    private static func key(in scalars: [Unicode.Scalar], at start: Int) -> (String, end: Int)? {
        guard scalars[start] == "■", start + 1 < scalars.count, isLetter(scalars[start + 1]),
            let end = scalars[(start + 1)...].firstIndex(where: { !isLetter($0) && !isDigit($0) && $0 != "_" }
            ),
            scalars[end] == "♦"
        else { return nil }
        return (text(scalars[(start + 1)..<end]), end + 1)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && ASCII.isLetter(UInt8(truncatingIfNeeded: scalar.value))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && ASCII.isDigit(UInt8(truncatingIfNeeded: scalar.value))
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }
}

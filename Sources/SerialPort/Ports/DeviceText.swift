/// Text that came from a device, made safe to show on a terminal.
public enum DeviceText {
    /// The text with everything that could act on a terminal written as an escape: `\n`, `\r`, `\t`, and `\u{1B}`
    /// for other control characters, line separators and marks that change the direction of writing.
    public static func visible(_ text: String) -> String {
        escape(text, where: acts) { $0.escaped(asASCII: true) }
    }

    /// JSON in whose strings the same characters are escaped in the way of JSON: `\u001B`.
    ///
    /// - Parameter json: any JSON. Outside strings it has only line breaks and tabs of its layout, which stay.
    package static func visibleInJSON(_ json: String) -> String {
        escape(json, where: actsInJSON) { scalar in
            String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: true)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
    }

    private static func escape(
        _ text: String, where isEscaped: (Unicode.Scalar) -> Bool, as escaped: (Unicode.Scalar) -> String
    ) -> String {
        guard text.unicodeScalars.contains(where: isEscaped) else { return text }
        return text.unicodeScalars.map { isEscaped($0) ? escaped($0) : String($0) }.joined()
    }

    private static func actsInJSON(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n" && scalar != "\t" && acts(scalar)
    }

    /// Whether nothing in a text acts on a terminal or ends a line.
    package static func isHarmless(_ text: String) -> Bool { !text.unicodeScalars.contains(where: acts) }

    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}

/// Text that came from a device, made safe to show on a terminal.
public enum DeviceText {
    /// The text with everything that could act on a terminal written as an escape: `\n`, `\r`, `\t`, and `\u{1B}`
    /// for other control characters, line separators and marks that change the direction of writing.
    public static func visible(_ text: String) -> String {
        guard !isHarmless(text) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if acts(scalar) {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// JSON in whose strings the same characters are escaped in the way of JSON: `\u001B`.
    ///
    /// - Parameter json: any JSON. Outside strings it has only line breaks and tabs of its layout, which stay.
    package static func visibleInJSON(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: actsInJSON) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if actsInJSON(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: true)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
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

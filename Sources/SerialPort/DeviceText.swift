/// Text that came from a device, made safe to show on a terminal.
public enum DeviceText {
    /// The text with everything that could act on a terminal written as an escape: `\n`, `\r`, `\t`, and `\u{1B}`
    /// for other control characters, line separators and marks that change the direction of writing.
    public static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: acts) else { return text }
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

    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}

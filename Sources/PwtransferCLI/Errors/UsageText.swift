internal import ArgumentParser

/// The parser's complaint about a command line or a setting, in a form for a problem.
struct UsageText {
    /// What is wrong, as a sentence without a full stop.
    let message: String
    /// What a value must be like, if the message does not say it.
    let cause: String?

    /// Whether the parser does not know an option with one dash. It then names the first unknown letter.
    var isUnknownLetter: Bool {
        message.hasPrefix("Unknown option '-") && !message.hasPrefix("Unknown option '--")
    }

    /// What a value must be like, by the name that the help gives to such values.
    private static let kinds = [
        "n": "a number is decimal, or hexadecimal after 0x, without a sign",
        "size": "a size is a number of bytes such as 4096, 0x200 or 64KiB",
        "time": "a time is a number of seconds such as 2 or 1.5, or 500ms, 3min, 1h",
        "p": "a probability is 0 to 1, or 2%",
        "resource":
            "a resource is a number from 0 to 4294967295, a name from the configuration, or a /path of the device",
    ]

    /// - Parameters:
    ///   - complaint: the parser's text, in several lines.
    ///   - arguments: the command line; empty if the complaint is about a setting.
    init(_ complaint: String, arguments: [String] = []) {
        let lines = complaint.split(separator: "\n")
        let first = lines.first ?? "usage error"
        // If there are many choices, the parser's list has a line for each.
        let choices = lines.dropFirst().prefix { $0.hasPrefix("  - ") }.map { $0.dropFirst(4) }
        if first.hasSuffix(":"), !choices.isEmpty {
            message = "\(first) \(choices.joined(separator: ", "))"
        } else {
            message = OptionalValue.asTyped(first.hasSuffix(".") ? String(first.dropLast()) : String(first))
        }
        cause = Self.negative(first, arguments) ?? Self.kind(first)
    }

    /// `-5` looks like an option, so the option before it lacks its value.
    private static func negative(_ message: Substring, _ arguments: [String]) -> String? {
        guard message.hasPrefix("Missing"),
            let word = arguments.first(where: { $0.hasPrefix("-") && $0.dropFirst().first?.isNumber == true })
        else { return nil }
        return "\(word) is taken for an option; no value can be negative"
    }

    /// The explanation for a message such as `The value 'x' is invalid for '--window <size>'`, which gives none itself.
    private static func kind(_ message: Substring) -> String? {
        guard message.contains("' is invalid for '"), message.hasSuffix(">'"),
            let start = message.lastIndex(of: "<")
        else { return nil }
        return kinds[String(message[start...].dropFirst().dropLast(2).drop { $0 == "=" })]
    }
}

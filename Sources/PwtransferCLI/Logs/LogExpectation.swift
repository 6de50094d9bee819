internal import PigweedTokenizer

/// Judges the messages of a device with two regular expressions.
struct LogExpectation {
    /// The verdict of a message, with its text.
    enum Verdict: Hashable {
        case expected(String)
        case failed(String)
    }

    /// The text to wait for; `nil` if nothing is expected.
    let expected: Regex<AnyRegexOutput>?
    /// The text that reports a failure; `nil` if no text does.
    let failing: Regex<AnyRegexOutput>?

    /// The verdict on a message; `nil` if it decides nothing. A failure takes precedence.
    func verdict(on message: LogMessage) -> Verdict? {
        if let failing, message.text.firstMatch(of: failing) != nil { return .failed(message.text) }
        if let expected, message.text.firstMatch(of: expected) != nil { return .expected(message.text) }
        return nil
    }
}

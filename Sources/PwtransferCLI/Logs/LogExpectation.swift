internal import PigweedTokenizer

/// Judges the messages of a device by two regular expressions.
struct LogExpectation {
    /// What a message decided, and its text.
    enum Verdict: Hashable {
        case expected(String)
        case failed(String)
    }

    /// The text that is waited for; `nil` for none.
    let expected: Regex<AnyRegexOutput>?
    /// The text that must not come; `nil` for none.
    let failing: Regex<AnyRegexOutput>?

    /// What a message decides; `nil` for nothing. A failure counts more.
    func verdict(on message: LogMessage) -> Verdict? {
        if let failing, message.text.firstMatch(of: failing) != nil { return .failed(message.text) }
        if let expected, message.text.firstMatch(of: expected) != nil { return .expected(message.text) }
        return nil
    }
}

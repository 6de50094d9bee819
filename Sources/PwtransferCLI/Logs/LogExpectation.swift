internal import ArgumentParser
internal import PigweedTokenizer

/// Judges the messages of a device with two regular expressions.
struct LogExpectation {
    enum Verdict {
        case expected
        /// The message with this text reports a failure.
        case failed(String)
    }

    /// The text to wait for; `nil` if nothing is expected.
    let expected: Regex<AnyRegexOutput>?
    /// The text that reports a failure; `nil` if no text does.
    let failing: Regex<AnyRegexOutput>?

    /// The verdict on a message; `nil` if it decides nothing. A failure takes precedence.
    func verdict(on message: LogMessage) -> Verdict? {
        if let failing, message.text.firstMatch(of: failing) != nil { return .failed(message.text) }
        if let expected, message.text.firstMatch(of: expected) != nil { return .expected }
        return nil
    }
}

/// A regular expression for the text of a log message.
struct LogPattern: ExpressibleByArgument, Sendable {
    let text: String

    init?(argument: String) {
        text = argument
        guard regex != nil else { return nil }
    }

    /// Compiled for each use, since a `Regex` cannot be shared between threads.
    var regex: Regex<AnyRegexOutput>? { try? Regex(text) }
}

/// What the device's log must say, and what it must not say.
struct ExpectationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Wait until a message of the device's log matches this regular expression.", valueName: "regex"))
    var expect: LogPattern?

    @Option(
        help: ArgumentHelp(
            """
            Fail (exit code 79) as soon as a message of the device's log matches this one; write needs --expect for it, \
            which ends the wait.
            """, valueName: "regex"))
    var failOn: LogPattern?

    /// The expectation; `nil` if the user gave neither option.
    var expectation: LogExpectation? {
        expect == nil && failOn == nil
            ? nil : LogExpectation(expected: expect?.regex, failing: failOn?.regex)
    }
}

internal import ArgumentParser

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

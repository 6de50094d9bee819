import Testing

@testable import PwtransferCLI

@Suite struct UsageTextTests {
    @Test(arguments: [
        ("The value 'x' is invalid for '--window <size>'", "a size is a number of bytes such as 4096, 0x200 or 64KiB"),
        ("The value '-' is invalid for '<resource>'", "a resource is a number from 0 to 4294967295"),
        ("The value 'x' is invalid for '--deadline <time>'", "a time is a number of seconds"),
        ("The value 'x' is invalid for '--color <color>'", nil), ("Unknown option '--size <size>'", nil),
        ("Missing value for '--baud <n>'", nil),
    ] as [(String, String?)])
    func valuesAreExplained(complaint: String, cause: String?) {
        let text = UsageText(complaint)
        #expect(text.message == complaint)
        #expect(text.cause.map { $0.hasPrefix(cause ?? "!") } == (cause == nil ? nil : true))
    }

    @Test func aListOfChoicesIsOneLine() {
        let text = UsageText("The value is wrong. Please provide one of the following:\n  - none\n  - readback\n\nUSAGE: x")
        #expect(text.message == "The value is wrong. Please provide one of the following: none, readback")
        #expect(UsageText("One.\nTwo.").message == "One")
        #expect(UsageText("").message == "the command line makes no sense")
    }

    @Test func negativeNumbersLookLikeOptions() {
        let complaint = "Missing value for '--baud <n>'"
        #expect(UsageText(complaint, arguments: ["read", "--baud", "-5"]).cause?.hasPrefix("-5 is taken") == true)
        #expect(UsageText(complaint, arguments: ["read", "--baud", "-v"]).cause == nil)
    }

    @Test(arguments: [
        (["config", "shw"], "there is no command config shw", "did you mean show?", "pwtransfer config --help"),
        (["reed", "3"], "there is no command reed", "did you mean read?", "pwtransfer --help"),
        (["read", "3", "4"], "Unexpected argument '4'", nil, "pwtransfer read --help"),
        (["--bogus"], "Unknown option '--bogus'", nil, "pwtransfer --help"),
    ] as [([String], String, String?, String)])
    func commandsAreSuggested(arguments: [String], message: String, cause: String?, hint: String) throws {
        let error = #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(arguments) }
        let problem = Problem(usage: try #require(error), arguments: arguments)
        #expect(problem.message == message)
        #expect(problem.cause == cause)
        #expect(problem.hint == hint)
    }
}

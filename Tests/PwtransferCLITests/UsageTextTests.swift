import Testing

@testable import PwtransferCLI

@Suite struct UsageTextTests {
    @Test(
        arguments: [
            ("The value 'x' is invalid for '--window <size>'", "a size is a number of bytes such as 4096"),
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
        let text = UsageText(
            "The value is wrong. Please provide one of the following:\n  - none\n  - readback\n\nUSAGE: x")
        #expect(text.message == "The value is wrong. Please provide one of the following: none, readback")
        #expect(UsageText("One.\nTwo.").message == "One")
        #expect(UsageText("").message == "usage error")
    }

    @Test func negativeNumbersLookLikeOptions() {
        let complaint = "Missing value for '--baud <n>'"
        let negative = UsageText(complaint, arguments: ["read", "--baud", "-5"])
        #expect(negative.cause?.hasPrefix("-5 is taken") == true)
        #expect(UsageText(complaint, arguments: ["read", "--baud", "-v"]).cause == nil)
    }
}

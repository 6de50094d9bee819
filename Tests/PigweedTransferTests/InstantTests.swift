import PigweedTransfer
import Testing

@Suite struct InstantTests {
    @Test func arithmetic() {
        let instant = Instant.zero + .seconds(2)
        #expect(instant.nanoseconds == 2_000_000_000)
        #expect(instant - .milliseconds(500) == Instant(nanoseconds: 1_500_000_000))
        #expect(instant - Instant(nanoseconds: 500) == .nanoseconds(1_999_999_500))
    }

    @Test func arithmeticSaturates() {
        let end = Instant(nanoseconds: .max)
        #expect(end + .seconds(1) == end)
        #expect(Instant.zero + .seconds(Int64.max) == end)
        #expect(Instant(nanoseconds: .min) - .seconds(1) == Instant(nanoseconds: .min))
        #expect(end - Instant(nanoseconds: .min) == .nanoseconds(Int64.max))
    }
}

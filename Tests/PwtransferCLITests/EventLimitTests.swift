internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import Testing

@Suite struct EventLimitTests {
    @Test func aBurstIsToldAndThenFiftyASecond() {
        var limit = EventLimit()
        var told = 0
        var leftOut = 0
        for millisecond in 0..<100_000 {
            guard let count = limit.admit(at: .zero + .milliseconds(millisecond)) else { continue }
            told += 1
            leftOut += count
        }
        #expect((5990...6001).contains(told))
        #expect(told + leftOut + limit.leftOut == 100_000)
    }

    @Test func aQuietTimeGivesNoMoreThanABurst() {
        var limit = EventLimit()
        _ = limit.admit(at: .zero)
        let later = Instant.zero + .seconds(86_400)
        let leftOut = (0..<2000).map { _ in limit.admit(at: later) }
        #expect(leftOut.prefix(1000).allSatisfy { $0 == 0 })
        #expect(leftOut.dropFirst(1000).allSatisfy { $0 == nil })
    }
}

internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import Testing

@Suite struct EventLimitTests {
    @Test func aBurstIsToldAndThenFiftyASecond() {
        var limit = EventLimit()
        var told = 0
        var leftOut = 0
        for millisecond in 0..<100_000 {
            switch limit.verdict(at: .zero + .milliseconds(millisecond)) {
            case .told(let count):
                told += 1
                leftOut += count
            case .leftOut: break
            }
        }
        #expect((5990...6001).contains(told))
        #expect(told + leftOut + limit.leftOut == 100_000)
    }

    @Test func aQuietTimeGivesNoMoreThanABurst() {
        var limit = EventLimit()
        _ = limit.verdict(at: .zero)
        let later = Instant.zero + .seconds(86_400)
        let verdicts = (0..<2000).map { _ in limit.verdict(at: later) }
        #expect(verdicts.prefix(1000).allSatisfy { $0 == .told(after: 0) })
        #expect(verdicts.dropFirst(1000).allSatisfy { $0 == .leftOut })
    }
}

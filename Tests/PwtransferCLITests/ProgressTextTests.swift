internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import TestSupport
internal import Testing

@Suite struct ProgressTextTests {
    private static let snapshots: [(name: String, snapshot: TransferSnapshot)] = [
        ("not heard", snapshot(.waiting, phaseTime: .seconds(12))),
        ("busy", snapshot(.busy, phaseTime: .seconds(12))),
        ("preparing", snapshot(.preparing, phaseTime: .seconds(12))),
        ("begun", snapshot(.moving, moved: 0, total: 262_144)),
        ("under way", snapshot(.moving, moved: 117_965, total: 262_144, rate: 11_000)),
        ("with losses", snapshot(.moving, moved: 117_965, total: 262_144, rate: 11_000, linkErrors: 3)),
        ("long", snapshot(.moving, moved: 5 << 20, total: 1 << 30, rate: 40_000, linkErrors: 1)),
        ("stalled", snapshot(.moving, moved: 117_965, total: 262_144, rate: 0)),
        ("done", snapshot(.moving, moved: 262_144, total: 262_144, rate: 11_000)),
        ("unknown total", snapshot(.moving, moved: 117_965, rate: 11_000, linkErrors: 3)),
        ("finishing", snapshot(.finishing, moved: 200_000, total: 262_144, phaseTime: .seconds(3))),
        ("more than announced", snapshot(.moving, moved: 300, total: 200, rate: 100)),
        ("nothing", snapshot(.moving, moved: 0, total: 0)),
    ]

    private static func snapshot(
        _ phase: TransferSnapshot.Phase, moved: UInt64 = 0, total: UInt64? = nil, rate: Double? = nil,
        phaseTime: Duration = .seconds(1), linkErrors: Int = 0
    ) -> TransferSnapshot {
        TransferSnapshot(
            phase: phase, moved: moved, total: total, rate: rate, elapsed: .seconds(15),
            phaseTime: phaseTime, linkErrors: linkErrors)
    }

    @Test func isTheGoldenOne() throws {
        var text = ""
        for (name, snapshot) in Self.snapshots {
            text += "\(name)\n"
            for columns in [20, 38, 60, 78, 198] {
                let line = ProgressText.bar(snapshot, columns: columns, Palette(isColored: false))
                text += "\(columns)|\(line)|\n"
            }
            text += "plain|\(ProgressText.plain(snapshot))|\n\n"
        }
        try compareWithGolden(text, "progress.txt")
    }

    @Test(arguments: 1...220) func neverWiderThanTheTerminal(columns: Int) {
        for (name, snapshot) in Self.snapshots {
            let line = ProgressText.bar(snapshot, columns: columns, Palette(isColored: true))
            #expect(Palette.width(of: line) <= columns, "\(name)")
            #expect(!line.contains("\n"))
        }
    }

    @Test func timeLeft() {
        #expect(Self.snapshot(.moving, moved: 0, total: 1000, rate: 100).timeLeft == .seconds(10))
        #expect(Self.snapshot(.moving, moved: 0, total: .max, rate: 1).timeLeft == .seconds(1_000_000_000))
        #expect(Self.snapshot(.moving, moved: 0, total: 1000, rate: 0).timeLeft == nil)
        #expect(Self.snapshot(.moving, moved: 0, rate: 100).timeLeft == nil)
        #expect(Self.snapshot(.moving, moved: 2000, total: 1000, rate: 100).timeLeft == nil)
    }

    @Test func colorsAreSwitchedOff() {
        let snapshot = Self.snapshot(.moving, moved: 500, total: 1000, rate: 1)
        #expect(ProgressText.bar(snapshot, columns: 80, Palette(isColored: true)).contains("\u{1B}[32m"))
        #expect(!ProgressText.bar(snapshot, columns: 80, Palette(isColored: false)).contains("\u{1B}"))
    }
}

@Suite struct RateEstimateTests {
    @Test func isSmoothAndForgets() {
        var rate = RateEstimate()
        #expect(rate.bytesPerSecond == nil)
        for tenth in 0...100 {
            rate.add(UInt64(tenth * 100), at: Instant(nanoseconds: Int64(tenth) * 100_000_000))
        }
        #expect(rate.bytesPerSecond == 1000)
        // After a stall as long as the span, only the stall counts.
        for tenth in 101...150 {
            rate.add(10_000, at: Instant(nanoseconds: Int64(tenth) * 100_000_000))
        }
        #expect(rate.bytesPerSecond == 0)
    }

    @Test func countThatGoesBackBeginsAnew() {
        var rate = RateEstimate()
        rate.add(1_000_000, at: .zero)
        rate.add(0, at: Instant(nanoseconds: 1_000_000_000))
        rate.add(500, at: Instant(nanoseconds: 2_000_000_000))
        #expect(rate.bytesPerSecond == 500)
    }
}

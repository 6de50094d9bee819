import TestSupport
import Testing
import TransferSimulation

/// The golden table of loss recovery, and the conditions that it must meet.
@Suite(.enabled(if: MeasuredTable.isMeasurable, "takes minutes without optimization"))
struct LossTableTests {
    private static let table = Task {
        try await MeasuredTable.measure("MeasureLossTable") { await LossTable.measure() }
    }

    @Test func isTheGoldenOne() async throws {
        try compareWithGolden(try await Self.table.value.markdown, "loss-recovery.md")
    }

    @Test func allTransfersComplete() async throws {
        for section in try await Self.table.value.sections {
            for row in section.rows {
                #expect(row.measuredTimes.failures == 0, "\(section.title), \(row.loss)")
            }
        }
    }

    /// The least share of the ideal that reads and writes must reach on every line, by loss.
    private static let goals = [0.01: 0.90, 0.05: 0.75, 0.1: 0.55]

    /// The least share on lines that cannot reach a goal.
    private static let exceptions: [String: [Double: Double]] = [
        // The device is the reason: the bounds are 0.76, 0.31 and 0.17, since each loss costs a round trip, in which
        // the line carries 66 chunks (the head of the table derives this).
        "Write, 1 MB/s, 16 ms": [0.01: 0.67, 0.05: 0.25, 0.1: 0.11]
    ]

    @Test func reachesTheGoals() async throws {
        for section in try await Self.table.value.sections {
            for row in section.rows {
                guard let goal = Self.goals[row.loss] else { continue }
                let exception = Self.exceptions[section.title]?[row.loss]
                let share = row.share(row.measuredTimes)
                #expect(share >= exception ?? goal, "\(section.title), \(row.loss)")
                #expect(exception == nil || share < goal, "\(section.title), \(row.loss): no exception")
            }
        }
    }

    /// Where a stall may be longer than five round trips and a window, and by how much.
    private static let stallExceptions: [String: [Double: Duration]] = [
        // If a round trip takes as long as a window, five of them are few. The question or its answer is lost in one
        // round of ten at 5 %, and in one of five at 10 %. Among 40 transfers with hundreds of rounds each, the
        // longest run of such losses has six to twelve. Each question is repeated after 1.1 round trips; more often
        // would only add to the bytes in flight.
        "Read, 1 MB/s, 16 ms": [0.1: .milliseconds(64)],
        // A write that has seen no loss waits 0.11 s longer: if device and host are busy for 50 ms each, this is no
        // loss.
        "Write, 1 MB/s, 16 ms": [
            0.01: .milliseconds(59), 0.05: .milliseconds(9), 0.1: .milliseconds(209),
        ],
    ]

    @Test func noStallIsLongerThanFiveRoundTripsAndAWindow() async throws {
        for section in try await Self.table.value.sections {
            for row in section.rows {
                let exception = Self.stallExceptions[section.title]?[row.loss]
                let excess = row.measuredTimes.longestStall - section.lossFree.stallLimit
                #expect(excess <= exception ?? .zero, "\(section.title), \(row.loss)")
                #expect(exception == nil || excess > .zero, "\(section.title), \(row.loss): no exception")
            }
        }
    }

    /// At 115 200 Bd, the transfer takes 25 s without losses, as long as all timers together. There, no client can be
    /// three times slower.
    @Test func fixedTimersAreThreeTimesSlowerAtFivePercent() async throws {
        for section in try await Self.table.value.sections {
            for row in section.rows where row.loss == 0.05 {
                let ratio = row.fixedTimers.elapsed / row.measuredTimes.elapsed
                #expect(ratio >= (section.line.baud == 115_200 ? 1.4 : 3), "\(section.title)")
            }
        }
    }
}

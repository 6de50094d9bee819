import TestSupport
import Testing
import TransferSimulation

/// The golden table of lines with queues, and the conditions that it must meet.
@Suite(.enabled(if: MeasuredTable.isMeasurable, "takes minutes without optimization"))
struct QueueTableTests {
    private static let table = Task {
        try await MeasuredTable.measure("MeasureQueueTable") { await QueueTable.measure() }
    }

    private static func forEachRow(
        _ check: (QueueTable.Section, QueueTable.Row, Comment) throws -> Void
    ) async throws {
        for section in try await table.value.sections {
            for row in section.rows {
                let name = "\(section.title), \(row.queue / 1024) KiB, \(row.disturbance.rawValue)"
                try check(section, row, Comment(rawValue: name))
            }
        }
    }

    /// Whether the line carries 4 KiB and then nothing for 80 ms. With queues of 64 KiB and more, writes repeat up to
    /// three chunks there, since each pause is as long as several round trips. Some rows are up to 7 % slower than
    /// going back.
    private static func isInBursts(_ section: QueueTable.Section) -> Bool { section.title.contains("bursts") }

    @Test func isTheGoldenOne() async throws {
        try compareWithGolden(try await Self.table.value.markdown, "queues.md")
    }

    @Test func allTransfersComplete() async throws {
        try await Self.forEachRow { _, row, name in
            #expect(row.measuredTimes.failures == 0, name)
        }
    }

    /// The least share of the ideal that reads must reach, on every line with every queue.
    private static let goals: [QueueTable.Disturbance: Double] = [
        .oneLoss: 0.90, .swaps: 0.90, .losses: 0.85, .manyLosses: 0.70,
    ]

    @Test func readsReachTheGoals() async throws {
        try await Self.forEachRow { section, row, name in
            guard !section.isWrite, let goal = Self.goals[row.disturbance] else { return }
            #expect(row.share(row.measuredTimes) >= goal, name)
        }
    }

    @Test func readsGetHardlyAnythingTwice() async throws {
        try await Self.forEachRow { section, row, name in
            guard !section.isWrite else { return }
            #expect(row.measuredTimes.duplicates <= 0.01, name)
        }
    }

    /// The tolerance of one per cent is for the additional fields of this client's chunks, such as the number of
    /// remaining bytes.
    @Test func nothingIsSlowerThanGoingBack() async throws {
        try await Self.forEachRow { section, row, name in
            guard row.fixedTimers.failures == 0, !Self.isInBursts(section) else { return }
            #expect(row.measuredTimes.elapsed <= row.fixedTimers.elapsed * 1.01, name)
        }
    }

    @Test func nothingIsSentAgainWhereNothingIsLost() async throws {
        try await Self.forEachRow { section, row, name in
            guard row.disturbance == .none || row.disturbance == .standstills else { return }
            guard !section.isWrite || !Self.isInBursts(section) else { return }
            #expect(row.measuredTimes.repeats == 0, name)
        }
    }

    @Test func aStandstillEndsNoReadThatCannotSeek() async throws {
        for standstill in try await Self.table.value.standstills {
            #expect(standstill.right == standstill.reads, "\(standstill)")
            #expect(standstill.restarts == 0, "\(standstill)")
        }
    }
}

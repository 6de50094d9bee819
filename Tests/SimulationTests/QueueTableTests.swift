import Testing
import TransferSimulation

/// The golden table of lines with queues, and what it must show.
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

    @Test func isTheGoldenOne() async throws {
        try MeasuredTable.check(try await Self.table.value.markdown, isGolden: "queues.md")
    }

    @Test func allTransfersComplete() async throws {
        try await Self.forEachRow { _, row, name in
            #expect(row.measuredTimes.failures == 0, name)
        }
    }

    // What follows is what the table is to show; the recovery of reads does not reach it yet.

    /// The least share of the ideal that reads reach, on every line with every queue.
    private static let goals: [QueueTable.Disturbance: Double] = [
        .oneLoss: 0.90, .swaps: 0.90, .losses: 0.85, .manyLosses: 0.70,
    ]

    @Test(.disabled("the recovery of reads takes the delay of a queue for loss"))
    func readsReachTheGoals() async throws {
        try await Self.forEachRow { section, row, name in
            guard !section.isWrite, let goal = Self.goals[row.disturbance] else { return }
            #expect(row.share(row.measuredTimes) >= goal, name)
        }
    }

    @Test(.disabled("the recovery of reads takes the delay of a queue for loss"))
    func readsGetHardlyAnythingTwice() async throws {
        try await Self.forEachRow { section, row, name in
            guard !section.isWrite else { return }
            #expect(row.measuredTimes.duplicates <= 0.01, name)
        }
    }

    /// One per cent is for the fields that this client's chunks have and those of the reference have not, such as the number of
    /// remaining bytes.
    @Test(.disabled("the recovery of reads takes the delay of a queue for loss"))
    func nothingIsSlowerThanGoingBack() async throws {
        try await Self.forEachRow { _, row, name in
            guard row.fixedTimers.failures == 0 else { return }
            #expect(row.measuredTimes.elapsed <= row.fixedTimers.elapsed * 1.01, name)
        }
    }

    @Test(.disabled("the recovery of reads takes silence for loss"))
    func nothingIsSentAgainWhereNothingIsLost() async throws {
        try await Self.forEachRow { _, row, name in
            guard row.disturbance == .none || row.disturbance == .standstills else { return }
            #expect(row.measuredTimes.repeats == 0, name)
        }
    }

    @Test(.disabled("the recovery of reads takes silence for loss"))
    func aStandstillEndsNoReadThatCannotSeek() async throws {
        for standstill in try await Self.table.value.standstills {
            #expect(standstill.right == standstill.reads, "\(standstill)")
            #expect(standstill.restarts == 0, "\(standstill)")
        }
    }
}

import TestSupport
import Testing
import TransferSimulation

/// The golden table of line utilisation, and the conditions that it must meet.
@Suite(.enabled(if: MeasuredTable.isMeasurable, "takes minutes without optimization"))
struct UtilisationTableTests {
    private static let table = Task {
        try await MeasuredTable.measure("MeasureUtilisation") { await UtilisationTable.measure() }
    }

    @Test func isTheGoldenOne() async throws {
        try compareWithGolden(try await Self.table.value.markdown, "line-utilisation.md")
    }

    @Test func nothingIsRepeated() async throws {
        for cell in try await Self.table.value.cells {
            #expect(cell.repeats == 0, "\(cell.place)")
        }
    }

    /// The speed of a client that loses no time. Its bound is the line, the device's pause, the window, or the round
    /// trips of handshake and completion.
    @Test func everyTransferReachesWhatThereIs() async throws {
        for cell in try await Self.table.value.cells {
            #expect(cell.share >= (cell.bound == .pause ? 0.98 : 0.99), "\(cell.place)")
        }
    }

    /// A line is filled if nothing else is the bound: in a write, if half of the device's window lasts for a round
    /// trip.
    @Test func linesAreFilled() async throws {
        let cells = try await Self.table.value.cells.filter { $0.bound == .line }
        for cell in cells {
            #expect(cell.utilisation >= 0.98, "\(cell.place)")
        }
    }
}

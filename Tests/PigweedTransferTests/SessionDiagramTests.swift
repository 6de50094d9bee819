import TestSupport
import Testing

@testable import PigweedTransfer

/// The tables and diagrams of the documentation's article about states are those of the code. After a change on purpose:
///
///     PWTRANSFER_RECORD=1 swift test --filter SessionDiagramTests && Scripts/documentation diagrams
struct SessionDiagramTests {
    @Test(arguments: [Direction.read, .write])
    func diagramIsWhatTheSessionDoes(_ direction: Direction) throws {
        var generator = SeededGenerator(seed: 1)
        let diagram = SessionDiagram(direction, using: &generator)
        #expect(try golden(diagram.graph, "\(direction)-session.dot") == diagram.graph)
        #expect(try golden(diagram.table, "\(direction)-session.md") == diagram.table)
    }

    /// What is drawn does not depend on which walks were drawn by lot.
    @Test(arguments: [Direction.read, .write])
    func otherWalksSeeTheSame(_ direction: Direction) {
        var first = SeededGenerator(seed: 2)
        var second = SeededGenerator(seed: 3)
        let diagrams = [SessionDiagram(direction, using: &first), SessionDiagram(direction, using: &second)]
        let rows = diagrams.map { Set($0.table.split(separator: "\n")) }
        #expect(rows[0].symmetricDifference(rows[1]).sorted() == [])
    }
}

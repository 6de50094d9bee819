import TestSupport
import Testing

@testable import PigweedTransfer

/// The documentation's article about states has the tables and diagrams of the code. After an intended change:
///
///     PWTRANSFER_RECORD=1 swift test --filter SessionDiagramTests && Scripts/documentation diagrams
struct SessionDiagramTests {
    @Test(arguments: [Direction.read, .write])
    func diagramIsWhatTheSessionDoes(_ direction: Direction) throws {
        var generator = SeededGenerator(seed: 1)
        let diagram = SessionDiagram(direction, using: &generator)
        try compareWithGolden(diagram.graph, "\(direction)-session.dot")
        try compareWithGolden(diagram.table, "\(direction)-session.md")
    }

    /// The diagram does not depend on the random walks.
    @Test(arguments: [Direction.read, .write])
    func otherWalksSeeTheSame(_ direction: Direction) {
        var first = SeededGenerator(seed: 2)
        var second = SeededGenerator(seed: 3)
        let diagrams = [SessionDiagram(direction, using: &first), SessionDiagram(direction, using: &second)]
        let rows = diagrams.map { Set($0.table.split(separator: "\n")) }
        #expect(rows[0].symmetricDifference(rows[1]).sorted() == [])
    }
}

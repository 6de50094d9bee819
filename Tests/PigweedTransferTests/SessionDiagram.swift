@testable import PigweedTransfer

/// The behaviour of the state machine, as observed in many walks: a table in Markdown, and a diagram for Graphviz.
struct SessionDiagram {
    /// The events that lead from one state to another, or that leave the state and make the session send something.
    struct Row: Hashable {
        var before: SessionWalk.State
        var event: String
        var after: SessionWalk.State
    }

    private static let walks = 12_000
    private static let order = SessionWalk.State.allCases

    private let direction: Direction
    private var sent: [Row: Set<Chunk.Kind?>] = [:]
    private var versions: [Row: Set<ProtocolVersion>] = [:]

    init(_ direction: Direction, using generator: inout some RandomNumberGenerator) {
        self.direction = direction
        for version in [ProtocolVersion.version2, .legacy] {
            for _ in 0..<Self.walks {
                var walk = SessionWalk(direction, version, using: &generator)
                walk.run(using: &generator)
                for step in walk.steps {
                    let row = Row(before: step.before, event: step.event, after: step.after)
                    sent[row, default: []].insert(step.sent)
                    versions[row, default: []].insert(step.version)
                }
            }
        }
    }

    /// The rows, without those in which nothing happens.
    private var rows: [Row] {
        sent.filter { $0.key.before != $0.key.after || $0.value != [nil] }.keys.sorted { key($0) < key($1) }
    }

    private func key(_ row: Row) -> (Int, Int, String) {
        (Self.place(row.before), Self.place(row.after), row.event)
    }

    private static func place(_ state: SessionWalk.State) -> Int {
        order.firstIndex(of: state) ?? order.count
    }

    /// A table for each part of the session, with one row for each event that changes the state or makes the session send.
    var table: String {
        var lines: [String] = []
        var part: String?
        for row in rows {
            if let next = row.before.part, next != part {
                lines += [
                    "", "### \(next) of a \(direction)", "",
                    "| State | What happens | Next state | Sent | Version |",
                    "| --- | --- | --- | --- | --- |",
                ]
                part = next
            }
            let next = row.before == row.after ? "the same" : row.after.rawValue
            let cells = [row.before.rawValue, row.event, next, sentText(row), versionText(row)]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.dropFirst().joined(separator: "\n") + "\n"
    }

    private func sentText(_ row: Row) -> String {
        let kinds = sent[row, default: []]
        let names = kinds.compactMap { $0 }.sorted { $0.rawValue < $1.rawValue }.map(Self.name)
        guard !names.isEmpty else { return "" }
        return names.joined(separator: ", ") + (kinds.contains(nil) ? ", or nothing" : "")
    }

    private func versionText(_ row: Row) -> String {
        switch versions[row, default: []] {
        case [.version2]: "2"
        case [.legacy]: "legacy"
        default: "both"
        }
    }

    /// The changes of state, one edge for each pair of states.
    var graph: String {
        var lines = [
            "digraph session {",
            "  graph [bgcolor=white, fontname=\"Helvetica\", nodesep=0.9, ranksep=0.9]",
            "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#e8eef7\", fontname=\"Helvetica\", fontsize=13]",
            "  edge [fontname=\"Helvetica\", fontsize=10, color=\"#44546a\"]",
        ]
        for part in ["Handshake", "Receiver", "Transmitter", "Ending"] {
            let states = Self.order.filter { state in
                state.part == part && rows.contains { $0.before == state || $0.after == state }
            }
            guard !states.isEmpty else { continue }
            let names = states.map { "\"\($0.rawValue)\"" }.joined(separator: " ")
            lines.append(
                "  subgraph cluster_\(part) { label=\"\(part)\"; color=\"#8a99ad\"; fontname=\"Helvetica\"; \(names) }"
            )
        }
        let changes = rows.filter { $0.before != $0.after }
        for before in Self.order {
            for after in Self.order {
                let edge = changes.filter { $0.before == before && $0.after == after }
                guard !edge.isEmpty else { continue }
                let isLegacy = edge.allSatisfy { versions[$0] == [.legacy] }
                let label = edge.map { row in
                    row.event + (versions[row] == [.legacy] && !isLegacy ? " (legacy)" : "") + "\\l"
                }
                lines.append(
                    "  \"\(before.rawValue)\" -> \"\(after.rawValue)\" [label=\"\(label.joined())\"\(isLegacy ? ", style=dashed" : "")]"
                )
            }
        }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The name of a kind in the protocol.
    private static func name(_ kind: Chunk.Kind) -> String {
        switch kind {
        case .data: "DATA"
        case .start: "START"
        case .parametersRetransmit: "PARAMETERS_RETRANSMIT"
        case .parametersContinue: "PARAMETERS_CONTINUE"
        case .completion: "COMPLETION"
        case .completionAck: "COMPLETION_ACK"
        case .startAck: "START_ACK"
        case .startAckConfirmation: "START_ACK_CONFIRMATION"
        }
    }
}

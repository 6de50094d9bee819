internal import Glibc

/// Compares a text with its recorded version. If `PWTRANSFER_RECORD` is in the environment, the text is recorded first,
/// so that the change is visible in version control.
///
/// - Parameters:
///   - name: the name of the file in the folder `Golden` beside the test.
///   - test: the file of the test, which is named like its suite.
/// - Throws: `GoldenDifference`.
public func compareWithGolden(_ text: String, _ name: String, test: String = #filePath) throws {
    let parts = test.split(separator: "/")
    let path = parts.dropLast().map { "/" + $0 }.joined() + "/Golden/\(name)"
    if getenv("PWTRANSFER_RECORD") != nil { try write(Array(text.utf8), to: path) }
    let isRecorded = access(path, F_OK) == 0
    let recorded = isRecorded ? String(decoding: try contents(of: path), as: UTF8.self) : ""
    guard text != recorded || !isRecorded else { return }
    throw GoldenDifference(
        from: recorded, to: text, path: path, suite: parts.last?.prefix { $0 != "." } ?? "")
}

/// What differs from a recorded text, and how to record a change that is meant.
public struct GoldenDifference: Error, CustomStringConvertible {
    /// The message for whoever made the change.
    public let description: String

    private static let shownLines = 40

    init(from recorded: String, to text: String, path: String, suite: Substring) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let changes = lines.difference(
            from: recorded.split(separator: "\n", omittingEmptySubsequences: false)
        )
        .map { change in
            switch change {
            case .remove(let offset, let line, _): (offset, "\(offset + 1): - \(line)")
            case .insert(let offset, let line, _): (offset, "\(offset + 1): + \(line)")
            }
        }.sorted { $0.0 < $1.0 }.prefix(Self.shownLines).map(\.1)
        description = """
            \(path) has other lines. If the change is meant, record it with
            PWTRANSFER_RECORD=1 swift test --filter \(suite)
            and look at the difference.
            \(changes.joined(separator: "\n"))
            """
    }
}

import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A golden table. An optimized program measures it, which would take minutes without optimization. It is committed
/// as Markdown.
enum MeasuredTable {
    /// Whether the tables are written instead of compared.
    static let isRecording = getenv("PWTRANSFER_RECORD") != nil
    private static let binaries = getenv("PWTRANSFER_BINARIES").map { String(cString: $0) }
    /// Whether the tables can be measured.
    static let isMeasurable = isRecording || binaries != nil

    /// Measures the table, with the optimized program if there is one.
    static func measure<Table: Decodable>(
        _ program: String, or measure: () async throws -> Table
    ) async throws -> Table {
        guard let binaries else { return try await measure() }
        return try JSONDecoder().decode(Table.self, from: Data(output(of: "\(binaries)/\(program)")))
    }

    private static func output(of program: String) throws -> [UInt8] {
        let pipe = try #require(popen("'\(program)'", "r"))
        var output: [UInt8] = []
        while true {
            let byte = getc(pipe)
            guard byte != EOF else { break }
            output.append(UInt8(truncatingIfNeeded: byte))
        }
        try #require(pclose(pipe) == 0)
        return output
    }

    /// Compares a table with the golden one, or while recording, replaces the golden one.
    static func check(_ text: String, isGolden name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let path = folder.appending(path: "Golden/\(name)").path
        if isRecording { try write(Array(text.utf8), to: path) }
        let golden = String(decoding: try contents(of: path), as: UTF8.self)
        let changes = text.split(separator: "\n").difference(from: golden.split(separator: "\n"))
        #expect(text == golden, "\(changes.insertions)")
    }
}

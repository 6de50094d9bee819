import FoundationEssentials
import Glibc
import Testing

/// A golden table. An optimized program measures it, which would take minutes without optimization. It is committed
/// as Markdown.
enum MeasuredTable {
    private static let binaries = getenv("PWTRANSFER_BINARIES").map { String(cString: $0) }
    /// Whether the tables are measured: with the optimized program, or to record them.
    static let isMeasurable = binaries != nil || getenv("PWTRANSFER_RECORD") != nil

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
}

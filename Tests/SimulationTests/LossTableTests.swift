import FoundationEssentials
import Glibc
import TestSupport
import Testing
import TransferSimulation

private let isRecording = getenv("PWTRANSFER_RECORD") != nil
private let binaries = getenv("PWTRANSFER_BINARIES").map { String(cString: $0) }

/// The golden table of loss recovery, and what it must show.
@Suite(.enabled(if: isRecording || binaries != nil, "takes minutes without optimization"))
struct LossTableTests {
    /// The table as it is now; from the optimized program if there is one.
    private static let table = Task {
        guard let binaries else { return await LossTable.measure() }
        let json = try output(of: "\(binaries)/MeasureLossTable")
        return try JSONDecoder().decode(LossTable.self, from: Data(json))
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

    @Test func isTheGoldenOne() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let path = folder.appending(path: "Golden/loss-recovery.md").path
        let text = try await Self.table.value.markdown
        if isRecording { try write(Array(text.utf8), to: path) }
        let golden = String(decoding: try contents(of: path), as: UTF8.self)
        let changes = text.split(separator: "\n").difference(from: golden.split(separator: "\n"))
        #expect(text == golden, "\(changes.insertions)")
    }

    @Test func allTransfersComplete() async throws {
        for section in try await Self.table.value.sections {
            for row in section.rows {
                #expect(row.measuredTimes.failures == 0, "\(section.line.name), \(row.loss)")
            }
        }
    }
}

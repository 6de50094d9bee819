import FoundationEssentials
import FuzzTargets
import RecordedSessions
import TestSupport
import Testing

/// Inputs that the fuzzer found, and others made by hand. Each must run without a trap.
@Suite struct FuzzTests {
    /// The files of `Tests/Fuzz/Found/TARGET`.
    private func found(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzz/Found").appending(path: target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.sorted().map { Array(try Data(contentsOf: folder.appending(path: $0))) }
    }

    @Test(arguments: FuzzTarget.allCases) func foundInputs(target: FuzzTarget) throws {
        for input in try found(target) { target.run(input.span) }
    }

    @Test(arguments: FuzzTarget.allCases) func shortInputs(target: FuzzTarget) {
        target.run([UInt8]().span)
        for byte in UInt8.min...UInt8.max { target.run([byte, byte, byte].span) }
    }

    @Test(arguments: FuzzTarget.allCases) func randomInputs(target: FuzzTarget) {
        var random = SeededGenerator(seed: 1)
        for count in stride(from: 0, to: 600, by: 2) { target.run(random.bytes(count).span) }
    }

    @Test(arguments: FuzzTarget.allCases) func recordings(target: FuzzTarget) {
        for session in RecordedSession.all {
            for event in session.events { target.run(event.bytes.span) }
        }
    }
}

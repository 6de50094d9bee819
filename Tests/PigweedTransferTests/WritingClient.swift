@testable import PigweedTransfer

/// Tests of a client in the middle of a write.
protocol WritingClient {}

extension WritingClient {
    /// The bytes that are written.
    static var bytes: [UInt8] { (0..<1000).map { UInt8(truncatingIfNeeded: $0) } }

    /// A write of 1000 bytes, up to its confirmation.
    func establish() throws -> EngineHarness {
        let harness = EngineHarness()
        _ = try harness.establish(.write(2, size: 1000), source: Self.bytes)
        return harness
    }

    func parameters(
        _ harness: EngineHarness, _ kind: Chunk.Kind = .parametersRetransmit, offset: UInt64 = 0, end: UInt32,
        chunkSize: UInt32? = 400, delay: UInt32? = 0
    ) {
        harness.deliver(kind) {
            $0.offset = offset
            $0.windowEndOffset = end
            $0.maxChunkSizeBytes = chunkSize
            $0.minDelayMicroseconds = delay
        }
    }
}

import Testing

@testable import PigweedTransfer

/// When a write asks the device to answer single chunks, and what it concludes from missing answers.
@Suite struct WriteWindowTests: WritingClient {
    /// Sends chunks of 50 bytes. One chunk was lost, and since then the window, which is always used up, has grown to
    /// four chunks. The first chunks are confirmed.
    ///
    /// - Returns: the chunks of that window.
    private func growingWindow(_ harness: EngineHarness) -> [FullChunk] {
        parameters(harness, end: 50, chunkSize: 50)
        #expect(harness.chunks().map(\.chunk.windowEndOffset) == [0])
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersRetransmit, offset: 0, end: 50, chunkSize: 50)
        #expect(harness.chunks().map(\.chunk.windowEndOffset) == [0])
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 50, end: 150, chunkSize: 50)
        #expect(harness.chunks().count == 2)
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 150, end: 350, chunkSize: 50)
        return harness.chunks()
    }

    @Test func untilALossTheWindowGrowsByItself() throws {
        let harness = try establish()
        parameters(harness, end: 50, chunkSize: 50)
        for (offset, end): (UInt64, UInt32) in [(50, 150), (150, 350), (350, 750)] {
            #expect(harness.chunks().allSatisfy { $0.chunk.windowEndOffset == 0 })
            harness.advance(EngineHarness.roundTrip)
            parameters(harness, .parametersContinue, offset: offset, end: end, chunkSize: 50)
        }
        #expect(harness.chunks().allSatisfy { $0.chunk.windowEndOffset == 0 })
    }

    @Test func aWindowThatIsUsedUpEndsWithEachChunkSoThatItGrows() throws {
        let harness = try establish()
        let chunks = growingWindow(harness)
        #expect(chunks.map(\.chunk.offset) == [150, 200, 250, 300])
        #expect(chunks.map(\.chunk.windowEndOffset) == [200, 250, 300, 350])
    }

    @Test func aWindowThatDoesNotGrowIsLeftAlone() throws {
        let harness = try establish()
        _ = growingWindow(harness)
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 350, end: 550, chunkSize: 50)
        #expect(harness.chunks().map(\.chunk.windowEndOffset) == [0, 0, 0, 0])
    }

    @Test func aWindowThatIsOpenedInTimeIsLeftAlone() throws {
        let harness = try establish()
        parameters(harness, end: 100, chunkSize: 50, delay: 10_000)
        for offset in stride(from: UInt64(0), to: 800, by: 50) {
            #expect(harness.chunks().map(\.chunk.windowEndOffset) == [0])
            parameters(
                harness, .parametersContinue, offset: offset, end: UInt32(offset) + 200, chunkSize: 50,
                delay: 10_000)
            harness.advance(.milliseconds(10))
        }
    }

    @Test func chunksThatWaitInTheDeviceAreNoReasonForALargerWindow() throws {
        let harness = try establish()
        _ = growingWindow(harness)
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 200, end: 450, chunkSize: 50)
        #expect(harness.chunks().map(\.chunk.windowEndOffset) == [400, 450])
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 350, end: 500, chunkSize: 50)
        #expect(harness.chunks().map(\.chunk.windowEndOffset) == [0])
    }

    @Test func theFinalChunkNamesNoEndOfTheWindow() throws {
        let harness = try establish()
        _ = growingWindow(harness)
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 350, end: 1200, chunkSize: 400)
        let chunks = harness.chunks()
        #expect(chunks.last?.chunk.remainingBytes == 0)
        #expect(chunks.last?.chunk.windowEndOffset == 0)
    }

    /// The device may have reported once that the first of these chunks is missing, and the report may have got lost.
    @Test func theFirstChunkWithoutAnAnswerIsSentAgainAlone() throws {
        let harness = try establish()
        _ = growingWindow(harness)
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 200, end: 700, chunkSize: 50, delay: 2000)
        #expect(harness.chunks().map(\.chunk.offset) == [350])
        var sent: [UInt64] = []
        for _ in 0..<6 {
            harness.advance(.milliseconds(2))
            sent += harness.chunks().map(\.chunk.offset)
        }
        let first = try #require(sent.firstIndex(of: 200))
        #expect(sent[..<first].allSatisfy { $0 > 350 } && sent.count == first + 1, "\(sent)")
        // All chunks had arrived; only the answers had not.
        harness.advance(.milliseconds(2))
        parameters(harness, .parametersContinue, offset: 400, end: 1000, chunkSize: 50)
        #expect(harness.chunks().first?.chunk.offset == 400)
    }

    @Test func aLegacyDeviceIsAskedForNothing() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.write(2, size: 1000), source: Self.bytes)
        for (offset, end): (UInt64, UInt32) in [(0, 50), (50, 150), (150, 350), (350, 750)] {
            harness.deliver(.parametersContinue, session: nil) {
                $0.transferID = 2
                $0.offset = offset
                $0.pendingBytes = end - UInt32(offset)
                $0.windowEndOffset = end
                $0.maxChunkSizeBytes = 50
                $0.minDelayMicroseconds = 0
            }
            let data = harness.chunks().filter { $0.chunk.kind == .data }
            #expect(!data.isEmpty && data.allSatisfy { $0.chunk.windowEndOffset == 0 })
            harness.advance(EngineHarness.roundTrip)
        }
    }
}

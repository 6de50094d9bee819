import Testing

@testable import PigweedTransfer

/// When a write sends its last chunk again, and what it learns from the answers.
@Suite struct WriteRepeatTests: WritingClient {
    /// Sends windows of one chunk, each answered after the round trip, so that the engine knows the round trip well.
    private func measure(_ harness: EngineHarness, chunks: Int) {
        for index in 0..<chunks {
            let offset = UInt64(index) * 10
            parameters(harness, .parametersContinue, offset: offset, end: UInt32(offset) + 10, chunkSize: 10)
            #expect(harness.chunks().count == 1)
            harness.advance(EngineHarness.roundTrip)
        }
        let end = UInt64(chunks) * 10
        parameters(harness, .parametersContinue, offset: end, end: UInt32(end) + 10, chunkSize: 10)
        #expect(harness.chunks().count == 1)
    }

    /// The times at which the last chunk is sent again until the write is given up, counted from the first time.
    private func repeatTimes(_ harness: EngineHarness) -> [Duration] {
        let start = harness.now
        var times: [Duration] = []
        while harness.finished == nil {
            harness.advanceToTimeout()
            if harness.finished == nil, !harness.chunks().isEmpty { times.append(harness.now - start) }
        }
        return times
    }

    @Test func lastChunkIsRepeatedSoonAfterARoundTripAndThenEverMoreRarely() throws {
        let harness = try establish()
        measure(harness, chunks: 40)
        let times = repeatTimes(harness)
        let first = try #require(times.first)
        #expect(first == .milliseconds(120), "the line has lost nothing yet: the device may be busy")
        let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
        let pause = try #require(pauses.first)
        #expect((EngineHarness.roundTrip...EngineHarness.roundTrip + .milliseconds(2)).contains(pause))
        #expect(Array(pauses.prefix(4)) == [pause, pause * 2, pause * 4, pause * 8])
        #expect(harness.finished == .some(.deviceSilent))
    }

    @Test("a repeated chunk measures nothing, neither does going back (Karn's rule)")
    func ambiguousAnswersAreNotMeasured() throws {
        let harness = try establish()
        measure(harness, chunks: 40)
        harness.advance(.milliseconds(140))
        _ = harness.chunks()
        parameters(harness, .parametersContinue, offset: 410, end: 420, chunkSize: 10)
        _ = harness.chunks()
        harness.advance(.milliseconds(11))
        parameters(harness, .parametersRetransmit, offset: 410, end: 420, chunkSize: 10)
        _ = harness.chunks()
        harness.advance(.milliseconds(1))
        parameters(harness, .parametersRetransmit, offset: 410, end: 420, chunkSize: 10)
        _ = harness.chunks()
        harness.advance(.milliseconds(1))
        parameters(harness, .parametersContinue, offset: 420, end: 430, chunkSize: 10)
        _ = harness.chunks()
        let first = try #require(repeatTimes(harness).first)
        #expect((EngineHarness.roundTrip...EngineHarness.roundTrip + .milliseconds(2)).contains(first))
    }

    @Test("a device that becomes slower is not sent every chunk twice")
    func slowerAnswersAreNoticed() throws {
        let harness = try establish()
        measure(harness, chunks: 10)
        let repeatsBefore = harness.engine.statistics.repeats
        for index in 11..<60 {
            for _ in 0..<30 {
                harness.advance(.milliseconds(1))
                _ = harness.chunks()
            }
            let offset = UInt64(index) * 10
            parameters(harness, .parametersContinue, offset: offset, end: UInt32(offset) + 10, chunkSize: 10)
            _ = harness.chunks()
        }
        let repeats = harness.engine.statistics.repeats - repeatsBefore
        #expect(repeats <= 2)
    }

    @Test func whatTheDeviceAsksForAgainIsMeasured() throws {
        let harness = try establish()
        parameters(harness, end: 10, chunkSize: 10)
        var offset: UInt64 = 0
        for _ in 0..<20 {
            _ = harness.chunks()
            harness.advance(EngineHarness.roundTrip)
            offset += 10
            parameters(
                harness, .parametersRetransmit, offset: offset, end: UInt32(offset) + 10, chunkSize: 10)
        }
        for _ in 0..<20 {
            _ = harness.chunks()
            harness.advance(EngineHarness.roundTrip)
            offset += 10
            parameters(harness, .parametersContinue, offset: offset, end: UInt32(offset) + 20, chunkSize: 10)
            _ = harness.chunks()
            harness.advance(.milliseconds(1))
            parameters(
                harness, .parametersRetransmit, offset: offset, end: UInt32(offset) + 10, chunkSize: 10)
        }
        _ = harness.chunks()
        let first = try #require(repeatTimes(harness).first)
        #expect((EngineHarness.roundTrip...EngineHarness.roundTrip + .milliseconds(2)).contains(first))
    }

    @Test("the longer the silence, the shorter the chunks: short ones may get through")
    func chunksGetShorterInSilence() throws {
        let harness = try establish()
        parameters(harness, end: 400)
        _ = harness.chunks()
        var sizes: [Int] = []
        while harness.finished == nil {
            harness.advanceToTimeout()
            let repeated = harness.chunks()
            guard harness.finished == nil, let first = repeated.first else { continue }
            #expect(repeated.flatMap(\.data) == Array(Self.bytes[..<400]))
            sizes.append(first.data.count)
        }
        #expect(sizes.first == 400)
        #expect(Set(sizes) == [32, 128, 400])
        #expect(sizes == sizes.sorted(by: >))
    }

    @Test("a device that is heard again gets long chunks again")
    func chunksAreLongAgainAfterTheSilence() throws {
        let harness = try establish()
        parameters(harness, end: 400)
        _ = harness.chunks()
        while harness.chunks().first?.data.count != 128 { harness.advanceToTimeout() }
        parameters(harness, .parametersContinue, offset: 400, end: 800)
        #expect(harness.chunks().first?.data.count == 400)
    }
}

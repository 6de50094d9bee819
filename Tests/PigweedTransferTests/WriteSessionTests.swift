import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

@Suite struct WriteSessionTests: WritingClient {

    private func data(_ range: Range<Int>, last: Bool = false, of size: Int = 1000) -> FullChunk {
        var chunk = Chunk(.data)
        chunk.sessionID = EngineHarness.sessionID
        chunk.offset = UInt64(range.lowerBound)
        chunk.remainingBytes = UInt64(size - range.upperBound)
        return FullChunk(chunk: chunk, data: Array(Self.bytes[range]))
    }

    private func completion(_ status: Status) -> FullChunk {
        var chunk = Chunk(.completion)
        chunk.sessionID = EngineHarness.sessionID
        chunk.status = status.rawValue
        return FullChunk(chunk: chunk)
    }

    @Test func startAndConfirmation() throws {
        let harness = EngineHarness()
        let start = try harness.begin(.write(7, size: 16))
        #expect(start.kind == .start)
        #expect(start.encoded() == hex("08075001580768027 00b".filter { $0 != " " }))
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(harness.chunks().map { hex($0.chunk.encoded()) } == ["5007600b6802"])
    }

    @Test func wholeSession() throws {
        let harness = try establish()
        parameters(harness, end: 500)
        #expect(harness.chunks() == [data(0..<400), data(400..<500)])
        parameters(harness, .parametersContinue, offset: 500, end: 1500)
        #expect(harness.chunks() == [data(500..<900), data(900..<1000)])
        let progress = harness.engine.progress
        #expect(progress == TransferEngine.Progress(moved: 500, total: 1000))
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.kinds() == [.completionAck])
        #expect(harness.finished == .some(nil))
        let final = harness.engine.progress
        #expect(final == TransferEngine.Progress(moved: 1000, total: 1000))
    }

    @Test func aDeviceThatTookTheWriteOnIsToldFromOneThatHasNotAnswered() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.write(2, size: 1000), source: Self.bytes)
        #expect(harness.engine.wait == .acceptance)
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(harness.engine.wait == .parameters)
        parameters(harness, end: 500)
        _ = harness.chunks()
        #expect(harness.engine.wait == .window)
    }

    @Test func emptyWrite() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.write(2, size: 0))
        parameters(harness, end: 500)
        #expect(harness.chunks().map { hex($0.chunk.encoded()) } == ["38005000600b"])
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.finished == .some(nil))
    }

    @Test("rule 10: the last data carry the end, also when the size was unknown")
    func unknownSize() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.write(2, size: nil), source: Array(Self.bytes.prefix(800)))
        parameters(harness, end: 2000)
        let sent = harness.chunks()
        #expect(sent.map(\.chunk.remainingBytes) == [nil, 0])
        #expect(sent.flatMap(\.data) == Array(Self.bytes.prefix(800)))
    }

    @Test func offsetWrite() throws {
        var request = TransferRequest.write(2, size: 1000)
        request.initialOffset = 5000
        let harness = EngineHarness()
        let confirmation = try harness.establish(request, source: Self.bytes)
        #expect(confirmation.offset == 5000)
        parameters(harness, offset: 5000, end: 9000, chunkSize: 600)
        let sent = harness.chunks()
        #expect(sent.map(\.chunk.offset) == [5000, 5600])
        #expect(sent.map(\.chunk.remainingBytes) == [400, 0])
        #expect(sent.flatMap(\.data) == Self.bytes)
    }

    @Test func minDelayPacesFromTheStartOfTheChunkBefore() throws {
        let harness = try establish()
        parameters(harness, end: 1000, delay: 2500)
        #expect(harness.chunks() == [data(0..<400)])
        #expect(harness.engine.nextDataTime == harness.now + .microseconds(2500))
        harness.advance(.microseconds(2499))
        #expect(harness.chunks() == [])
        harness.advance(.microseconds(1))
        #expect(harness.chunks() == [data(400..<800)])
    }

    @Test("pitfall 7: each retransmit for the same offset sends the window again")
    func repeatedRetransmit() throws {
        let harness = try establish()
        for _ in 0..<3 {
            parameters(harness, end: 400)
            #expect(harness.chunks() == [data(0..<400)])
        }
    }

    @Test("pitfall 8: a late continue changes nothing")
    func lateContinue() throws {
        let harness = try establish()
        parameters(harness, end: 1000, chunkSize: 400, delay: 1000)
        _ = harness.chunks()
        let time = harness.engine.nextDataTime
        parameters(harness, .parametersContinue, offset: 100, end: 400, chunkSize: 10, delay: 0)
        #expect(harness.engine.nextDataTime == time)
        harness.advance(.milliseconds(1))
        #expect(harness.chunks() == [data(400..<800)])
    }

    @Test("pitfall 9: a continue may lower the window")
    func loweredWindow() throws {
        let harness = try establish()
        parameters(harness, end: 1000, delay: 1000)
        #expect(harness.chunks() == [data(0..<400)])
        harness.advance(EngineHarness.roundTrip)
        parameters(harness, .parametersContinue, offset: 400, end: 500, delay: 1000)
        #expect(harness.chunks() == [data(400..<500)])
        harness.advance(.milliseconds(5))
        #expect(harness.chunks() == [])
    }

    @Test(
        "pitfalls 15, 16, rule 11: no room for data that are left ends the write",
        arguments: [
            Chunk.Kind.parametersRetransmit, .parametersContinue,
        ])
    func storageFull(_ kind: Chunk.Kind) throws {
        let harness = try establish()
        parameters(harness, end: 400)
        _ = harness.chunks()
        parameters(harness, kind, offset: 400, end: 400)
        #expect(harness.chunks() == [completion(.resourceExhausted)])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.deviceStorageFull))
    }

    @Test("pitfall 16: no room when nothing is left is answered with the end")
    func noRoomNeeded() throws {
        let harness = try establish()
        parameters(harness, end: 1000)
        _ = harness.chunks()
        for kind in [Chunk.Kind.parametersRetransmit, .parametersContinue] {
            parameters(harness, kind, offset: 1000, end: 1000)
            #expect(harness.chunks() == [data(1000..<1000)])
        }
    }

    @Test("pitfall 18: an offset past the end breaks the protocol")
    func offsetPastTheEnd() throws {
        let harness = try establish()
        parameters(harness, offset: 1001, end: 2000)
        #expect(harness.chunks() == [completion(.outOfRange)])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.offsetPastEnd)))
    }

    @Test func deviceCannotSkipWhatItNeverGot() throws {
        let harness = try establish()
        parameters(harness, end: 400)
        _ = harness.chunks()
        parameters(harness, offset: 600, end: 1000)
        #expect(harness.chunks() == [completion(.internal)])
    }

    @Test("pitfall 20, rule 4: no chunk is larger than the device allows, also after it shrinks")
    func chunkSizeIsObeyed() throws {
        let harness = try establish()
        parameters(harness, end: 400, chunkSize: 100)
        #expect(harness.chunks().map(\.data.count) == [100, 100, 100, 100])
        parameters(harness, .parametersContinue, offset: 400, end: 600, chunkSize: 99)
        #expect(harness.chunks().map(\.data.count) == [99, 99])
        harness.advanceToTimeout()
        #expect(
            harness.chunks().map(\.data.count) == [2],
            "the rest of a window waits for the device to be silent")
    }

    @Test func restOfAWindowIsNotSentWhenTheNextOneComes() throws {
        let harness = try establish()
        parameters(harness, end: 205, chunkSize: 100)
        #expect(harness.chunks().map(\.data.count) == [100, 100])
        parameters(harness, .parametersContinue, offset: 100, end: 405, chunkSize: 100)
        #expect(harness.chunks().map(\.data.count) == [100, 100])
    }

    @Test func smallWindowIsSent() throws {
        let harness = try establish()
        parameters(harness, end: 5, chunkSize: 100)
        #expect(harness.chunks().map(\.data.count) == [5])
    }

    @Test func withoutChunkSizeSmallChunksAreSent() throws {
        let harness = try establish()
        parameters(harness, end: 1000, chunkSize: nil)
        #expect(harness.chunks().map(\.data.count).max() == 128)
    }

    @Test("pitfall 21: a repeated chunk has the same end flag as the first time")
    func repeatedLastChunk() throws {
        let harness = try establish()
        parameters(harness, end: 1000)
        let first = harness.chunks()
        harness.advanceToTimeout()
        #expect(harness.chunks() == [first[2]])
    }

    @Test("pitfall 34: a failure after all data is a failure")
    func failureAfterAllData() throws {
        let harness = try establish()
        parameters(harness, end: 1000)
        _ = harness.chunks()
        harness.deliver(.completion) { $0.status = Status.dataLoss.rawValue }
        #expect(harness.kinds() == [.completionAck])
        #expect(harness.finished == .some(.device(.dataLoss)))
    }

    @Test("pitfall 37: the window may be smaller than a chunk")
    func windowSmallerThanChunk() throws {
        let harness = try establish()
        parameters(harness, end: 100, chunkSize: 400)
        #expect(harness.chunks() == [data(0..<100)])
    }

    @Test func successBeforeTheEndIsNone() throws {
        let harness = try establish()
        parameters(harness, end: 500)
        _ = harness.chunks()
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.finished == .some(.protocolViolation(.prematureSuccess)))
    }

    @Test func windowThatEndsBeforeItsOffsetIsNone() throws {
        let harness = try establish()
        parameters(harness, end: 400)
        _ = harness.chunks()
        parameters(harness, offset: 400, end: 10)
        #expect(harness.chunks() == [completion(.resourceExhausted)])
    }

    @Test func chunkSizeOfZeroBreaksTheProtocol() throws {
        let harness = try establish()
        parameters(harness, end: 400, chunkSize: 0)
        #expect(harness.chunks() == [completion(.internal)])
    }

    @Test func sourceFailureIsToldToTheDevice() throws {
        let harness = try establish()
        parameters(harness, end: 400)
        harness.engine.fail(.sourceFailed, at: harness.now)
        #expect(harness.chunks() == [completion(.dataLoss)])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.sourceFailed))
    }

    @Test func silentDeviceIsGivenUp() throws {
        let harness = try establish()
        parameters(harness, end: 1000)
        _ = harness.chunks()
        var repeats = 0
        while harness.finished == nil {
            harness.advanceToTimeout()
            let sent = harness.chunks()
            guard harness.finished == nil else { break }
            repeats += 1
            #expect(sent.flatMap(\.data) == Array(Self.bytes[800...]))
        }
        #expect(harness.finished == .some(.deviceSilent))
        #expect((4...20).contains(repeats))
        #expect(harness.now - .zero <= .seconds(9))
    }

    @Test func lineThatTakesNothingIsGivenUp() throws {
        let harness = try establish()
        parameters(harness, end: 1000)
        harness.advance(.seconds(60))
        #expect(harness.finished == .some(.deviceSilent))
    }

    @Test func hugeWindowsAndDelaysDoNotTrap() throws {
        let harness = try establish()
        parameters(harness, end: .max, chunkSize: .max, delay: .max)
        #expect(harness.chunks().map(\.data.count) == [1000])
        harness.deliver(.parametersRetransmit) {
            $0.offset = .max
            $0.pendingBytes = .max
        }
        #expect(harness.kinds() == [.completion])
    }

    @Test(
        "pitfall 33: what would end behind the last offset is refused here",
        arguments: [(UInt64(0), UInt64(4_294_967_296)), (1, 4_294_967_295), (.max, 1), (1, .max)])
    func endBehindTheLastOffsetIsRefusedLocally(_ offset: UInt64, _ size: UInt64) {
        var request = TransferRequest.write(2, size: size)
        request.initialOffset = offset
        let harness = EngineHarness()
        #expect(throws: TransferFailure.tooLarge) { try harness.engine.begin(request, at: .zero) }
        #expect(harness.sent() == [])
    }
}

import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

/// Reads with missing or late chunks, or with a silent device.
@Suite struct ReadLossTests {
    /// The requests of a read, each from its offset to the end of its window.
    private static func ranges(_ harness: EngineHarness) -> [Range<UInt64>] {
        harness.chunks().filter { $0.chunk.kind == .parametersRetransmit }
            .map { $0.chunk.offset..<UInt64($0.chunk.windowEndOffset) }
    }

    @Test func whatIsMissingIsAskedForOnceTheDeviceHasSentItsWindow() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 10))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5, 6], at: 4)
        harness.deliverData([7, 8], at: 6)
        #expect(harness.chunks() == [], "the device is still sending")
        harness.deliverData([9, 10], at: 8)
        let piece = EngineHarness.parameters(.parametersRetransmit, offset: 2, end: 4)
        let resume = EngineHarness.parameters(.parametersRetransmit, offset: 10, end: 20)
        #expect(harness.chunks() == [FullChunk(chunk: piece), FullChunk(chunk: resume)])
        #expect(harness.stored == [1, 2])
        harness.deliverData([3, 4], at: 2)
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        harness.deliverData([11], at: 10, isLast: true)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    }

    @Test func aGapThatTheNextChunkFillsIsASwap() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([3, 4], at: 2)
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5], at: 4, isLast: true)
        #expect(harness.kinds() == [.completion])
        let repeats = harness.engine.statistics.repeats
        #expect(repeats == 0)
    }

    @Test func anAnswerTellsThatEarlierQuestionsWereLost() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 12))
        for offset in [0, 4, 8, 10] as [UInt64] { harness.deliverData([1, 2], at: offset) }
        #expect(Self.ranges(harness) == [2..<4, 6..<8, 12..<24])
        harness.deliverData([3, 4], at: 6)
        harness.deliverData([1, 2], at: 12)
        #expect(harness.chunks() == [], "the piece at 2 waits until the device is idle again")
        for offset in [14, 16, 18, 20, 22] as [UInt64] { harness.deliverData([1, 2], at: offset) }
        #expect(Self.ranges(harness) == [2..<4, 24..<36])
    }

    @Test func finalChunkAheadOfAGap() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([5, 6], at: 4, isLast: true)
        #expect(Self.ranges(harness) == [0..<4])
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([3, 4], at: 2)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [1, 2, 3, 4, 5, 6])
    }

    @Test func gapFilledWithOtherChunkBorders() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([9, 10], at: 8)
        _ = harness.chunks()
        harness.deliverData([5, 6, 7], at: 4)
        harness.deliverData([2, 3, 4, 5, 6], at: 1)
        harness.deliverData([7, 8, 9], at: 6)
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test func aLongGapIsAskedForAsAWhole() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 40))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([3, 4], at: 38)
        #expect(Self.ranges(harness) == [2..<38])
        for offset in stride(from: 2, to: 36, by: 2) { harness.deliverData([1, 2], at: UInt64(offset)) }
        #expect(harness.chunks() == [], "the device is still at it")
        harness.deliverData([1, 2], at: 36)
        #expect(Self.ranges(harness) == [40..<80])
    }

    @Test func theShortEndOfAWindowIsNoMeasureOfChunks() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 2000))
        harness.deliverData([1], at: 896)
        harness.deliverData([], at: 897, isLast: true)
        #expect(Self.ranges(harness) == [0..<448, 448..<896])
    }

    /// Data after a long pause may have come only because they were requested again.
    @Test func aLongPauseMakesTheNextOneNoLonger() throws {
        var request = TransferRequest.read(3)
        request.chunkTimeout = .seconds(12)
        let harness = EngineHarness()
        _ = try harness.establish(request)
        for offset in 0..<UInt64(8) { harness.deliverData([1], at: offset) }
        harness.advance(.seconds(8))
        harness.deliverData([2], at: 8)
        _ = harness.chunks()
        harness.advance(.seconds(2))
        #expect(harness.kinds() == [.parametersContinue])
    }

    @Test("pitfall 10: data beyond the window are not taken, and end the read")
    func beyondWindow() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 10))
        harness.deliverData([UInt8](repeating: 1, count: 11), at: 0)
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.internal))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.beyondWindow)))
        #expect(harness.stored == [])
    }

    @Test("pitfall 11: a device whose final chunk was lost sends it again when it may go on")
    func lostFinalChunk() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2], at: 0)
        harness.advanceToTimeout()
        #expect(
            harness.chunks() == [
                FullChunk(chunk: EngineHarness.parameters(.parametersContinue, offset: 2, end: 1002))
            ])
        harness.deliverData([], at: 3, isLast: true)
        #expect(Self.ranges(harness) == [2..<3])
        harness.deliverData([3], at: 2, isLast: true)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [1, 2, 3])
    }

    @Test func overlappingDataAreTaken() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2, 3, 4], at: 0)
        harness.deliverData([3, 4, 5, 6], at: 2)
        #expect(harness.chunks() == [])
        #expect(harness.stored == [1, 2, 3, 4, 5, 6])
    }

    @Test("pitfall 23: a device that repeats its last chunk has heard nothing, and is told to go on")
    func repeatedChunk() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 10))
        harness.deliverData([1, 2, 3, 4, 5, 6], at: 0)
        #expect(harness.kinds() == [.parametersContinue])
        harness.deliverData([1, 2, 3, 4, 5, 6], at: 0)
        #expect(harness.chunks() == [], "the answer is on its way")
        harness.advance(.milliseconds(15))
        _ = harness.chunks()
        harness.advance(.milliseconds(15))
        _ = harness.chunks()
        harness.deliverData([1, 2, 3, 4, 5, 6], at: 0)
        #expect(harness.kinds() == [.parametersContinue])
        let duplicates = harness.engine.statistics.duplicateBytes
        #expect(duplicates == 12)
    }

    /// Silence is no evidence of a loss, so only the last retry asks the device to go back.
    @Test func silentDeviceIsGivenUp() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.advance(.milliseconds(5999))
        let probes = harness.chunks()
        #expect((4...12).contains(probes.count))
        #expect(probes.allSatisfy { $0.chunk.kind == .parametersContinue && $0.chunk.offset == 1 })
        let ends = probes.map(\.chunk.windowEndOffset)
        #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 }, "each further than the one before")
        harness.advance(.milliseconds(2000))
        #expect(harness.finished == nil)
        let requests = harness.chunks()
        #expect((1...2).contains(requests.count))
        #expect(requests.allSatisfy { $0.chunk.kind == .parametersRetransmit && $0.chunk.offset == 1 })
        harness.advance(.milliseconds(1))
        #expect(harness.finished == .some(.deviceSilent))
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.deadlineExceeded))])
    }

    @Test func whatCannotBeSentAgainIsReadOnceMore() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 6))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5, 6], at: 4)
        #expect(Self.ranges(harness) == [2..<4, 6..<12])
        harness.deliver(.completion) { $0.status = Status.unimplemented.rawValue }
        #expect(harness.finished == nil)
        let start = try #require(harness.chunks().last?.chunk)
        #expect(start.kind == .start && start.initialOffset == 0)
        let session = try #require(start.desiredSessionID)
        func deliver(_ kind: Chunk.Kind, _ data: [UInt8] = [], at offset: UInt64 = 0) {
            var chunk = Chunk(kind)
            chunk.sessionID = session
            chunk.offset = offset
            switch kind {
            case .startAck: chunk.protocolVersion = .version2
            case .completion: chunk.status = Status.unimplemented.rawValue
            default: break
            }
            harness.deliver(chunk, data: data)
        }
        deliver(.startAck)
        deliver(.data, [1, 2], at: 0)
        deliver(.data, [3, 4], at: 2)
        #expect(harness.stored == [1, 2, 3, 4], "nothing is handed out twice")
        harness.advance(.milliseconds(7000))
        deliver(.completion)
        #expect(harness.finished == .some(.cannotGoBack), "a second time is once too often")
    }

    /// A device that gives its data only once has fewer of them, or other ones, when it is read again.
    @Test(arguments: [[], [1], [1, 2, 3, 4]] as [[UInt8]])
    func aSecondReadMustBringAsMuch(data: [UInt8]) throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 6))
        harness.deliver(.data, data: [1, 2]) { $0.remainingBytes = 5 }
        harness.deliver(.data, data: [5, 6]) { ($0.offset, $0.remainingBytes) = (4, 1) }
        #expect(Self.ranges(harness).first == 2..<4)
        harness.deliver(.completion) { $0.status = Status.unimplemented.rawValue }
        let session = try #require(harness.chunks().last?.chunk.desiredSessionID)
        harness.deliver(.startAck, session: session) { $0.protocolVersion = .version2 }
        harness.deliver(.data, session: session, data: data) { $0.remainingBytes = 0 }
        let end = try #require(harness.chunks().last?.chunk)
        #expect(end.kind == .completion && end.status != Status.ok.rawValue)
        harness.deliver(.completionAck, session: session)
        #expect(harness.finished != .some(nil) && harness.finished != nil)
    }

    @Test func lifetimeRetriesAreCountedOverAllSilences() throws {
        var request = TransferRequest.read(3)
        request.lifetimeRetries = 4
        let harness = EngineHarness()
        _ = try harness.establish(request)
        for offset in 0..<UInt64(4) {
            harness.deliverData([1], at: offset)
            harness.advance(.seconds(3))
            #expect(harness.finished == nil)
        }
        harness.advance(.seconds(1))
        #expect(harness.finished == .some(.deviceSilent))
    }

    @Test func deviceThatNeverGetsAnywhereIsGivenUp() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 6))
        for _ in 0..<200 where harness.finished == nil {
            harness.deliverData([5, 6], at: 4)
            harness.advance(.milliseconds(100))
        }
        #expect(harness.finished == .some(.noProgress))
        #expect(harness.now - .zero < .seconds(10))
    }

    @Test(arguments: [.max, .max - 1] as [UInt64]) func offsetsThatOverflow(offset: UInt64) throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: offset)
        #expect(harness.kinds() == [.completion])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.beyondWindow)))
        #expect(harness.stored == [])
    }
}

import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

@Suite struct ReadSessionTests {
    private static func parameters(_ kind: Chunk.Kind, offset: UInt64, end: UInt32) -> Chunk {
        var chunk = Chunk(kind)
        chunk.sessionID = EngineHarness.sessionID
        chunk.offset = offset
        chunk.windowEndOffset = end
        chunk.maxChunkSizeBytes = 448
        return chunk
    }

    private static func completion(_ status: Status) -> Chunk {
        var chunk = Chunk(.completion)
        chunk.sessionID = EngineHarness.sessionID
        chunk.status = status.rawValue
        return chunk
    }

    private static func small(_ window: UInt32) -> TransferRequest {
        var request = TransferRequest.read(3)
        request.window = window
        return request
    }

    @Test func startCarriesEverythingForBothVersions() throws {
        let harness = EngineHarness()
        let start = try harness.begin(.read(3))
        var expected = Chunk(.start)
        expected.transferID = 3
        expected.resourceID = 3
        expected.desiredSessionID = EngineHarness.sessionID
        expected.protocolVersion = .version2
        expected.pendingBytes = 32768
        expected.windowEndOffset = 32768
        expected.maxChunkSizeBytes = 448
        #expect(start == expected)
    }

    @Test func wholeSession() throws {
        let harness = EngineHarness()
        let confirmation = try harness.establish(Self.small(1000))
        var expected = Self.parameters(.startAckConfirmation, offset: 0, end: 1000)
        expected.protocolVersion = .version2
        #expect(confirmation == expected)

        harness.deliverData([UInt8](repeating: 1, count: 400), at: 0)
        #expect(harness.chunks() == [])
        harness.deliverData([UInt8](repeating: 2, count: 400), at: 400)
        #expect(
            harness.chunks() == [
                FullChunk(chunk: Self.parameters(.parametersContinue, offset: 800, end: 1800))
            ])
        harness.deliverData([UInt8](repeating: 3, count: 10), at: 800, isLast: true)
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.ok))])
        #expect(harness.finished == nil)
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(nil))
        #expect(harness.stored.count == 810)
        let isIdle = harness.engine.isIdle
        #expect(isIdle)
        let progress = harness.engine.progress
        #expect(progress == TransferEngine.Progress(moved: 810, total: 810))
    }

    @Test func emptyResource() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([], at: 0, isLast: true)
        #expect(harness.kinds() == [.completion])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(nil))
        #expect(harness.stored == [])
    }

    @Test func onlyWhatIsMissingIsAskedForAndOnlyOnce() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5, 6], at: 4)
        let resume = Self.parameters(.parametersRetransmit, offset: 6, end: 1006)
        var piece = resume
        piece.offset = 2
        #expect(harness.chunks() == [FullChunk(chunk: piece), FullChunk(chunk: resume)])
        harness.deliverData([7, 8], at: 6)
        harness.deliverData([9, 10], at: 8)
        #expect(harness.chunks() == [])
        #expect(harness.stored == [1, 2])
        harness.deliverData([3, 4], at: 2)
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        harness.deliverData([11], at: 10, isLast: true)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    }

    @Test func finalChunkAheadOfAGap() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([5, 6], at: 4, isLast: true)
        #expect(harness.chunks().map(\.chunk.offset) == [0])
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([3, 4], at: 2)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [1, 2, 3, 4, 5, 6])
    }

    @Test func gapFilledWithOtherChunkBorders() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([9, 10], at: 8)
        _ = harness.chunks()
        harness.deliverData([5, 6, 7], at: 4)
        harness.deliverData([2, 3, 4, 5, 6], at: 1)
        harness.deliverData([7, 8, 9], at: 6)
        #expect(harness.stored == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test func aGapTooLargeForPiecesIsGoneBackTo() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(20000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([3, 4], at: 1000)
        #expect(harness.chunks().map(\.chunk.offset) == [2])
        harness.deliverData([5, 6], at: 1002)
        #expect(harness.chunks() == [])
        harness.deliverData([3, 4], at: 2)
        #expect(harness.stored == [1, 2, 3, 4])
    }

    @Test("pitfall 1: late chunks of an ended session are answered with its status")
    func lateChunks() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.deliver(.completionAck)
        _ = harness.chunks()
        harness.deliverData([1], at: 0, isLast: true)
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.ok))])
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.kinds() == [.completionAck])
        for _ in 0..<100 { harness.deliver(.completion) { $0.status = 0 } }
        let answers = harness.kinds().count
        #expect(answers < 20)
    }

    @Test("pitfalls 1, 5: chunks of unknown sessions are ignored")
    func unknownSession() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliver(.data, session: 77) { $0.remainingBytes = 0 }
        harness.deliver(.completion, session: 77) { $0.status = 5 }
        harness.deliver(.startAck, session: 77)
        #expect(harness.chunks() == [])
        #expect(harness.finished == nil)
    }

    @Test("pitfall 10: data beyond the window are discarded and asked for again")
    func beyondWindow() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(10))
        harness.deliverData([UInt8](repeating: 1, count: 11), at: 0)
        #expect(
            harness.chunks() == [FullChunk(chunk: Self.parameters(.parametersRetransmit, offset: 0, end: 10))]
        )
        #expect(harness.stored == [])
    }

    @Test("pitfall 11: a lost final chunk is asked for by a retransmit at the expected offset")
    func lostFinalChunk() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([1, 2], at: 0)
        harness.advanceToTimeout()
        #expect(
            harness.chunks() == [
                FullChunk(chunk: Self.parameters(.parametersRetransmit, offset: 2, end: 1002))
            ])
        harness.deliverData([3], at: 2, isLast: true)
        #expect(harness.kinds() == [.completion])
    }

    @Test("pitfalls 12, 14: the final chunk again makes us complete again")
    func lostCompletion() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for _ in 0..<3 {
            harness.deliverData([1], at: 0, isLast: true)
            #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.ok))])
        }
        #expect(harness.stored == [1])
    }

    @Test("pitfall 13, rule 8: an unanswered completion is no error")
    func unansweredCompletion() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.advance(.seconds(3))
        #expect(harness.finished == .some(nil))
        let kinds = harness.kinds()
        #expect(kinds.allSatisfy { $0 == .completion })
        #expect((2...10).contains(kinds.count))
    }

    @Test("pitfall 17: no parameters that we send end before their offset")
    func windowNeverEndsBeforeItsOffset() throws {
        var request = Self.small(1)
        request.initialOffset = 4_294_967_290
        let harness = EngineHarness()
        let confirmation = try harness.establish(request)
        #expect(confirmation.windowEndOffset == 4_294_967_291)
        for offset in 4_294_967_290..<UInt64(4_294_967_295) {
            harness.deliverData([1], at: offset)
            for sent in harness.chunks() where sent.chunk.kind != .completion {
                #expect(UInt64(sent.chunk.windowEndOffset) > sent.chunk.offset)
            }
        }
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.tooLarge))
    }

    @Test("pitfall 19: a chunk longer than asked for is taken if it fits the window")
    func longChunk() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([UInt8](repeating: 1, count: 900), at: 0, isLast: true)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored.count == 900)
    }

    @Test("pitfall 22: of partly overlapping data nothing is taken")
    func overlap() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([1, 2, 3, 4], at: 0)
        harness.deliverData([3, 4, 5, 6], at: 2)
        #expect(
            harness.chunks() == [
                FullChunk(chunk: Self.parameters(.parametersRetransmit, offset: 4, end: 1004))
            ])
        #expect(harness.stored == [1, 2, 3, 4])
    }

    @Test("pitfall 23: the same chunk again during recovery is answered again")
    func repeatedChunkInRecovery() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5, 6], at: 4)
        harness.deliverData([7, 8], at: 6)
        #expect(harness.chunks().map(\.chunk.offset) == [2, 6])
        harness.deliverData([7, 8], at: 6)
        #expect(harness.chunks() == [], "the answer is on its way")
        harness.advance(.milliseconds(30))
        _ = harness.chunks()
        harness.advance(.milliseconds(30))
        harness.deliverData([7, 8], at: 6)
        #expect(harness.chunks().map(\.chunk.offset) == [2, 8])
    }

    @Test("pitfall 24: after a repeated start an acknowledgement without offset is doubted once")
    func repeatedStartAcknowledgementWithoutOffset() throws {
        var request = TransferRequest.read(3)
        request.initialOffset = 100
        let harness = EngineHarness()
        _ = try harness.begin(request)
        harness.advance(.seconds(1))
        #expect(harness.kinds() == [.start])
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        let sent = harness.chunks().map(\.chunk)
        #expect(sent.map(\.kind) == [.completion, .start])
        #expect(sent.last?.desiredSessionID == EngineHarness.sessionID + 1)
        #expect(harness.finished == nil)
        harness.deliver(.startAck, session: EngineHarness.sessionID + 1) { $0.protocolVersion = .version2 }
        #expect(harness.finished == .some(.offsetNotSupported))
        #expect(harness.chunks().map(\.chunk.status) == [Status.unimplemented.rawValue])
    }

    @Test("pitfall 25: a second acknowledgement repeats the confirmation and keeps the timer")
    func secondStartAcknowledgement() throws {
        let harness = EngineHarness()
        let confirmation = try harness.establish(.read(3))
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(harness.chunks() == [FullChunk(chunk: confirmation)])
        let timeout = harness.engine.nextTimeout
        #expect(timeout != nil)
        harness.deliverData([1], at: 0)
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(harness.chunks() == [])
    }

    @Test("pitfall 26: another protocol version in mid-transfer ends it")
    func versionChange() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.deliver(.data, session: nil) {
            $0.transferID = 3
            $0.offset = 1
        }
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.internal))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.versionChanged)))
    }

    @Test("pitfall 28: a completion without status is a failure")
    func completionWithoutStatus() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliver(.completion)
        #expect(harness.kinds() == [.completionAck])
        #expect(harness.finished == .some(.protocolViolation(.completionWithoutStatus)))
    }

    @Test func deviceCannotEndAReadWithSuccess() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.finished == .some(.protocolViolation(.prematureSuccess)))
    }

    @Test(
        "rule 6: an error before the acknowledgement is not acknowledged",
        arguments: [Status.notFound, .dataLoss])
    func startRefused(_ status: Status) throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.deliver(.completion) { $0.status = status.rawValue }
        #expect(harness.finished == .some(.device(status)))
        #expect(harness.chunks() == [])
        harness.deliver(.completion) { $0.status = status.rawValue }
        #expect(harness.chunks() == [])
    }

    @Test func deviceErrorInMidTransfer() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: 0)
        harness.deliver(.completion) { $0.status = Status.dataLoss.rawValue }
        #expect(harness.kinds() == [.completionAck])
        #expect(harness.finished == .some(.device(.dataLoss)))
    }

    @Test func storageFailureIsToldToTheDevice() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.failsToStore = true
        harness.deliverData([1, 2], at: 0)
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.dataLoss))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.storageFailed))
    }

    @Test func offsetRefused() throws {
        var request = TransferRequest.read(3)
        request.initialOffset = 1000
        let harness = EngineHarness()
        let start = try harness.begin(request)
        #expect(start.initialOffset == 1000)
        #expect(start.offset == 1000)
        #expect(start.windowEndOffset == 33768)
        #expect(start.pendingBytes == 32768)
        harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.unimplemented))])
        #expect(harness.finished == .some(.offsetNotSupported))
    }

    @Test func confirmationIsRepeatedUntilDataCome() throws {
        let harness = EngineHarness()
        let confirmation = try harness.establish(.read(3))
        harness.advance(.seconds(5))
        let sent = harness.chunks()
        #expect(sent.count >= 3)
        #expect(sent.allSatisfy { $0 == FullChunk(chunk: confirmation) })
        harness.deliverData([1], at: 0)
        #expect(harness.stored == [1])
    }

    @Test func silentDeviceIsGivenUp() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.advance(.milliseconds(7999))
        #expect(harness.finished == nil)
        let sent = harness.chunks()
        #expect((4...16).contains(sent.count))
        #expect(sent.allSatisfy { $0.chunk.kind == .parametersRetransmit && $0.chunk.offset == 1 })
        harness.advance(.milliseconds(1))
        #expect(harness.finished == .some(.deviceSilent))
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.deadlineExceeded))])
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
        _ = try harness.establish(Self.small(1000))
        for _ in 0..<200 where harness.finished == nil {
            harness.deliverData([5, 6], at: 4)
            harness.advance(.milliseconds(100))
        }
        #expect(harness.finished == .some(.noProgress))
        #expect(harness.now - .zero < .seconds(10))
    }

    @Test func offsetsThatOverflowAreGaps() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: .max)
        harness.deliverData([1, 2], at: .max - 1)
        #expect(harness.kinds().allSatisfy { $0 == .parametersRetransmit })
        #expect(harness.stored == [])
    }

    @Test func remainingBytesAreOnlyAHint() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliver(.data) { $0.remainingBytes = .max - 99 }
        let total = harness.engine.progress.total
        #expect(total == nil)
        harness.deliver(.data) { $0.remainingBytes = 5 }
        let believable = harness.engine.progress.total
        #expect(believable == 5)
        harness.deliverData([1], at: 0, isLast: true)
        #expect(harness.kinds() == [.completion])
    }

    @Test func deviceMayLowerTheWindow() throws {
        let harness = EngineHarness()
        _ = try harness.establish(Self.small(1000))
        harness.deliver(.data) { $0.windowEndOffset = 2000 }
        #expect(harness.chunks() == [FullChunk(chunk: Self.completion(.internal))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.invalidWindow)))
    }

    @Test func cancelledInEachState() throws {
        let opening = EngineHarness()
        try opening.engine.begin(.read(3), at: .zero)
        opening.engine.cancel(at: .zero)
        opening.advance(.seconds(1))
        #expect(opening.kinds() == [])

        let initiating = EngineHarness()
        _ = try initiating.begin(.read(3))
        initiating.engine.cancel(at: initiating.now)
        #expect(initiating.chunks() == [FullChunk(chunk: Self.completion(.cancelled))])
        initiating.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(initiating.chunks() == [FullChunk(chunk: Self.completion(.cancelled))])
        #expect(initiating.finished == .some(.cancelled))

        let active = EngineHarness()
        _ = try active.establish(.read(3))
        active.engine.cancel(at: active.now)
        #expect(active.chunks() == [FullChunk(chunk: Self.completion(.cancelled))])
        #expect(active.finished == nil)
        active.deliverData([1], at: 0)
        #expect(active.chunks() == [FullChunk(chunk: Self.completion(.cancelled))])
        active.deliver(.completionAck)
        #expect(active.finished == .some(.cancelled))
    }

    @Test func crossingCompletions() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        _ = harness.chunks()
        harness.deliver(.completion) { $0.status = Status.deadlineExceeded.rawValue }
        #expect(harness.kinds() == [.completionAck])
        #expect(harness.finished == .some(nil))
    }
}

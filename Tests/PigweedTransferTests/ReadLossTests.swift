import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

/// Reads in which chunks are missing, late or silent.
@Suite struct ReadLossTests {
    @Test func onlyWhatIsMissingIsAskedForAndOnlyOnce() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([5, 6], at: 4)
        let resume = EngineHarness.parameters(.parametersRetransmit, offset: 6, end: 1006)
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
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([5, 6], at: 4, isLast: true)
        #expect(harness.chunks().map(\.chunk.offset) == [0])
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

    @Test func aGapTooLargeForPiecesIsGoneBackTo() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 20000))
        harness.deliverData([1, 2], at: 0)
        harness.deliverData([3, 4], at: 1000)
        #expect(harness.chunks().map(\.chunk.offset) == [2])
        harness.deliverData([5, 6], at: 1002)
        #expect(harness.chunks() == [])
        harness.deliverData([3, 4], at: 2)
        #expect(harness.stored == [1, 2, 3, 4])
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

    @Test("pitfall 11: a lost final chunk is asked for by a retransmit at the expected offset")
    func lostFinalChunk() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2], at: 0)
        harness.advanceToTimeout()
        #expect(
            harness.chunks() == [
                FullChunk(chunk: EngineHarness.parameters(.parametersRetransmit, offset: 2, end: 1002))
            ])
        harness.deliverData([3], at: 2, isLast: true)
        #expect(harness.kinds() == [.completion])
    }

    @Test("pitfall 22: of partly overlapping data nothing is taken")
    func overlap() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([1, 2, 3, 4], at: 0)
        harness.deliverData([3, 4, 5, 6], at: 2)
        #expect(
            harness.chunks() == [
                FullChunk(chunk: EngineHarness.parameters(.parametersRetransmit, offset: 4, end: 1004))
            ])
        #expect(harness.stored == [1, 2, 3, 4])
    }

    @Test("pitfall 23: the same chunk again during recovery is answered again")
    func repeatedChunkInRecovery() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
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
        #expect(harness.chunks().map(\.chunk.offset).suffix(2) == [2, 8])
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
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.deadlineExceeded))])
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
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
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

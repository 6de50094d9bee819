import PigweedRPC
import Testing

@testable import PigweedTransfer

/// How reads end, and how chunks after the end are answered.
@Suite struct ReadEndTests {
    @Test("pitfall 1: late chunks of an ended session are answered with its status")
    func lateChunks() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.deliver(.completionAck)
        _ = harness.chunks()
        harness.deliverData([1], at: 0, isLast: true)
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.ok))])
        harness.deliver(.completion) { $0.status = 0 }
        #expect(harness.kinds() == [.completionAck])
        for _ in 0..<100 { harness.deliver(.completion) { $0.status = 0 } }
        let answers = harness.kinds().count
        #expect(answers < 20)
    }

    /// What the caller has is not yet on the disk before this event.
    @Test func anEmptyLastChunkIsHandedOutBeforeTheEndIsConfirmed() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: 0)
        harness.failsToStore = true
        harness.deliverData([], at: 2, isLast: true)
        #expect(harness.chunks().last?.chunk.status == Status.dataLoss.rawValue)
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

    @Test("pitfalls 12, 14: the final chunk again makes us complete again")
    func lostCompletion() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for _ in 0..<3 {
            harness.deliverData([1], at: 0, isLast: true)
            #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.ok))])
        }
        #expect(harness.stored == [1])
    }

    /// After a stall of the line, thousands of late chunks may arrive at once.
    @Test func aFloodOfLateChunksIsAnsweredAFewTimes() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for _ in 0..<1000 { harness.deliverData([1], at: 0, isLast: true) }
        #expect(harness.chunks().count == 64)
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(nil))
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

    @Test("pitfall 26: another protocol version in mid-transfer ends it")
    func versionChange() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.deliver(.data, session: nil) {
            $0.transferID = 3
            $0.offset = 1
        }
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.internal))])
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
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.dataLoss))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.storageFailed))
    }

    @Test func cancelledInEachState() throws {
        let opening = EngineHarness()
        var request = TransferRequest.read(3)
        request.version = .legacy
        try opening.engine.begin(request, at: .zero)
        opening.engine.cancel(at: .zero)
        opening.advance(.seconds(1))
        #expect(opening.kinds() == [])

        let initiating = EngineHarness()
        _ = try initiating.begin(.read(3))
        initiating.engine.cancel(at: initiating.now)
        #expect(initiating.chunks() == [FullChunk(chunk: EngineHarness.completion(.cancelled))])
        initiating.deliver(.startAck) { $0.protocolVersion = .version2 }
        #expect(initiating.chunks() == [FullChunk(chunk: EngineHarness.completion(.cancelled))])
        #expect(initiating.finished == .some(.cancelled))

        let active = EngineHarness()
        _ = try active.establish(.read(3))
        active.engine.cancel(at: active.now)
        #expect(active.chunks() == [FullChunk(chunk: EngineHarness.completion(.cancelled))])
        #expect(active.finished == nil)
        active.deliverData([1], at: 0)
        #expect(active.chunks() == [FullChunk(chunk: EngineHarness.completion(.cancelled))])
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

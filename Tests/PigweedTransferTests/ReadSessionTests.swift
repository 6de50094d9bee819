import PigweedRPC
import Testing

@testable import PigweedTransfer

/// The requests of a read, and its reactions to received chunks.
@Suite struct ReadSessionTests {
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

    @Test func anyNumberOfRetriesIsOne() throws {
        let harness = EngineHarness()
        var request = TransferRequest.read(3)
        request.retries = .max
        request.lifetimeRetries = .max
        _ = try harness.establish(request)
        harness.advance(.seconds(3600))
        #expect(harness.finished == nil)
        request.retries = .min
        request.lifetimeRetries = .min
        let impatient = EngineHarness()
        _ = try impatient.establish(request)
        impatient.advance(.seconds(3))
        #expect(impatient.finished == .some(.deviceSilent))
    }

    @Test func wholeSession() throws {
        let harness = EngineHarness()
        let confirmation = try harness.establish(TransferRequest.smallRead(window: 1000))
        var expected = EngineHarness.parameters(.startAckConfirmation, offset: 0, end: 1000)
        expected.protocolVersion = .version2
        #expect(confirmation == expected)

        harness.deliverData([UInt8](repeating: 1, count: 400), at: 0)
        #expect(harness.chunks() == [])
        harness.deliverData([UInt8](repeating: 2, count: 400), at: 400)
        #expect(
            harness.chunks() == [
                FullChunk(chunk: EngineHarness.parameters(.parametersContinue, offset: 800, end: 1800))
            ])
        harness.deliverData([UInt8](repeating: 3, count: 10), at: 800, isLast: true)
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.ok))])
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

    @Test("pitfall 17: no parameters that we send end before their offset")
    func windowNeverEndsBeforeItsOffset() throws {
        var request = TransferRequest.smallRead(window: 1)
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
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliverData([UInt8](repeating: 1, count: 900), at: 0, isLast: true)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored.count == 900)
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

    @Test("pitfall 25: more acknowledgements, one for each start, change nothing and keep the timer")
    func secondStartAcknowledgement() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for hasData in [false, true] {
            if hasData { harness.deliverData([1], at: 0) }
            let timeout = harness.engine.nextTimeout
            #expect(timeout != nil)
            harness.advance(.milliseconds(1))
            harness.deliver(.startAck) { $0.protocolVersion = .version2 }
            #expect(harness.chunks() == [])
            #expect(harness.engine.nextTimeout == timeout)
        }
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
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.unimplemented))])
        #expect(harness.finished == .some(.offsetNotSupported))
    }

    /// If the confirmation were sent again, a device that has it would go back to the beginning, and not every
    /// resource can.
    @Test func aDeviceThatDoesNotSendYetIsToldToGoOn() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.advance(.seconds(5))
        let sent = harness.chunks()
        #expect(sent.count >= 3)
        #expect(sent.allSatisfy { $0.chunk.kind == .parametersContinue && $0.chunk.offset == 0 })
        harness.deliverData([1], at: 0)
        #expect(harness.stored == [1])
    }

    /// A device that missed the confirmation takes the next chunks for the legacy protocol, and ends the session.
    @Test func aLostConfirmationBeginsTheReadAnewAndIsThenRepeated() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.advance(.seconds(1))
        _ = harness.chunks()
        var refusal = Chunk(.completion)
        refusal.transferID = EngineHarness.sessionID
        refusal.status = Status.internal.rawValue
        harness.deliver(refusal)
        #expect(harness.finished == nil)
        let start = try #require(harness.chunks().first?.chunk)
        #expect(start.kind == .start)
        harness.deliver(.startAck, session: start.desiredSessionID) { $0.protocolVersion = .version2 }
        let confirmation = try #require(harness.chunks().first)
        #expect(confirmation.chunk.kind == .startAckConfirmation)
        harness.advance(.seconds(5))
        let sent = harness.chunks()
        #expect(sent.count >= 3)
        #expect(sent.allSatisfy { $0 == confirmation })
    }

    @Test func remainingBytesAreOnlyAHint() throws {
        let harness = EngineHarness()
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
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
        _ = try harness.establish(TransferRequest.smallRead(window: 1000))
        harness.deliver(.data) { $0.windowEndOffset = 2000 }
        #expect(harness.chunks() == [FullChunk(chunk: EngineHarness.completion(.internal))])
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(.invalidWindow)))
    }
}

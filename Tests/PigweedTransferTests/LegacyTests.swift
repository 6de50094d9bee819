import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

@Suite struct LegacyTests {
    private func deliver(
        _ harness: EngineHarness, _ kind: Chunk.Kind?, resource: UInt32 = 3, data: [UInt8] = [],
        _ set: (inout Chunk) -> Void = { _ in }
    ) {
        var chunk = Chunk(kind)
        chunk.transferID = resource
        set(&chunk)
        harness.deliver(chunk, data: data)
    }

    private func legacy(_ request: TransferRequest) -> TransferRequest {
        var request = request
        request.version = .legacy
        return request
    }

    @Test(arguments: [ProtocolVersion?.none, .legacy])
    func read(_ choice: ProtocolVersion?) throws {
        var request = TransferRequest.read(3)
        request.window = 8
        request.version = choice
        let harness = EngineHarness()
        _ = try harness.begin(request)
        deliver(harness, .data, data: [1, 2, 3, 4])
        #expect(harness.started == .legacy)
        let sent = harness.chunks()
        #expect(sent.map { hex($0.chunk.encoded()) } == ["0803100818c0032804480c5003"])
        deliver(harness, .data, data: [5]) {
            $0.offset = 4
            $0.remainingBytes = 0
        }
        #expect(harness.chunks().map { hex($0.chunk.encoded()) } == ["080340005004"])
        #expect(harness.finished == .some(nil))
        #expect(harness.stored == [1, 2, 3, 4, 5])
    }

    /// Late answers to earlier requests would end the next session, which has the same id.
    @Test func whatCannotBeSentAgainIsReadOnceMoreWhenTheLineIsSilent() throws {
        let harness = EngineHarness()
        _ = try harness.begin(legacy(TransferRequest.smallRead(window: 6)))
        deliver(harness, .data, data: [1, 2])
        deliver(harness, .data, data: [5, 6]) { $0.offset = 4 }
        #expect(harness.kinds() == [.parametersRetransmit, .parametersRetransmit])
        for _ in 0..<2 {
            deliver(harness, .completion) { $0.status = Status.unimplemented.rawValue }
            #expect(harness.chunks() == [])
            #expect(harness.finished == nil)
        }
        harness.advanceToTimeout()
        #expect(harness.kinds() == [.start])
        deliver(harness, .data, data: [1, 2, 3])
        #expect(harness.stored == [1, 2, 3])
    }

    @Test(
        "pitfall 38: the first parameters of a legacy write are a continue",
        arguments: [
            ProtocolVersion?.none, .legacy,
        ])
    func write(_ choice: ProtocolVersion?) throws {
        var request = TransferRequest.write(7, size: 5)
        request.version = choice
        let harness = EngineHarness()
        let start = try harness.begin(request, source: Array("hello".utf8))
        if choice == .legacy { #expect(hex(start.encoded()) == "080750015807") }
        deliver(harness, .parametersContinue, resource: 7) {
            $0.pendingBytes = 900
            $0.windowEndOffset = 900
            $0.maxChunkSizeBytes = 450
        }
        #expect(harness.started == .legacy)
        let sent = harness.chunks()
        #expect(sent.map(\.data) == [Array("hello".utf8)])
        #expect(sent.map(\.chunk.sessionID) == [nil])
        #expect(sent.map(\.chunk.remainingBytes) == [0])
        deliver(harness, .completion, resource: 7) { $0.status = 0 }
        #expect(harness.chunks() == [])
        #expect(harness.finished == .some(nil))
    }

    /// Firmware before 2022-03 sends no kinds, and the last chunk of a read may be empty.
    @Test(arguments: [0, 3])
    func typelessDataOfOldFirmware(size: Int) throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        let data = [UInt8](repeating: 7, count: size)
        if size > 0 { deliver(harness, nil, data: data) }
        deliver(harness, nil) {
            $0.offset = UInt64(size)
            $0.remainingBytes = 0
        }
        #expect(harness.started == .legacy)
        #expect(harness.finished == .some(nil))
        #expect(harness.stored == data)
    }

    @Test func typelessParametersOfOldFirmware() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.write(7, size: 5), source: Array("hello".utf8))
        deliver(harness, nil, resource: 7) {
            $0.pendingBytes = 900
            $0.maxChunkSizeBytes = 450
        }
        #expect(harness.started == .legacy)
        #expect(harness.chunks().map(\.data) == [Array("hello".utf8)])
        deliver(harness, nil, resource: 7) {
            $0.pendingBytes = 900
            $0.offset = 3
        }
        #expect(harness.chunks().map(\.data) == [Array("lo".utf8)])
    }

    @Test func rejection() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(99))
        deliver(harness, .completion, resource: 99) { $0.status = 5 }
        #expect(harness.finished == .some(.device(.notFound)))
        #expect(harness.chunks() == [])
    }

    /// The device reports the deadline of an earlier transfer of the resource, or of this one after its answer and
    /// our repeats got lost.
    @Test(arguments: [ProtocolVersion?.none, .legacy])
    func deadlineOfATransferThatNeverBegan(_ choice: ProtocolVersion?) throws {
        var request = TransferRequest.read(3)
        request.version = choice
        let harness = EngineHarness()
        _ = try harness.begin(request)
        for _ in 0..<2 {
            deliver(harness, .completion) { $0.status = Status.deadlineExceeded.rawValue }
            #expect(harness.finished == nil)
            #expect(harness.kinds().last == .start)
        }
        deliver(harness, .completion) { $0.status = Status.deadlineExceeded.rawValue }
        #expect(harness.finished == .some(.device(.deadlineExceeded)))
    }

    @Test func versionTwoDemanded() throws {
        var request = TransferRequest.read(3)
        request.version = .version2
        let harness = EngineHarness()
        _ = try harness.begin(request)
        deliver(harness, .data, data: [1])
        #expect(harness.finished == .some(.onlyLegacySupported))
        #expect(harness.chunks().map(\.chunk.transferID) == [3])
        #expect(harness.stored == [])
    }

    @Test func offsetNeedsVersionTwo() throws {
        var request = TransferRequest.read(3)
        request.initialOffset = 10
        let harness = EngineHarness()
        _ = try harness.begin(request)
        deliver(harness, .data, data: [1])
        #expect(harness.finished == .some(.offsetNotSupported))
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored == [])
    }

    @Test func notPossibleInLegacy() {
        var offset = legacy(.read(3))
        offset.initialOffset = 1
        for request in [legacy(.read(0)), offset] {
            let harness = EngineHarness()
            #expect(throws: TransferFailure.notPossibleInLegacy) {
                try harness.engine.begin(request, at: .zero)
            }
        }
    }

    @Test func resourceZeroOfALegacyDevice() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(0))
        deliver(harness, .data, resource: 0, data: [1])
        #expect(harness.finished == .some(.notPossibleInLegacy))
        #expect(harness.kinds() == [.completion])
    }

    @Test func gapAtTheBeginningIsGoneBackTo() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        deliver(harness, .data, data: [3, 4]) { $0.offset = 2 }
        #expect(harness.chunks().map(\.chunk.offset) == [0])
        deliver(harness, .data, data: [1, 2, 3])
        #expect(harness.stored == [1, 2, 3])
    }

    @Test func otherResourcesAreIgnored() throws {
        let harness = EngineHarness()
        _ = try harness.begin(legacy(.read(3)))
        deliver(harness, .data, resource: 4, data: [1])
        #expect(harness.started == nil)
        #expect(harness.stored == [])
    }

    @Test func lostStartIsRepeated() throws {
        let harness = EngineHarness()
        let start = try harness.begin(legacy(.read(3)))
        harness.advance(.seconds(4))
        #expect(harness.chunks() == [FullChunk(chunk: start)])
    }

    @Test func cancelled() throws {
        let harness = EngineHarness()
        _ = try harness.begin(legacy(.read(3)))
        deliver(harness, .data, data: [1])
        harness.engine.cancel(at: harness.now)
        #expect(harness.chunks().map { hex($0.chunk.encoded()) } == ["080340015004"])
        harness.advance(.zero)
        #expect(harness.engine.isIdle == true)
    }
}

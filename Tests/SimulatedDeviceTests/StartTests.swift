import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import Testing

private let text = Array("The quick brown fox jumps over the lazy dog".utf8)

private func makeBench(
    _ configuration: DeviceConfiguration = DeviceConfiguration(),
    writeStorage: MemoryResource = MemoryResource()
) -> Bench {
    Bench(
        configuration,
        [
            DeviceResource(id: 0, storage: MemoryResource([1, 2, 3])),
            DeviceResource(id: 3, isWritable: false, storage: MemoryResource(text)),
            DeviceResource(id: 4, supportsOffset: false, storage: MemoryResource(text)),
            DeviceResource(id: 6, isReadable: false, storage: writeStorage),
            DeviceResource(id: 8, storage: MemoryResource()),
        ])
}

/// The answers to a `START`.
@Suite struct StartTests {
    @Test func grantsTheOffset() {
        var bench = makeBench()
        bench.open(.read)
        var expected = Chunk.session(.startAck)
        expected.resourceID = 3
        expected.protocolVersion = .version2
        expected.initialOffset = 7
        let answer = bench.send(.read, .start(resource: 3, offset: 7))
        #expect(answer == [SentChunk(expected)])
    }

    struct Refusal: Sendable, CustomStringConvertible {
        var description: String
        var direction: Direction
        var resource: UInt32
        var offset: UInt64 = 0
        var status: Status
        var hasResource = true
    }

    static let refusals = [
        Refusal(
            description: "unknown resource", direction: .read, resource: 99, status: .notFound,
            hasResource: false),
        Refusal(description: "read-only", direction: .write, resource: 3, status: .permissionDenied),
        Refusal(description: "write-only", direction: .read, resource: 6, status: .permissionDenied),
        Refusal(
            description: "read without offsets", direction: .read, resource: 4, offset: 1,
            status: .unimplemented),
        Refusal(
            description: "write without offsets", direction: .write, resource: 4, offset: 1,
            status: .unimplemented),
        Refusal(
            description: "read behind the end", direction: .read, resource: 3, offset: 44,
            status: .resourceExhausted),
        Refusal(
            description: "write behind the end", direction: .write, resource: 0, offset: 4,
            status: .resourceExhausted),
        Refusal(description: "nothing to read", direction: .read, resource: 8, status: .dataLoss),
    ]

    @Test(arguments: refusals)
    func refuses(_ refusal: Refusal) {
        var bench = makeBench()
        bench.open(refusal.direction)
        var expected = Chunk.session(.completion, status: refusal.status)
        let first = bench.send(
            refusal.direction, .start(resource: refusal.resource, offset: refusal.offset))
        if refusal.hasResource { expected.resourceID = refusal.resource }
        #expect(first == [SentChunk(expected)])

        // A session that was prepared answers everything with its status (rule 6).
        let second = bench.send(refusal.direction, .session(.completionAck))
        let repeated = Chunk.session(.completion, status: refusal.status)
        #expect(second == (refusal.hasResource ? [SentChunk(repeated)] : []))
        let third = bench.send(refusal.direction, .session(.completion, status: .ok))
        #expect(third.isEmpty)
    }

    @Test func legacyStartOfAnUnknownResource() {
        var bench = makeBench()
        bench.open(.read)
        let answer = bench.send(.read, .legacyStart(resource: 99, windowEnd: 100))
        #expect(answer == [SentChunk(.transfer(.completion, 99, status: .notFound))])
    }

    @Test func startWithSessionInsteadOfDesiredSession() {
        var bench = makeBench()
        bench.open(.read)
        var start = Chunk.start(resource: 3)
        start.desiredSessionID = nil
        start.sessionID = 5
        let answer = bench.send(.read, start)
        #expect(answer == [SentChunk(.session(.completion, 5, status: .dataLoss))])
    }

    @Test(arguments: [Direction.read, .write], [true, false])
    func startWithData(direction: Direction, isLegacy: Bool) {
        var bench = makeBench()
        bench.open(direction)
        let start = isLegacy ? Chunk.legacyStart(resource: 6, windowEnd: 100) : .start(resource: 6)
        let answer = bench.send(direction, start, data: [1, 2, 3])
        let expected =
            isLegacy
            ? Chunk.transfer(.completion, 6, status: .invalidArgument)
            : .session(.completion, status: .invalidArgument)
        #expect(answer == [SentChunk(expected)])
        let events = bench.events()
        #expect(!events.contains { if case .started = $0 { true } else { false } })
    }

    @Test func contextsRunOutUntilTheStreamIsReopened() {
        var bench = makeBench()
        bench.open(.read)
        for session: UInt32 in 1...3 {
            let answer = bench.send(.read, .start(resource: 3, session: session))
            #expect(answer.first?.chunk.kind == .startAck)
        }
        let refused = bench.send(.read, .start(resource: 3, session: 4))
        #expect(refused == [SentChunk(.session(.completion, 4, status: .resourceExhausted))])

        // No timer runs between START_ACK and its confirmation.
        let silence = bench.wait(.seconds(3600))
        #expect(silence.isEmpty)
        bench.callID = 2
        bench.open(.read)
        let granted = bench.send(.read, .start(resource: 3, session: 5))
        #expect(granted.first?.chunk.kind == .startAck)
    }

    @Test func repeatedStartLacksTheOffset() {
        var bench = makeBench()
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 3, offset: 7))
        let again = bench.send(.read, .start(resource: 3, offset: 7))
        #expect(again.first?.chunk.kind == .startAck)
        #expect(again.first?.chunk.initialOffset == 0)
        let data = bench.send(.read, .session(.startAckConfirmation, offset: 7, windowEnd: 1000))
        #expect(data.first?.data == Array(text[7...]))
        let starts = bench.events().filter { if case .started = $0 { true } else { false } }
        #expect(starts.count == 1)
    }

    @Test func startOfAnActiveSessionBeginsItAnew() {
        let storage = MemoryResource()
        var bench = makeBench(writeStorage: storage)
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 6))
        _ = bench.send(.write, .session(.startAckConfirmation))
        _ = bench.send(.write, .session(.data), data: text)
        let answer = bench.send(.write, .start(resource: 6))
        #expect(answer.first?.chunk.kind == .startAck)
        let aborted = bench.events().contains {
            if case .ended(_, .aborted, offset: 43) = $0 { true } else { false }
        }
        #expect(aborted)
        #expect(storage.content == nil)
    }

    @Test func sessionsOfBothDirectionsShareTheirIDs() {
        var bench = makeBench()
        bench.open(.write)
        bench.open(.read)
        _ = bench.send(.write, .start(resource: 6))
        let answer = bench.send(
            Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1),
            payload: SentChunk(.start(resource: 3)).message)
        #expect(answer.map(\.packet.method) == [TransferService.write])
        #expect(answer.first?.chunk?.chunk.resourceID == 6)
    }

    @Test func sessionZeroCannotBeUsed() {
        var bench = makeBench()
        bench.open(.read)
        let answer = bench.send(.read, .start(resource: 3, session: 0))
        #expect(answer.map(\.chunk.kind) == [.startAck])
        #expect(answer.first?.chunk.sessionID == nil)
        let silence = bench.send(.read, .session(.startAckConfirmation, 0, windowEnd: 100))
        #expect(silence.isEmpty)
    }

    /// Chunks that are dropped without an answer.
    static let dropped: [[UInt8]] = [
        // In this order: protocol version 3, version 0, both kinds of session id, an offset of 33 bits, garbage.
        [0x70, 0x01, 0x58, 0x03, 0x68, 0x03, 0x50, 0x01],
        [0x70, 0x01, 0x58, 0x03, 0x68, 0x00, 0x50, 0x01],
        [0x70, 0x01, 0x60, 0x01, 0x58, 0x03, 0x68, 0x02, 0x50, 0x01],
        [0x70, 0x01, 0x58, 0x03, 0x68, 0x02, 0x50, 0x01, 0x78, 0x80, 0x80, 0x80, 0x80, 0x10],
        [0xFF, 0xFF, 0xFF],
    ]

    @Test(arguments: dropped)
    func isDropped(_ message: [UInt8]) {
        var bench = makeBench()
        bench.open(.read)
        let answer = bench.send(
            Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1), payload: message)
        #expect(answer.isEmpty)
    }

    @Test func emptyPayloadStartsALegacyTransferOfResourceZero() {
        var bench = makeBench()
        bench.open(.write)
        let answer = bench.send(
            Packet(.clientStream, channel: 1, method: TransferService.write, callID: 1))
        #expect(answer.first?.payload.prefix(2) == [0x50, 0x03])
        #expect(answer.first?.chunk?.chunk.windowEndOffset == 900)
    }

    @Test func resourceZeroWorks() {
        var bench = makeBench()
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 0))
        let data = bench.send(.read, .session(.startAckConfirmation, windowEnd: 100))
        #expect(data.first?.data == [1, 2, 3])
    }

    @Test func slowPreparationAnswersEachQueuedStart() {
        var configuration = DeviceConfiguration()
        configuration.prepareDelay = .seconds(3)
        var bench = makeBench(configuration)
        bench.open(.read)
        var early = bench.send(.read, .start(resource: 3))
        // This start waits two seconds for the transfer thread and is dropped; the later ones are still waiting.
        early += bench.wait(.milliseconds(500)) + bench.send(.read, .start(resource: 3))
        early += bench.wait(.milliseconds(1700)) + bench.send(.read, .start(resource: 3))
        early += bench.wait(.milliseconds(600)) + bench.send(.read, .start(resource: 3))
        #expect(early.isEmpty)
        let answers = bench.wait(.seconds(1))
        #expect(answers.map(\.chunk.kind) == [.startAck, .startAck, .startAck])
    }

    @Test func firmwareWithoutVersion2TakesAStartForALegacyOne() {
        var configuration = DeviceConfiguration()
        configuration.legacyOnly = true
        var bench = makeBench(configuration)
        bench.open(.read)
        var start = Chunk.start(resource: 3)
        start.windowEndOffset = 1000
        let answer = bench.send(.read, start)
        #expect(answer.map(\.chunk) == [.transfer(.data, 3, remaining: 0)])
        #expect(answer.first?.data == text)
    }
}

/// Chunks that only a broken client sends: real firmware aborts, the simulated device reboots.
@Suite struct CrashTests {
    struct Case: Sendable, CustomStringConvertible {
        var reason: CrashReason
        var chunk: Chunk
        var data: [UInt8] = []
        var description: String { "\(reason)" }
    }

    static let cases: [Case] = {
        var withoutResource = Chunk.start(resource: 3, session: 2)
        withoutResource.resourceID = nil
        var withoutType = Chunk.session(.data)
        withoutType.kind = nil
        return [
            Case(reason: .startWithoutResource, chunk: withoutResource),
            Case(reason: .chunkWithoutType, chunk: withoutType),
            Case(reason: .completionWithoutStatus, chunk: .session(.completion)),
            Case(reason: .completionAckInHandshake, chunk: .session(.completionAck)),
            Case(
                reason: .chunkLargerThanBuffer, chunk: .session(.data),
                data: [UInt8](repeating: 0, count: 478)),
        ]
    }()

    @Test(arguments: cases)
    func crashes(_ example: Case) {
        var bench = makeBench()
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 3))
        _ = bench.events()
        let answer = bench.send(.read, example.chunk, data: example.data)
        #expect(answer.isEmpty)
        let events = bench.events()
        #expect(events == [.crashed(example.reason)])
        let lost = bench.send(
            Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1))
        #expect(lost.first?.packet.status == .failedPrecondition)
    }
}

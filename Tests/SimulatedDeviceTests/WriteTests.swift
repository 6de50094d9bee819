import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import Testing

/// The device as receiver.
@Suite struct WriteTests {
    private static let chunk = [UInt8](repeating: 9, count: 450)

    private static func makeBench(
        _ storage: MemoryResource = MemoryResource(), window: UInt32 = 1024, retries: Int = 0
    ) -> Bench {
        var configuration = DeviceConfiguration()
        configuration.window = window
        configuration.retries = retries
        var bench = Bench(configuration, [DeviceResource(id: 7, storage: storage)])
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 7))
        return bench
    }

    private static func parameters(
        _ kind: Chunk.Kind, offset: UInt64, windowEnd: UInt32, max: UInt32 = 450
    ) -> SentChunk {
        var chunk = Chunk.session(kind, offset: offset, windowEnd: windowEnd, max: max)
        chunk.minDelayMicroseconds = 2000
        return SentChunk(chunk)
    }

    @Test func windowGrowsAsInTheReference() {
        var bench = Self.makeBench()
        var answers = bench.send(.write, .session(.startAckConfirmation))
        for offset in stride(from: UInt64(0), to: 1800, by: 450) {
            answers += bench.send(.write, .session(.data, offset: offset), data: Self.chunk)
        }
        #expect(
            answers == [
                Self.parameters(.parametersRetransmit, offset: 0, windowEnd: 450),
                Self.parameters(.parametersContinue, offset: 450, windowEnd: 1350),
                Self.parameters(.parametersContinue, offset: 900, windowEnd: 1800),
                Self.parameters(.parametersContinue, offset: 1350, windowEnd: 2250),
                Self.parameters(.parametersContinue, offset: 1800, windowEnd: 2700),
            ])
    }

    @Test func windowSmallerThanAChunk() {
        var bench = Self.makeBench(window: 100)
        let answer = bench.send(.write, .session(.startAckConfirmation))
        #expect(answer == [Self.parameters(.parametersRetransmit, offset: 0, windowEnd: 100)])
    }

    /// The chunk size follows from the chunk buffer and the session id.
    @Test(arguments: [(48, 123, 21), (64, 7, 37), (256, 123, 226), (480, 1, 450)] as [(Int, UInt32, UInt32)])
    func chunkSizeFromTheBuffer(buffer: Int, session: UInt32, expected: UInt32) {
        var bench = Bench(
            DeviceConfiguration(chunkBuffer: buffer), [DeviceResource(id: 7, storage: MemoryResource())])
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 7, session: session))
        let answer = bench.send(.write, .session(.startAckConfirmation, session))
        #expect(answer.first?.chunk.maxChunkSizeBytes == expected)
    }

    @Test func gapIsAskedForOnce() {
        var bench = Self.makeBench(window: 4000)
        _ = bench.send(.write, .session(.startAckConfirmation))
        _ = bench.send(.write, .session(.data), data: Self.chunk)
        let gap = bench.send(.write, .session(.data, offset: 900), data: Self.chunk)
        #expect(gap == [Self.parameters(.parametersRetransmit, offset: 450, windowEnd: 900)])
        let rest = bench.send(.write, .session(.data, offset: 1350), data: Self.chunk)
        #expect(rest.isEmpty)
        // The same chunk comes again, because the client repeats it.
        let repeated = bench.send(.write, .session(.data, offset: 1350), data: Self.chunk)
        #expect(repeated == [Self.parameters(.parametersRetransmit, offset: 450, windowEnd: 900)])
        let filled = bench.send(.write, .session(.data, offset: 450), data: Self.chunk)
        #expect(filled == [Self.parameters(.parametersContinue, offset: 900, windowEnd: 1800)])
    }

    @Test func duplicateShrinksTheWindow() {
        var bench = Self.makeBench(window: 4000)
        _ = bench.send(.write, .session(.startAckConfirmation))
        _ = bench.send(.write, .session(.data), data: Self.chunk)
        let duplicate = bench.send(.write, .session(.data), data: Self.chunk)
        #expect(duplicate == [Self.parameters(.parametersContinue, offset: 450, windowEnd: 900)])
    }

    @Test func overlapAndTooMuchDataAreRefused() {
        var bench = Self.makeBench(window: 4000)
        _ = bench.send(.write, .session(.startAckConfirmation))
        _ = bench.send(.write, .session(.data), data: Self.chunk)
        let overlap = bench.send(.write, .session(.data, offset: 300), data: Self.chunk)
        #expect(overlap == [Self.parameters(.parametersRetransmit, offset: 450, windowEnd: 900)])
        _ = bench.send(.write, .session(.data, offset: 450), data: Array(Self.chunk.prefix(10)))
        let tooMuch = bench.send(.write, .session(.data, offset: 460), data: Self.chunk)
        #expect(tooMuch == [Self.parameters(.parametersRetransmit, offset: 460, windowEnd: 910)])
    }

    @Test(arguments: [(UInt32(400), false), (450, false), (500, false), (449, true)])
    func windowEndInADataChunk(windowEnd: UInt32, isAdopted: Bool) {
        var bench = Self.makeBench()
        _ = bench.send(.write, .session(.startAckConfirmation))
        let size = isAdopted ? 440 : windowEnd == 450 ? 450 : 420
        let answer = bench.send(
            .write, .session(.data, windowEnd: windowEnd), data: Array(Self.chunk.prefix(size)))
        let isRefused = answer.first?.chunk.status == Status.internal.rawValue
        #expect(isRefused == (windowEnd == 400 || windowEnd == 500))
    }

    @Test func repeatedConfirmation() {
        var bench = Self.makeBench()
        let first = bench.send(.write, .session(.startAckConfirmation))
        let second = bench.send(.write, .session(.startAckConfirmation))
        #expect(first == second)
        _ = bench.send(.write, .session(.data), data: Self.chunk)
        let third = bench.send(.write, .session(.startAckConfirmation))
        #expect(third == [Self.parameters(.parametersRetransmit, offset: 450, windowEnd: 900)])
    }

    @Test(arguments: [true, false])
    func confirmationOfAnOffsetWrite(hasOffset: Bool) {
        let storage = MemoryResource([UInt8](repeating: 1, count: 100))
        var bench = Bench(DeviceConfiguration(), [DeviceResource(id: 7, storage: storage)])
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 7, offset: 100))
        let answer = bench.send(.write, .session(.startAckConfirmation, offset: hasOffset ? 100 : 0))
        #expect(answer == [Self.parameters(.parametersRetransmit, offset: 100, windowEnd: 550)])
        let end = bench.send(.write, .session(.data, offset: 100, remaining: 0), data: [2])
        #expect(end == [SentChunk(.session(.completion, status: .ok))])
        #expect(storage.content == [UInt8](repeating: 1, count: 100) + [2])
    }

    @Test func smallStorageClosesTheWindow() {
        let storage = MemoryResource(capacity: 100)
        var bench = Self.makeBench(storage)
        let first = bench.send(.write, .session(.startAckConfirmation))
        #expect(first == [Self.parameters(.parametersRetransmit, offset: 0, windowEnd: 100)])
        let full = bench.send(.write, .session(.data), data: Array(Self.chunk.prefix(100)))
        #expect(full == [Self.parameters(.parametersContinue, offset: 100, windowEnd: 100)])
    }

    @Test(arguments: [false, true])
    func finalChunk(failsToFinish: Bool) {
        let storage = MemoryResource([5])
        storage.failsToFinish = failsToFinish
        var bench = Self.makeBench(storage)
        _ = bench.send(.write, .session(.startAckConfirmation))
        #expect(storage.content == [5])
        let end = bench.send(.write, .session(.data, remaining: 0), data: [1, 2])
        let status: Status = failsToFinish ? .dataLoss : .ok
        let completion = SentChunk(.session(.completion, status: status))
        #expect(end == [completion])
        #expect(storage.content == (failsToFinish ? [5] : [1, 2]))

        let again = bench.send(.write, .session(.data, remaining: 0), data: [1, 2])
        #expect(again == [completion])
        let acknowledged = bench.send(.write, .session(.completionAck))
        #expect(acknowledged.isEmpty)
        let forgotten = bench.send(.write, .session(.data, remaining: 0), data: [1, 2])
        #expect(forgotten.isEmpty)
    }

    @Test func lostAcknowledgementHoldsTheContext() {
        var configuration = DeviceConfiguration()
        configuration.contexts = 1
        var bench = Bench(configuration, [DeviceResource(id: 7, storage: MemoryResource())])
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 7))
        _ = bench.send(.write, .session(.startAckConfirmation))
        _ = bench.send(.write, .session(.data, remaining: 0))
        let refused = bench.send(.write, .start(resource: 7, session: 2))
        #expect(refused == [SentChunk(.session(.completion, 2, status: .resourceExhausted))])
        _ = bench.wait(.seconds(10))
        let granted = bench.send(.write, .start(resource: 7, session: 2))
        #expect(granted.map(\.chunk.kind) == [.startAck])
    }

    @Test(arguments: [0, 2])
    func silenceOfTheClient(retries: Int) {
        let storage = MemoryResource()
        var bench = Self.makeBench(storage, retries: retries)
        _ = bench.send(.write, .session(.startAckConfirmation))
        let all = bench.wait(.seconds(100))
        let repeats = [SentChunk](
            repeating: Self.parameters(.parametersRetransmit, offset: 0, windowEnd: 450), count: retries)
        #expect(all == repeats + [SentChunk(.session(.completion, status: .deadlineExceeded))])
        #expect(storage.content == nil)
    }

    @Test func remainingBytesInTheConfirmationEndTheTransfer() {
        let storage = MemoryResource()
        var bench = Self.makeBench(storage)
        let end = bench.send(.write, .session(.startAckConfirmation, remaining: 0))
        #expect(end == [SentChunk(.session(.completion, status: .ok))])
        #expect(storage.content == [])
    }

    @Test func emptyLegacyWriteStartsTwice() {
        let storage = MemoryResource()
        var bench = Bench(DeviceConfiguration(), [DeviceResource(id: 7, storage: storage)])
        bench.open(.write)
        _ = bench.send(.write, .legacyStart(resource: 7))
        let end = bench.send(.write, .transfer(.data, 7, remaining: 0))
        #expect(end == [SentChunk(.transfer(.completion, 7, status: .ok))])
        #expect(storage.content == [])
        let ended = bench.events().compactMap { event -> Status? in
            if case .ended(_, let status, _) = event { status } else { nil }
        }
        #expect(ended == [.aborted, .ok])
    }

    @Test func typelessLegacyWrite() {
        let storage = MemoryResource()
        var bench = Bench(DeviceConfiguration(), [DeviceResource(id: 7, storage: storage)])
        bench.open(.write)
        let first = bench.send(.write, .transfer(nil, 7))
        #expect(first.map(\.chunk.kind) == [.parametersContinue])
        let end = bench.send(.write, .transfer(nil, 7, remaining: 0), data: [1])
        #expect(end == [SentChunk(.transfer(.completion, 7, status: .ok))])
        #expect(storage.content == [1])
    }
}

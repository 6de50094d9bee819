import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing

/// The device as transmitter.
@Suite struct ReadTests {
    private static let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    /// A device in a read, after the handshake.
    private static func makeBench(
        _ configuration: DeviceConfiguration = DeviceConfiguration(), size: Int = 1000
    ) -> Bench {
        var bench = Bench(
            configuration, [DeviceResource(id: 3, storage: MemoryResource(Array(content.prefix(size))))])
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 3))
        return bench
    }

    private static func offsets(_ chunks: [SentChunk]) -> [UInt64] { chunks.map(\.chunk.offset) }

    private static func confirmation(
        offset: UInt64 = 0, windowEnd: UInt32, max: UInt32? = 100, delay: UInt32? = nil
    ) -> Chunk {
        var chunk = Chunk.session(.startAckConfirmation, offset: offset, windowEnd: windowEnd, max: max)
        chunk.minDelayMicroseconds = delay
        return chunk
    }

    @Test(arguments: [(nil, 2000), (5000, 5000), (0, 0)] as [(UInt32?, Int64)])
    func keepsThePause(delay: UInt32?, microseconds: Int64) {
        var bench = Self.makeBench()
        let first = bench.send(.read, Self.confirmation(windowEnd: 300, delay: delay))
        if microseconds == 0 {
            #expect(Self.offsets(first) == [0, 100, 200])
            return
        }
        #expect(Self.offsets(first) == [0])
        let early = bench.wait(.microseconds(microseconds) - .nanoseconds(1))
        #expect(early.isEmpty)
        let second = bench.wait(.nanoseconds(1))
        #expect(Self.offsets(second) == [100])
    }

    /// Only parameters with another offset end the read (protocol: CONTINUE as a probe).
    @Test func aResourceThatCannotSeek() {
        var configuration = DeviceConfiguration()
        configuration.canSeek = false
        var bench = Self.makeBench(configuration)
        let first = bench.send(.read, Self.confirmation(windowEnd: 200, delay: 0))
        #expect(Self.offsets(first) == [0, 100])
        let further = bench.send(.read, .session(.parametersContinue, offset: 100, windowEnd: 300, max: 100))
        #expect(Self.offsets(further) == [200])
        let there = bench.send(.read, .session(.parametersRetransmit, offset: 300, windowEnd: 400, max: 100))
        #expect(Self.offsets(there) == [300])
        let back = bench.send(.read, .session(.parametersRetransmit, offset: 300, windowEnd: 400, max: 100))
        #expect(back.map(\.chunk.kind) == [.completion])
        #expect(back.map(\.chunk.status) == [Status.unimplemented.rawValue])
    }

    @Test func aResourceThatCannotSeekInSilence() {
        var configuration = DeviceConfiguration()
        configuration.canSeek = false
        configuration.retries = 2
        var bench = Self.makeBench(configuration)
        _ = bench.send(.read, Self.confirmation(windowEnd: 200, delay: 0))
        let word = bench.wait(configuration.chunkTimeout)
        #expect(word.map(\.chunk.status) == [Status.deadlineExceeded.rawValue])
    }

    /// Until the write to a full queue returns, the device makes no chunk and handles no packet. Then the pause begins.
    @Test func standsInAWriteToAFullQueue() {
        var bench = Self.makeBench()
        let first = bench.send(.read, Self.confirmation(windowEnd: 1000, delay: 2000))
        #expect(Self.offsets(first) == [0])
        bench.device.standInWrite(until: bench.now + .milliseconds(30), at: bench.now)
        #expect(bench.device.nextTimeout == bench.now + .milliseconds(30))
        let none = bench.wait(.milliseconds(20))
        #expect(none == [])
        let unheard = bench.send(
            .read, .session(.parametersRetransmit, offset: 500, windowEnd: 1000, max: 100))
        #expect(unheard == [])
        let answer = bench.wait(.milliseconds(10))
        #expect(Self.offsets(answer) == [500])
        bench.device.standInWrite(until: bench.now + .milliseconds(30), at: bench.now)
        let paused = bench.wait(.microseconds(29_999))
        #expect(paused == [])
        let stillPaused = bench.wait(.milliseconds(1))
        #expect(stillPaused == [])
    }

    /// One chunk leaves in each millisecond. The ninth waiting chunk is one too many, and the device's error comes
    /// after the others.
    @Test func aSlowOutputPassesOnItsQueueInOrder() {
        var configuration = DeviceConfiguration()
        configuration.outputTime = .milliseconds(1)
        var bench = Self.makeBench(configuration)
        let atOnce = bench.send(.read, Self.confirmation(windowEnd: 1000, delay: 0))
        #expect(atOnce.isEmpty)
        for index in 0..<8 {
            let early = bench.wait(.milliseconds(1) - .nanoseconds(1))
            #expect(early.isEmpty)
            let chunks = bench.wait(.nanoseconds(1))
            #expect(chunks.first?.chunk.offset == UInt64(100 * index))
            #expect(chunks.dropFirst().map(\.chunk.status) == (index == 7 ? [Status.dataLoss.rawValue] : []))
        }
    }

    @Test func aSlowOutputKeepsUpWithThePauseOfTheDevice() {
        var configuration = DeviceConfiguration()
        configuration.outputTime = .milliseconds(1)
        var bench = Self.makeBench(configuration)
        _ = bench.send(.read, Self.confirmation(windowEnd: 1000))
        let chunks = bench.wait(.milliseconds(2) * 9 + .milliseconds(1))
        #expect(Self.offsets(chunks) == (0..<10).map { UInt64($0 * 100) })
    }

    @Test func producesNoDataBeforeTheLastIsTaken() {
        var bench = Self.makeBench()
        let packet = Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1)
        let message = SentChunk(Self.confirmation(windowEnd: 1000, delay: 0)).message
        bench.device.receive(frame(packet, payload: message).span, at: .zero)
        bench.device.handleTimeout(at: .zero)
        let blocked = bench.device.nextTimeout
        #expect(blocked == nil)
        var bytes: [UInt8] = []
        bench.device.transmit(into: &bytes)
        let chunks = SentPacket.all(in: bytes).compactMap(\.chunk)
        #expect(Self.offsets(chunks) == [0])
        let due = bench.device.nextTimeout
        #expect(due == .zero)
    }

    @Test func retransmitGoesToItsOffsetEachTime() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 300, delay: 0))
        for _ in 0..<2 {
            let back = bench.send(.read, .session(.parametersRetransmit, offset: 100, windowEnd: 300))
            #expect(Self.offsets(back) == [100, 200])
        }
        let ahead = bench.send(.read, .session(.parametersRetransmit, offset: 700, windowEnd: 800))
        #expect(Self.offsets(ahead) == [700])
        let confirmed = bench.send(.read, Self.confirmation(windowEnd: 200))
        #expect(Self.offsets(confirmed) == [0, 100])
    }

    @Test func continueOnlyExtends() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 300, delay: 0))
        let old = bench.send(.read, .session(.parametersContinue, offset: 100, windowEnd: 300))
        #expect(old.isEmpty)
        let new = bench.send(.read, .session(.parametersContinue, offset: 100, windowEnd: 450))
        #expect(Self.offsets(new) == [300, 400])
        #expect(new.last?.data.count == 50)
    }

    @Test func oldContinueStallsATransmission() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 300))
        _ = bench.send(.read, .session(.parametersContinue, windowEnd: 50))
        let stalled = bench.wait(.milliseconds(9999))
        #expect(stalled.isEmpty)
        let resumed = bench.wait(.milliseconds(10))
        #expect(Self.offsets(resumed) == [100, 200])
    }

    @Test(arguments: [
        // The window is empty with data left, or the offset is beyond the end, or everything was already sent.
        (UInt64(500), UInt32(500), Status?.some(.resourceExhausted)), (1001, 1200, .internal),
        (1000, 1000, nil),
    ])
    func edgesOfRetransmit(offset: UInt64, windowEnd: UInt32, status: Status?) {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 100))
        let answer = bench.send(
            .read, .session(.parametersRetransmit, offset: offset, windowEnd: windowEnd))
        let expected: Chunk =
            status.map { .session(.completion, status: $0) } ?? .session(.data, offset: 1000, remaining: 0)
        #expect(answer == [SentChunk(expected)])
    }

    @Test func windowBelowTheOffsetHasNoFlowControl() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 100, delay: 0))
        let flood = bench.send(.read, .session(.parametersRetransmit, offset: 500, windowEnd: 400))
        #expect(Self.offsets(flood) == [500, 600, 700, 800, 900])
    }

    @Test func pendingBytesOverrideTheWindowEnd() {
        var bench = Self.makeBench()
        var confirmation = Self.confirmation(windowEnd: 900)
        confirmation.pendingBytes = 100
        _ = bench.send(.read, confirmation)
        let silence = bench.wait(.seconds(1))
        #expect(silence.isEmpty)
    }

    @Test(arguments: [true, false])
    func endsWithTheFinalChunk(announcesSize: Bool) {
        var configuration = DeviceConfiguration()
        configuration.announcesSize = announcesSize
        var bench = Self.makeBench(configuration, size: 150)
        let sent = bench.send(.read, Self.confirmation(windowEnd: 1000, delay: 0))
        #expect(sent.map(\.data.count) == (announcesSize ? [100, 50] : [100, 50, 0]))
        #expect(sent.map(\.chunk.remainingBytes) == (announcesSize ? [50, 0] : [nil, nil, 0]))

        // Each later CONTINUE is answered with another final chunk.
        for windowEnd: UInt32 in [2000, 2000, 3000] {
            let final = bench.send(.read, .session(.parametersContinue, offset: 150, windowEnd: windowEnd))
            #expect(final == [SentChunk(.session(.data, offset: 150, remaining: 0))])
        }
        let ack = bench.send(.read, .session(.completion, status: .ok))
        #expect(ack == [SentChunk(.session(.completionAck))])
        let repeated = bench.send(.read, .session(.completion, status: .ok))
        #expect(repeated.isEmpty)
    }

    @Test func emptyResource() {
        var bench = Self.makeBench(size: 0)
        let sent = bench.send(.read, Self.confirmation(windowEnd: 1000))
        #expect(sent == [SentChunk(.session(.data, remaining: 0))])
    }

    @Test(arguments: [0, 2])
    func silenceOfTheClient(retries: Int) {
        var configuration = DeviceConfiguration()
        configuration.retries = retries
        var bench = Self.makeBench(configuration)
        _ = bench.send(.read, Self.confirmation(windowEnd: 200, delay: 0))
        let all = bench.wait(.seconds(100))
        let expected = [SentChunk](
            repeating: SentChunk(
                .session(.data, offset: 100, remaining: 800), data: Array(Self.content[100..<200])),
            count: retries)
        #expect(all == expected + [SentChunk(.session(.completion, status: .deadlineExceeded))])
        let forgotten = bench.send(.read, .session(.parametersRetransmit, windowEnd: 100))
        #expect(forgotten.isEmpty)
    }

    @Test func missingConfirmationIsTakenForALegacyClient() {
        var bench = Self.makeBench()
        let answer = bench.send(.read, .session(.parametersRetransmit, windowEnd: 100))
        #expect(answer == [SentChunk(.transfer(.completion, 1, status: .internal))])
    }

    @Test func otherVersionEndsTheTransfer() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 200))
        let answer = bench.send(.read, .transfer(.parametersContinue, 3, offset: 1, windowEnd: 300))
        #expect(answer == [SentChunk(.session(.completion, status: .internal))])
    }

    @Test func stateAfterCompletion() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 200))
        _ = bench.send(.read, .session(.parametersRetransmit, offset: 1001, windowEnd: 1200))
        let again = bench.send(.read, .session(.parametersContinue, offset: 1, windowEnd: 300))
        #expect(again == [SentChunk(.session(.completion, status: .internal))])
        let crossing = bench.send(.read, .session(.completion, status: .cancelled))
        #expect(crossing == [SentChunk(.session(.completionAck))])
    }

    @Test func cancelInTheHandshakeIsNotAcknowledged() {
        var bench = Self.makeBench()
        let answer = bench.send(.read, .session(.completion, status: .cancelled))
        #expect(answer.isEmpty)
        let late = bench.send(.read, Self.confirmation(windowEnd: 200))
        #expect(late == [SentChunk(.session(.completion, status: .cancelled))])
    }

    @Test func acknowledgementWithinTheDataIsIgnored() {
        var bench = Self.makeBench()
        _ = bench.send(.read, Self.confirmation(windowEnd: 100))
        let answer = bench.send(.read, .session(.completionAck))
        #expect(answer.isEmpty)
        let goesOn = bench.send(.read, .session(.parametersContinue, windowEnd: 200))
        #expect(Self.offsets(goesOn) == [100])
    }

    /// With the stock sizes a chunk of 480 bytes fits the chunk encoder but not the RPC packet around it.
    @Test func chunkTooLargeForThePacketBuffer() {
        var bench = Bench(
            DeviceConfiguration(),
            [DeviceResource(id: 3, storage: MemoryResource([UInt8](repeating: 1, count: 40_000)))])
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 3))
        let sent = bench.send(.read, Self.confirmation(windowEnd: 2000, max: 1024, delay: 0))
        #expect(sent.first?.data.count == 480)
        #expect(sent.last?.chunk == .session(.completion, status: .dataLoss))
        let end = bench.events().compactMap { event -> UInt32? in
            if case .ended(_, .dataLoss, let offset) = event { offset } else { nil }
        }
        #expect(end == [960])
    }

    @Test func legacyReadAnswersAfterItsEnd() {
        var bench = Bench(
            DeviceConfiguration(), [DeviceResource(id: 3, storage: MemoryResource(Self.content))])
        bench.open(.read)
        let data = bench.send(.read, .legacyStart(resource: 3, windowEnd: 1000))
        #expect(data.first?.chunk.transferID == 3)
        let end = bench.send(.read, .transfer(.completion, 3, status: .ok))
        #expect(end.isEmpty)
        let late = bench.send(.read, .transfer(.parametersContinue, 3, offset: 900, windowEnd: 1900))
        #expect(late == [SentChunk(.transfer(.completion, 3, status: .failedPrecondition))])
    }
}

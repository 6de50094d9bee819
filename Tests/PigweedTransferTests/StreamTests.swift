import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

@Suite struct StreamTests {
    @Test("rule 1: the start waits for the device to install the stream")
    func startWaits() throws {
        let harness = EngineHarness()
        try harness.engine.begin(.read(3), at: .zero)
        #expect(harness.sent() == [.open(TransferService.read, callID: 5)])
        harness.advance(TransferEngine.openingDelay - .nanoseconds(1))
        #expect(harness.sent() == [])
        harness.advance(.nanoseconds(1))
        #expect(harness.kinds() == [.start])
    }

    @Test("rule 2: the second stream is opened lazily and not right behind the first")
    func streamsAreSpaced() throws {
        let harness = EngineHarness()
        try harness.engine.begin(.read(3), at: .zero)
        harness.engine.cancel(at: .zero)
        #expect(harness.sent() == [.open(TransferService.read, callID: 5)])
        try harness.engine.begin(.write(2, size: 1), at: .zero)
        #expect(harness.sent() == [])
        harness.advance(TransferEngine.openingDelay)
        #expect(harness.sent() == [.open(TransferService.write, callID: 6)])
    }

    @Test func openStreamIsUsedAgainWithoutWaiting() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.deliver(.completionAck)
        _ = harness.sent()
        try harness.engine.begin(.read(3), at: harness.now)
        let next = harness.chunks().map(\.chunk.desiredSessionID)
        #expect(next == [EngineHarness.sessionID + 1])
    }

    @Test func streamOfAnUnconfirmedEndIsOpenedAgain() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.advance(.seconds(5))
        #expect(harness.finished == .some(nil))
        _ = harness.sent()
        try harness.engine.begin(.read(3), at: harness.now)
        #expect(harness.sent() == [.open(TransferService.read, callID: 6)])
    }

    @Test("rule 7: ids are not zero and differ from process to process")
    func idsFromTheSeed() throws {
        for seed in [0, 16382, 16383, UInt64.max] {
            var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: seed)
            try engine.begin(.read(3), at: .zero)
            engine.handleTimeout(at: .zero + TransferEngine.openingDelay)
            var bytes: [UInt8] = []
            engine.transmit(into: &bytes)
            #expect(!bytes.isEmpty)
        }
    }

    @Test(
        "pitfall 6, rule 9: a device that lost the stream in mid-transfer",
        arguments: [Packet.Kind.serverError, .response])
    func streamLostInMidTransfer(_ kind: Packet.Kind) throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.endStream(kind, .failedPrecondition)
        #expect(harness.finished == .some(.streamLost))
        #expect(harness.sent() == [])
    }

    @Test func streamLostBeforeTheTransferIsOpenedAgain() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.endStream(.serverError, .failedPrecondition)
        #expect(harness.reopenings == 1)
        #expect(harness.sent() == [.open(TransferService.read, callID: 6)])
        harness.advance(TransferEngine.openingDelay)
        #expect(harness.chunks().map(\.chunk.desiredSessionID) == [EngineHarness.sessionID + 1])
    }

    @Test func reopeningIsBounded() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        for _ in 0..<10 where harness.finished == nil {
            harness.endStream(.serverError, .failedPrecondition)
            harness.advance(TransferEngine.openingDelay)
            _ = harness.sent()
        }
        #expect(harness.reopenings == TransferEngine.reopenLimit)
        #expect(harness.finished == .some(.streamLost))
    }

    @Test func firmwareWithoutTransferService() throws {
        let harness = EngineHarness()
        try harness.engine.begin(.read(3), at: .zero)
        _ = harness.sent()
        harness.endStream(.serverError, .notFound)
        #expect(harness.finished == .some(.noTransferService))
    }

    @Test func streamRefused() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.endStream(.serverError, .unavailable)
        #expect(harness.finished == .some(.streamRefused(.unavailable)))
    }

    @Test("pitfall 32: the last start gets a new stream")
    func lastStartReopens() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.advance(.milliseconds(11_999))
        let starts = harness.sent()
        #expect((2...8).contains(starts.count), "a device that prepares for long is not flooded")
        #expect(!starts.contains(.open(TransferService.read, callID: 6)))
        harness.advance(.seconds(2))
        #expect(harness.sent().contains(.open(TransferService.read, callID: 6)))
        #expect(harness.finished == nil)
        harness.advance(.seconds(3))
        #expect(harness.finished == .some(.noAnswer))
    }

    @Test("pitfalls 13, 30: a device without a free context is asked again within the patience of the start")
    func deviceWithoutFreeContext() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.deliver(.completion) { $0.status = Status.resourceExhausted.rawValue }
        #expect(harness.finished == nil)
        #expect(harness.chunks() == [])
        harness.advance(TransferEngine.busyDelay)
        #expect(harness.chunks().map(\.chunk.desiredSessionID) == [EngineHarness.sessionID + 1])
        for session in EngineHarness.sessionID + 1..<EngineHarness.sessionID + 40
        where harness.finished == nil {
            harness.deliver(.completion, session: session) { $0.status = Status.resourceExhausted.rawValue }
            harness.advance(TransferEngine.busyDelay)
            _ = harness.chunks()
        }
        #expect(harness.finished == .some(.device(.resourceExhausted)))
        #expect((harness.now - .zero) < .seconds(17))
    }

    @Test func resourceWithoutRoomIsNotAskedAgain() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.deliver(.completion) {
            $0.status = Status.resourceExhausted.rawValue
            $0.resourceID = 3
        }
        #expect(harness.finished == .some(.device(.resourceExhausted)))
    }

    @Test("pitfall 4: an acknowledgement of another resource starts over")
    func acknowledgementOfAnotherResource() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.deliver(.startAck) {
            $0.protocolVersion = .version2
            $0.resourceID = 9
        }
        #expect(harness.kinds() == [.completion, .start])
    }

    @Test("pitfall 39: text and noise on the line never reset a transfer")
    func noise() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliver(Array("boot: ok\r\n".utf8) + [0x7E])
        harness.deliver([0x7E, 0xA5, 0x03, 0x01, 0x02, 0x03, 0x04, 0x05, 0x7E])
        harness.deliverData([1], at: 0, isLast: true)
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(nil))
        #expect(harness.deviceOutput == Array("boot: ok\r\n".utf8))
        let statistics = harness.engine.statistics
        #expect(statistics.strayBytes == 10)
        #expect(statistics.damagedFrames == 1)
    }

    @Test func textOnAnIdleLineIsFlushed() {
        let harness = EngineHarness()
        harness.deliver(Array("login: ".utf8))
        #expect(harness.deviceOutput == [])
        harness.engine.flushDeviceOutput()
        #expect(harness.engine.nextEvent() == .deviceOutput)
        #expect(harness.engine.deviceOutput.array == Array("login: ".utf8))
    }
}

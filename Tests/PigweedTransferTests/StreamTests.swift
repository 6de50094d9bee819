import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

@Suite struct StreamTests {
    /// The times of the starts that are sent until the first start timeout, in milliseconds.
    private func startTimes(_ request: TransferRequest, on harness: EngineHarness) throws -> [Int64] {
        let beginning = harness.now
        try harness.engine.begin(request, at: beginning)
        var times: [Int64] = []
        while harness.now - beginning < .seconds(3) {
            for kind in harness.kinds() where kind == .start {
                times.append((harness.now - beginning).saturatedNanoseconds / 1_000_000)
            }
            harness.advanceToTimeout()
        }
        return times
    }

    @Test("rule 1: starts are repeated early until the device has installed the stream")
    func startsOnANewStream() throws {
        var read = TransferRequest.read(3)
        #expect(try startTimes(read, on: EngineHarness()) == [0, 10, 25, 110, 320])
        let write = TransferRequest.write(3, size: 1)
        #expect(try startTimes(write, on: EngineHarness()) == [0, 10, 25, 110, 320])
        read.lineRate = 11_520
        #expect(try startTimes(read, on: EngineHarness()) == [0, 25, 110, 320])
        read.lineRate = 120
        #expect(try startTimes(read, on: EngineHarness()) == [0, 1066])
    }

    @Test("rule 1: a start that must not be repeated early waits for the device to install the stream")
    func startsThatAreNotRepeatedEarly() throws {
        var request = TransferRequest.read(3)
        request.version = .legacy
        #expect(try startTimes(request, on: EngineHarness()) == [100])
        request = .read(3)
        request.initialOffset = 1
        #expect(try startTimes(request, on: EngineHarness()) == [100, 1100])
    }

    @Test func startsOnAStreamInUse() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0, isLast: true)
        harness.deliver(.completionAck)
        _ = harness.sent()
        #expect(try startTimes(.read(3), on: harness) == [0, 100, 300])
    }

    @Test("rule 2: the second stream is opened lazily and not right behind the first")
    func streamsAreSpaced() throws {
        let harness = EngineHarness()
        try harness.engine.begin(.read(3), at: .zero)
        harness.engine.cancel(at: .zero)
        #expect(harness.sent().first == .open(TransferService.read, callID: 5))
        try harness.engine.begin(.write(2, size: 1), at: .zero)
        #expect(harness.sent() == [])
        harness.advance(Tuning.streamOpening)
        #expect(harness.sent().first == .open(TransferService.write, callID: 6))
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
        #expect(harness.reopened(as: 6) != nil)
    }

    @Test("a session that was begun again is cancelled, not finished, when the device takes it on late")
    func sessionThatWasBegunAgain() throws {
        let harness = EngineHarness()
        let first = try harness.begin(.write(2, size: 3), source: [1, 2, 3])
        harness.endStream(.serverError, .failedPrecondition)
        harness.advance(Tuning.streamOpening)
        _ = harness.sent()
        harness.deliver(.startAck, session: first.desiredSessionID)
        let answer = try #require(harness.chunks().first)
        #expect(answer.chunk.kind == .completion)
        #expect(answer.chunk.sessionID == first.desiredSessionID)
        #expect(answer.chunk.status == Status.cancelled.rawValue)
    }

    @Test("rule 7: ids are not zero and differ from process to process")
    func idsFromTheSeed() throws {
        for seed in [0, 16382, 16383, UInt64.max] {
            var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: seed)
            try engine.begin(.read(3), at: .zero)
            engine.handleTimeout(at: .zero + Tuning.streamOpening)
            var bytes: [UInt8] = []
            engine.transmit(into: &bytes)
            #expect(!bytes.isEmpty)
        }
    }

    @Test(
        "pitfall 6, rule 9: a read goes on from where it was when the device lost the stream",
        arguments: [Packet.Kind.serverError, .response])
    func streamLostInARead(_ kind: Packet.Kind) throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: 0)
        harness.endStream(kind, .failedPrecondition)
        #expect(harness.restarts == [2])
        harness.advance(Tuning.streamOpening)
        #expect(harness.sent() == [.open(TransferService.read, callID: 6)])
        harness.advance(Tuning.streamOpening)
        let start = try #require(harness.chunks().first).chunk
        #expect(start.initialOffset == 2)
        let session = try #require(start.desiredSessionID)
        harness.deliver(.startAck, session: session) {
            $0.protocolVersion = .version2
            $0.initialOffset = 2
        }
        harness.deliver(.data, session: session) {
            $0.offset = 2
            $0.remainingBytes = 0
        }
        harness.deliver(.completionAck, session: session)
        #expect(harness.finished == .some(nil))
        #expect(harness.stored == [1, 2])
    }

    @Test func deviceThatCannotGoOnHasLostTheTransfer() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1, 2], at: 0)
        harness.endStream(.serverError, .failedPrecondition)
        harness.advance(Tuning.streamOpening * 2)
        _ = harness.sent()
        harness.deliver(.completion, session: EngineHarness.sessionID + 1) {
            $0.status = Status.unimplemented.rawValue
        }
        #expect(harness.finished == .some(.cannotContinue(.unimplemented)))
    }

    @Test func goingOnIsBounded() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for session in EngineHarness.sessionID + 1..<EngineHarness.sessionID + 20
        where harness.finished == nil {
            harness.endStream(.serverError, .failedPrecondition)
            harness.advance(Tuning.streamOpening * 2)
            _ = harness.sent()
            harness.deliver(.startAck, session: session) { $0.protocolVersion = .version2 }
        }
        #expect(harness.finished == .some(.streamLost))
        #expect(harness.restarts.count == Tuning.continuations)
    }

    @Test(arguments: [false, true]) func streamLostInAWrite(restarts: Bool) throws {
        let harness = EngineHarness()
        var request = TransferRequest.write(2, size: 3)
        request.restartsWrite = restarts
        _ = try harness.establish(request, source: [1, 2, 3])
        harness.endStream(.serverError, .failedPrecondition)
        #expect(harness.restarts == (restarts ? [0] : []))
        #expect(harness.finished == (restarts ? nil : .some(.streamLost)))
    }

    @Test func streamLostBeforeTheTransferIsOpenedAgain() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.advance(EngineHarness.roundTrip)
        harness.endStream(.serverError, .failedPrecondition)
        #expect(harness.reopenings == 1)
        _ = harness.sent()
        harness.advance(Tuning.streamOpening - EngineHarness.roundTrip)
        #expect(harness.reopened(as: 6)?.desiredSessionID == EngineHarness.sessionID + 1)
    }

    @Test func reopeningIsBounded() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        for _ in 0..<10 where harness.finished == nil {
            harness.endStream(.serverError, .failedPrecondition)
            harness.advance(Tuning.streamOpening)
            _ = harness.sent()
        }
        #expect(harness.reopenings == Tuning.reopenings)
        #expect(harness.finished == .some(.streamLost))
    }

    @Test("pitfall 2: a device that has forgotten the session is silent, and is given up")
    func forgottenSession() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        harness.deliverData([1], at: 0)
        harness.advance(.seconds(9))
        #expect(harness.finished == .some(.deviceSilent))
    }

    @Test("pitfalls 3, 29: a session id is never used twice, and one transfer runs at a time")
    func sessionIDsAreUsedOnce() throws {
        let harness = EngineHarness()
        var seen: Set<UInt32> = []
        for _ in 0..<20 {
            try harness.engine.begin(.read(3), at: harness.now)
            let isIdle = harness.engine.isIdle
            #expect(!isIdle)
            harness.advance(Tuning.streamOpening)
            let ids = Set(harness.chunks().compactMap(\.chunk.desiredSessionID))
            #expect(ids.count == 1 && seen.isDisjoint(with: ids))
            seen.formUnion(ids)
            harness.engine.cancel(at: harness.now)
            harness.finished = nil
            while harness.engine.nextEvent() != nil {}
        }
        #expect(seen.count == 20)
    }

    @Test("pitfall 31: a stream that is lost in the other direction concerns no transfer")
    func otherStreamLost() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.write(2, size: 3), source: [1, 2, 3])
        harness.deliver(
            Packet(
                .serverError, channel: 1, method: TransferService.read, callID: 9, status: .failedPrecondition
            ))
        #expect(harness.finished == nil)
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

    @Test("pitfall 32: after exhausted retries one more start goes out on a new stream")
    func lastStartReopens() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.advance(.milliseconds(15_999))
        let starts = harness.sent()
        #expect((2...12).contains(starts.count), "a device that prepares for long is not flooded")
        #expect(!starts.contains(.open(TransferService.read, callID: 6)))
        harness.advance(.milliseconds(1))
        #expect(harness.reopened(as: 6) != nil)
        harness.advance(.milliseconds(3999))
        #expect(harness.finished == nil)
        harness.advance(.milliseconds(1))
        #expect(harness.finished == .some(.noAnswer))
    }

    @Test("pitfalls 13, 30: a device without a free context is asked again until one must have become free")
    func deviceWithoutFreeContext() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        harness.deliver(.completion) { $0.status = Status.resourceExhausted.rawValue }
        #expect(harness.finished == nil)
        #expect(harness.chunks() == [])
        harness.advance(Tuning.busyDevice - .nanoseconds(1))
        #expect(harness.chunks() == [])
        harness.advance(.nanoseconds(1))
        #expect(harness.chunks().map(\.chunk.desiredSessionID) == [EngineHarness.sessionID + 1])
        for session in EngineHarness.sessionID + 1..<EngineHarness.sessionID + 40
        where harness.finished == nil {
            harness.deliver(.completion, session: session) { $0.status = Status.resourceExhausted.rawValue }
            harness.advance(Tuning.busyDevice)
            _ = harness.chunks()
        }
        #expect(harness.finished == .some(.device(.resourceExhausted)))
        #expect((.seconds(21)...(.seconds(25))).contains(harness.now - .zero))
    }

    @Test("rule 12: sessions that hold contexts for ever end with their stream, which is opened again once")
    func deviceWithAbandonedSessions() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.write(2, size: 3), source: [1, 2, 3])
        for session in EngineHarness.sessionID..<EngineHarness.sessionID + 3 {
            harness.deliver(.completion, session: session) { $0.status = Status.resourceExhausted.rawValue }
            harness.advance(Tuning.busyDevice)
            let isFirst = session == EngineHarness.sessionID
            let opened = harness.sent().filter { if case .open = $0 { true } else { false } }
            #expect(opened == (isFirst ? [.open(TransferService.write, callID: 6)] : []))
        }
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

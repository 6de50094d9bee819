import PigweedRPC
import TestSupport
import Testing

@testable import PigweedTransfer

/// Devices that keep talking, whatever they say, while the transfer makes no progress.
@Suite struct StandstillTests {
    /// A read or a write up to its confirmation, and what the device then says again and again.
    struct Talk: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: TransferRequest
        let speak: @Sendable (EngineHarness, Int) -> Void

        init(
            _ name: String, _ request: TransferRequest,
            _ speak: @escaping @Sendable (EngineHarness, Int) -> Void
        ) {
            testDescription = name
            self.request = request
            self.speak = speak
        }
    }

    private static let source = [UInt8](repeating: 7, count: 5000)
    private static let write = TransferRequest.write(2, size: 5000)

    static let talks = [
        Talk("acknowledged starts", .read(3)) { harness, _ in
            harness.deliver(.startAck) { $0.protocolVersion = .version2 }
        },
        Talk("empty data", .read(3)) { harness, _ in harness.deliver(.data) { $0.remainingBytes = 5000 } },
        Talk("empty data without a size", .read(3)) { harness, _ in harness.deliver(.data) },
        Talk("empty data behind a gap", .read(3)) { harness, _ in
            harness.deliver(.data) {
                $0.offset = 1000
                $0.remainingBytes = 5000
            }
        },
        Talk("the first chunk again", .read(3)) { harness, _ in harness.deliverData([1, 2, 3], at: 0) },
        Talk("ten chunks round and round", .read(3)) { harness, round in
            harness.deliverData([1, 2, 3], at: UInt64(round % 10) * 3)
        },
        Talk("stray acknowledgements", .read(3)) { harness, _ in harness.deliver(.completionAck) },
        Talk("parameters in a read", .read(3)) { harness, _ in
            harness.deliver(.parametersContinue) { $0.windowEndOffset = 1000 }
        },
        Talk("old parameters", write) { harness, round in
            parameters(harness, round == 0 ? .parametersRetransmit : .parametersContinue, offset: 0, end: 500)
        },
        Talk("the beginning again", write) { harness, _ in
            parameters(harness, .parametersRetransmit, offset: 0, end: 500)
        },
        Talk("windows behind the end", write) { harness, round in
            guard round > 0 else { return parameters(harness, .parametersRetransmit, offset: 0, end: 9000) }
            parameters(harness, .parametersContinue, offset: 5000, end: 9000)
        },
        Talk("a pause of an hour", write) { harness, _ in
            parameters(harness, .parametersRetransmit, offset: 0, end: 500, delay: .max)
        },
        Talk("data in a write", write) { harness, _ in harness.deliverData([1], at: 0) },
    ]

    static let trickles = [
        Talk("a byte at a time of many", .read(3)) { harness, round in
            harness.deliver(byteChunk(round), data: [1])
        },
        Talk("windows of a byte", write) { harness, round in
            let offset = UInt64(round)
            parameters(
                harness, round == 0 ? .parametersRetransmit : .parametersContinue, offset: offset,
                end: UInt32(offset + 1))
        },
    ]

    private static func byteChunk(_ round: Int) -> Chunk {
        var chunk = Chunk(.data)
        chunk.sessionID = EngineHarness.sessionID
        chunk.offset = UInt64(round)
        chunk.remainingBytes = UInt64(4_999_999 - round)
        return chunk
    }

    private static func parameters(
        _ harness: EngineHarness, _ kind: Chunk.Kind, offset: UInt64, end: UInt32, delay: UInt32? = nil
    ) {
        harness.deliver(kind) {
            $0.offset = offset
            $0.windowEndOffset = end
            $0.maxChunkSizeBytes = 400
            $0.minDelayMicroseconds = delay
        }
    }

    /// How long it takes until the transfer ends.
    private func end(_ talk: Talk, every pause: Duration) throws -> (TransferFailure?, Duration) {
        let harness = EngineHarness()
        _ = try harness.establish(talk.request, source: talk.request.direction == .write ? Self.source : [])
        let start = harness.now
        for round in 0..<10_000 where harness.finished == nil {
            talk.speak(harness, round)
            _ = harness.sent()
            harness.advance(pause)
        }
        return (try #require(harness.finished, "it does not end"), harness.now - start)
    }

    /// By default, a silent device is given up after 8 seconds.
    @Test(arguments: talks) func fastTalk(talk: Talk) throws {
        let (failure, time) = try end(talk, every: .milliseconds(10))
        #expect(failure == .noProgress)
        #expect(time > .seconds(7) && time < .seconds(33))
    }

    /// In a read, the line might still hold a window of repeated data.
    @Test(arguments: talks + trickles) func slowTalk(talk: Talk) throws {
        let (failure, time) = try end(talk, every: .milliseconds(1900))
        #expect(failure == .noProgress)
        #expect(time > .seconds(7) && time < .seconds(700))
    }

    @Test func aByteNowAndThenIsEnoughWithoutASize() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for round in 0..<1000 {
            harness.deliverData([1], at: UInt64(round))
            harness.advance(.milliseconds(1900))
        }
        #expect(harness.finished == nil)
        #expect(harness.stored.count == 1000)
    }

    @Test func eightBytesASecondAreEnough() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.read(3))
        for round in 0..<1000 {
            harness.deliver(.data, data: [1, 2, 3, 4, 5, 6, 7, 8]) {
                $0.offset = UInt64(8 * round)
                $0.remainingBytes = UInt64(1_000_000 - 8 * round)
            }
            harness.advance(.seconds(1))
        }
        #expect(harness.finished == nil)
    }

    /// A source such as a pipe may have nothing for long; the device then repeats its parameters to be heard.
    @Test func theDeviceIsNotBlamedForTheSource() throws {
        let harness = EngineHarness()
        _ = try harness.establish(.write(2, size: nil))
        for _ in 0..<1000 {
            Self.parameters(harness, .parametersRetransmit, offset: 0, end: 500)
            harness.engine.waitForSource(at: harness.now)
            harness.advance(.seconds(1))
        }
        #expect(harness.finished == nil)
    }

    /// A chunk that does not answer the start does not make the client wait longer than silence does.
    @Test(arguments: [Chunk.Kind.startAck, .parametersContinue, .completionAck, .data])
    func talkBeforeTheStartIsAnswered(kind: Chunk.Kind) throws {
        func time(speaking: Bool) throws -> Duration {
            let harness = EngineHarness()
            _ = try harness.begin(.read(3))
            for _ in 0..<10_000 where harness.finished == nil {
                if speaking {
                    harness.deliver(kind) { $0.protocolVersion = kind == .startAck ? .legacy : .version2 }
                }
                harness.advance(.milliseconds(100))
            }
            #expect(harness.finished == .some(.noAnswer))
            return harness.now - .zero
        }
        #expect(try time(speaking: true) == time(speaking: false))
    }

    @Test func streamsAreReopenedAFewTimesWhateverIsSaidOnThem() throws {
        let harness = EngineHarness()
        _ = try harness.begin(.read(3))
        var session = EngineHarness.sessionID
        for _ in 0..<100 where harness.finished == nil {
            harness.deliver(.startAck, session: session) { $0.protocolVersion = .legacy }
            harness.endStream(.serverError, .failedPrecondition)
            harness.advance(.milliseconds(200))
            for case .chunk(let start) in harness.sent() { session = start.chunk.desiredSessionID ?? session }
        }
        #expect(harness.finished == .some(.streamLost))
        #expect(harness.reopenings == Tuning.reopenings)
    }
}

/// Data that were not requested, or that exceed the announced size.
@Suite struct ReadLimitTests {
    private func harness(_ request: TransferRequest = .read(3)) throws -> EngineHarness {
        let harness = EngineHarness()
        _ = try harness.establish(request)
        return harness
    }

    private func deliver(
        _ harness: EngineHarness, at offset: UInt64, count: Int = 100, remaining: UInt64? = nil
    ) {
        harness.deliver(.data, data: [UInt8](repeating: 1, count: count)) {
            $0.offset = offset
            $0.remainingBytes = remaining
        }
    }

    private func expect(_ violation: TransferFailure.Violation, _ harness: EngineHarness, stored: Int) {
        #expect(harness.chunks().last == FullChunk(chunk: EngineHarness.completion(.internal)))
        harness.deliver(.completionAck)
        #expect(harness.finished == .some(.protocolViolation(violation)))
        #expect(harness.stored.count == stored)
    }

    @Test(arguments: [32_768, 1 << 31, (1 << 32) - 50, .max - 10] as [UInt64])
    func dataBehindTheWindow(offset: UInt64) throws {
        let harness = try harness()
        deliver(harness, at: 0)
        deliver(harness, at: offset)
        expect(.beyondWindow, harness, stored: 100)
    }

    @Test(arguments: [nil, 0, 100] as [UInt64?])
    func moreThanWasAnnounced(remaining: UInt64?) throws {
        let harness = try harness()
        deliver(harness, at: 0, remaining: 100)
        deliver(harness, at: 100)
        deliver(harness, at: 200, remaining: remaining)
        expect(.moreThanAnnounced, harness, stored: 200)
    }

    @Test func theSizeDoesNotGrow() throws {
        let harness = try harness()
        deliver(harness, at: 0, remaining: 1000)
        deliver(harness, at: 100, remaining: 1000)
        expect(.moreThanAnnounced, harness, stored: 100)
    }

    @Test func dataBehindTheEnd() throws {
        let harness = try harness()
        deliver(harness, at: 0)
        deliver(harness, at: 300, remaining: 0)
        deliver(harness, at: 400)
        expect(.moreThanAnnounced, harness, stored: 100)
    }

    /// Pigweed's server counts the remaining bytes from the start of the resource, so it announces too few, or an
    /// impossible size.
    @Test func aReadThatBeginsElsewhereIsNotAnnouncedRight() throws {
        var request = TransferRequest.read(3)
        request.initialOffset = 500
        let harness = try harness(request)
        deliver(harness, at: 500, remaining: 50)
        deliver(harness, at: 600, remaining: .max - 50)
        deliver(harness, at: 700, remaining: 0)
        #expect(harness.kinds() == [.completion])
        #expect(harness.stored.count == 300)
    }

    /// A device that fails at the first pace may not send more in the second session than it has announced.
    @Test func anAnnouncementCountsForTheWholeTransfer() throws {
        var request = TransferRequest.read(3)
        request.tryWithoutPause()
        let harness = try harness(request)
        deliver(harness, at: 0, remaining: 100)
        harness.deliver(.completion) { $0.status = Status.dataLoss.rawValue }
        _ = harness.sent()
        harness.deliver(.startAck, session: EngineHarness.sessionID + 1) {
            $0.protocolVersion = .version2
            $0.resourceID = 3
            $0.initialOffset = 100
        }
        harness.deliver(.data, session: EngineHarness.sessionID + 1, data: [UInt8](repeating: 1, count: 101))
        {
            $0.offset = 100
        }
        harness.deliver(.completionAck, session: EngineHarness.sessionID + 1)
        #expect(harness.finished == .some(.protocolViolation(.moreThanAnnounced)))
    }
}

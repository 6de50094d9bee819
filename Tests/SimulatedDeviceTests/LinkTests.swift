import HDLC
import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing

@Suite struct LinkTests {
    private static let frame: [UInt8] = {
        var bytes: [UInt8] = []
        FrameEncoder.encode(address: .rpc, payload: Array("hello".utf8).span, into: &bytes)
        return bytes
    }()

    @Test func timingIsExact() {
        var link = SimulatedLink(baud: 115_200, latency: .microseconds(100))
        let start = Instant(nanoseconds: 1000)
        for count: Int64 in 1...3 {
            link.send(Self.frame.span, at: start)
            let bits = count * Int64(Self.frame.count) * 10
            let lineTime = (bits * 1_000_000_000 + 115_199) / 115_200
            #expect(link.freeAt == start + .nanoseconds(lineTime))
        }
        let bits = Int64(Self.frame.count) * 10
        let arrival = start + .nanoseconds((bits * 1_000_000_000 + 115_199) / 115_200) + .microseconds(100)
        #expect(link.nextDelivery == arrival)
        let early = link.receive(at: arrival - .nanoseconds(1))
        #expect(early.isEmpty)
        let first = link.receive(at: arrival)
        #expect(first == Self.frame)
        let rest = link.receive(at: Instant(nanoseconds: .max))
        #expect(rest == Self.frame + Self.frame)
        #expect(link.nextDelivery == nil)
    }

    @Test func lineWithoutBaudOnlyDelays() {
        var link = SimulatedLink(latency: .milliseconds(3))
        link.send(Self.frame.span, at: .zero)
        #expect(link.freeAt == .zero)
        #expect(link.nextDelivery == Instant.zero + .milliseconds(3))
    }

    /// A line with a queue, and a rate of a thousand bytes a second.
    private static func queueLink(_ size: Int, losesOverflow: Bool = false) -> SimulatedLink {
        SimulatedLink(baud: 10_000, queue: LineQueue(size: size, losesOverflow: losesOverflow))
    }

    @Test func aFullQueueHoldsTheSenderBack() {
        var link = Self.queueLink(1000)
        let start = Instant(nanoseconds: 1000)
        link.send([UInt8](repeating: 1, count: 1000).span, at: start)
        #expect(link.freeAt == start)
        #expect(link.room(at: start) == 0)
        #expect(link.room(at: start + .microseconds(299_999)) == 299)
        #expect(link.room(at: start + .milliseconds(300)) == 300)
        link.send([UInt8](repeating: 2, count: 500).span, at: start + .milliseconds(300))
        #expect(link.freeAt == start + .milliseconds(500))
        // The queue delays no byte: the bytes leave one after the other.
        let before = link.receive(at: start + .milliseconds(1499))
        let last = link.receive(at: start + .milliseconds(1500))
        #expect(before.count == 1499)
        #expect(last == [2])
        #expect(link.counters.overflowedBytes == 0)
    }

    @Test func aQueueMayLoseWhatDoesNotFit() {
        var link = Self.queueLink(Self.frame.count * 2 + 3, losesOverflow: true)
        for _ in 0..<4 { link.send(Self.frame.span, at: .zero) }
        #expect(link.freeAt == .zero)
        #expect(link.counters.overflowedBytes == Self.frame.count * 2 - 3)
        let later = Instant.zero + .seconds(1)
        let arrived = link.receive(at: later)
        let expected = [Self.frame, Self.frame, Array(Self.frame.prefix(3))].joined()
        #expect(arrived == Array(expected))
        // The next frame is whole again.
        link.send(Self.frame.span, at: later)
        let whole = link.receive(at: later + .seconds(1))
        #expect(whole == Self.frame)
        #expect(link.counters.frames == 3)
    }

    @Test func aQueueOfAGoodLineLosesNothing() {
        var link = Self.queueLink(10, losesOverflow: true)
        link.endFaults(at: .zero)
        link.send(Self.frame.span, at: .zero)
        #expect(link.freeAt == Instant.zero + .milliseconds(Self.frame.count - 10))
        #expect(link.counters.overflowedBytes == 0)
    }

    @Test func frameInPiecesArrivesWhole() {
        var link = SimulatedLink()
        for byte in Self.frame {
            let none = link.receive(at: .zero)
            #expect(none.isEmpty)
            link.send([byte].span, at: .zero)
        }
        let whole = link.receive(at: .zero)
        #expect(whole == Self.frame)
        #expect(link.counters.frames == 1)
    }

    @Test func beginningOfAFrameIsLetGo() {
        var link = SimulatedLink()
        let text = Array("boot ~ok".utf8)
        link.send(text.span, at: .zero)
        let before = link.receive(at: .zero)
        #expect(before == Array("boot ".utf8))
        #expect(link.nextDelivery == Instant.zero + SimulatedLink.holdTime)
        let after = link.receive(at: .zero + SimulatedLink.holdTime)
        #expect(after == Array("~ok".utf8))
    }

    @Test func faultsFollowTheSeed() {
        func run(seed: UInt64) -> (LinkCounters, [UInt8]) {
            var link = SimulatedLink(faults: LinkFaults(drop: 0.1, corrupt: 0.2, seed: seed))
            for _ in 0..<1000 { link.send(Self.frame.span, at: .zero) }
            return (link.counters, link.receive(at: .zero))
        }
        let (counters, bytes) = run(seed: 1)
        #expect((70...130).contains(counters.droppedFrames))
        #expect((140...230).contains(counters.corruptedFrames))
        #expect(bytes.count == (1000 - counters.droppedFrames) * Self.frame.count)
        let intact = 1000 - counters.droppedFrames - counters.corruptedFrames
        var decoder = FrameDecoder(maximumContentSize: 100)
        var position = 0
        var decoded = 0
        while let output = decoder.next(in: bytes.span, at: &position) {
            if case .frame = output { decoded += 1 }
        }
        #expect(decoded <= intact)
        #expect(decoded > intact * 8 / 10)
        #expect(run(seed: 1) == (counters, bytes))
        #expect(run(seed: 2) != (counters, bytes))
    }

    /// These are the first numbers of the public domain version with seed 1234567.
    @Test func randomNumbersAreThoseOfSplitMix64() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }

    /// The receiver has half the rate, twice the rate, and the same rate.
    @Test func anotherRateIsGarbage() {
        func received(_ bytes: [UInt8], sentAt sender: UInt32, receivedAt receiver: UInt32) -> [UInt8] {
            RateMismatch.received(bytes.span, sentAt: sender, receivedAt: receiver)
        }
        let frame: [UInt8] = [0x7E, 0x52, 0x03, 0x55, 0x00, 0xFF, 0x7E]
        #expect(received(frame, sentAt: 115_200, receivedAt: 115_200) == frame)
        // A UART tolerates a difference of five per cent.
        #expect(received(frame, sentAt: 115_200, receivedAt: 117_000) == frame)
        for rate: UInt32 in [9600, 57_600, 230_400, 1_000_000] {
            let found = received(frame, sentAt: 115_200, receivedAt: rate)
            #expect(found != frame)
            #expect(found.count <= frame.count * Int(rate / 115_200 + 1))
        }
        // 0x55 is a square wave: at twice the rate, the receiver sees each of its bits twice.
        #expect(received([0x55], sentAt: 100, receivedAt: 200).first == 0x66)
        #expect(received([], sentAt: 1, receivedAt: 2).isEmpty)
    }
}

/// Bytes and chunks that no proper client sends.
@Suite struct HostileClientTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func neverStopsTheDevice(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var configuration = DeviceConfiguration()
        configuration.retries = Int.random(in: 0...2, using: &random)
        configuration.legacyOnly = random.chance(0.1)
        configuration.minDelay = random.chance(0.5) ? .zero : .milliseconds(2)
        configuration.prepareDelay = random.chance(0.2) ? .milliseconds(30) : .zero
        var bench = Bench(
            configuration,
            [
                DeviceResource(id: 0, storage: MemoryResource([UInt8](repeating: 1, count: 700))),
                DeviceResource(id: 1, storage: MemoryResource(capacity: 1000)),
            ])
        let limits: [UInt64] = [0, 1, 2, 450, 700, 1000, 1 << 31, UInt64(UInt32.max), .max]
        func number() -> UInt64 {
            random.chance(0.7) ? limits[Int(random.next() % UInt64(limits.count))] : random.next() % 2000
        }
        func small() -> UInt32 { UInt32(truncatingIfNeeded: random.next() % 3) }

        for _ in 0..<2000 {
            let direction: Direction = random.chance(0.5) ? .read : .write
            if random.chance(0.03) { bench.open(direction) }
            if random.chance(0.03) {
                let noise = (0..<random.next() % 60).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                _ = bench.send(bytes: noise)
            }
            var chunk = Chunk(Chunk.Kind(rawValue: UInt32(random.next() % 8)))
            if random.chance(0.8) {
                chunk.protocolVersion = chunk.kind == .start ? .version2 : nil
                if chunk.kind == .start {
                    chunk.desiredSessionID = small()
                } else {
                    chunk.sessionID = small()
                }
                chunk.resourceID = random.chance(0.9) ? small() : nil
            }
            chunk.transferID = small()
            if random.chance(0.5) { chunk.offset = number() }
            if random.chance(0.2) { chunk.initialOffset = number() }
            if random.chance(0.6) { chunk.windowEndOffset = UInt32(truncatingIfNeeded: number()) }
            if random.chance(0.2) { chunk.pendingBytes = UInt32(truncatingIfNeeded: number()) }
            if random.chance(0.3) { chunk.maxChunkSizeBytes = UInt32(truncatingIfNeeded: number()) }
            if random.chance(0.3) { chunk.minDelayMicroseconds = UInt32(truncatingIfNeeded: number()) }
            if random.chance(0.2) { chunk.remainingBytes = number() }
            if random.chance(chunk.kind == .completion ? 0.9 : 0.05) { chunk.status = small() }
            let data = [UInt8](repeating: 7, count: Int(random.next() % 500))
            _ = bench.send(direction, chunk, data: random.chance(0.4) ? data : [])
            if random.chance(0.3) { _ = bench.wait(.milliseconds(Int64(random.next() % 40))) }
        }
        let events = bench.events()
        #expect(!events.isEmpty)
    }

    @Test func outputNobodyTakesStaysBounded() {
        var device = SimulatedDevice(resources: [])
        let packet = Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1)
        for _ in 0..<20_000 { device.receive(frame(packet).span, at: .zero) }
        var bytes: [UInt8] = []
        device.transmit(into: &bytes)
        #expect(bytes.count < 70_000)
    }
}

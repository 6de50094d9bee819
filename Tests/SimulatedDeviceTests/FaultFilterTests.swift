import HDLC
import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing

private func chunkFrame(_ chunk: Chunk, _ direction: Direction = .read, data: [UInt8] = []) -> [UInt8] {
    let packet = Packet(.serverStream, channel: 1, method: direction.method, callID: 1)
    return frame(packet, payload: SentChunk(chunk, data: data).message)
}

private func dataFrame(_ offset: UInt64, remaining: UInt64? = nil) -> [UInt8] {
    chunkFrame(.session(.data, offset: offset, remaining: remaining), data: [1, 2, 3])
}

private let textPiece = LinePiece(Array("hello".utf8), isFrame: false)

/// Some distinct frames.
private let frames = (0..<40).map { dataFrame(UInt64($0)) }

extension FaultPipeline {
    fileprivate mutating func pass(_ frames: [[UInt8]]) -> [[UInt8]] {
        frames.map { frame in
            var bytes: [UInt8] = []
            process(LinePiece(frame, isFrame: true), at: .zero, into: &bytes)
            return bytes
        }
    }

    /// The indices of the frames that pass.
    fileprivate mutating func passing(_ frames: [[UInt8]]) -> [Int] {
        pass(frames).indices { !$0.isEmpty }
    }

    fileprivate mutating func notice(_ chunk: Chunk) {
        let bytes = chunkFrame(chunk)
        noticeOtherDirection(bytes.span)
    }
}

extension [[UInt8]] {
    fileprivate func indices(where matches: ([UInt8]) -> Bool) -> [Int] {
        indices.filter { matches(self[$0]) }
    }
}

@Suite struct ProxyFilterTests {
    @Test func packetizerJoinsAndCleans() {
        var pipeline = FaultPipeline([HdlcPacketizer()])
        var bytes: [UInt8] = []
        let damaged = frames[1].dropLast(3) + [0, 0, FrameFormat.flag]
        let stream =
            Array("boot ".utf8) + frames[0] + damaged + frames[2].dropLast() + frames[3] + Array("~x".utf8)
        for byte in stream { pipeline.process(LinePiece([byte], isFrame: false), at: .zero, into: &bytes) }
        // Frames 2 and 3 share a flag on the line; the filter gives each frame its own flag.
        #expect(bytes == frames[0] + frames[2] + frames[3])
    }

    @Test func dropperFollowsItsSeed() {
        var pipeline = FaultPipeline([RatedFilter(.dropPieces, rate: 0.5, seed: 7)])
        var generator = SplitMix64(seed: 7)
        let expected = frames.map { generator.chance(0.5) ? [] : $0 }
        #expect(pipeline.pass(frames) == expected)
        var none = FaultPipeline([RatedFilter(.dropPieces, rate: 1)])
        #expect(none.passing(frames) == [])
        var all = FaultPipeline([RatedFilter(.dropPieces, rate: 0)])
        #expect(all.pass(frames) == frames)
    }

    @Test func transposerSwapsNeighbours() {
        var pipeline = FaultPipeline([DataTransposer(rate: 1, timeout: .milliseconds(5))])
        #expect(pipeline.pass(Array(frames[0..<2])) == [[], frames[1] + frames[0]])
        #expect(pipeline.pass([frames[2]]) == [[]])
        #expect(pipeline.deadline == Instant.zero + .milliseconds(5))
        var late: [UInt8] = []
        pipeline.release(at: .zero + .milliseconds(5), into: &late)
        #expect(late == frames[2])
        #expect(pipeline.deadline == nil)
    }

    @Test func failureCountsFromEachStart() {
        var pipeline = FaultPipeline([ServerFailure(packetsBeforeFailure: [2, 1])])
        #expect(pipeline.passing(frames).count == frames.count)
        pipeline.notice(.start(resource: 3))
        #expect(pipeline.passing(frames) == [0, 1])
        pipeline.notice(.session(.parametersContinue))
        #expect(pipeline.passing(frames) == [])
        pipeline.notice(.start(resource: 3))
        #expect(pipeline.passing(frames) == [0])
        pipeline.notice(.legacyStart(resource: 3))
        #expect(pipeline.passing(frames).count == frames.count)
    }

    @Test func failureAtOnceOfChunksOnly() {
        let filter = ServerFailure(
            packetsBeforeFailure: [1], startsImmediately: true, onlyTransferChunks: true)
        var pipeline = FaultPipeline([filter])
        let request = frame(Packet(.request, channel: 1, method: TransferService.read, callID: 1))
        #expect(pipeline.passing([request, frames[0], request, frames[1], request]) == [0, 1, 2, 4])
    }

    @Test(arguments: [
        ([3, 2], [0, 1, 2, 5, 6, 7, 10, 11]), ([2, 3, 1, -1], [0, 1, 5]), ([0, 2, 1], [2, 3, 4, 8, 9, 10]),
        ([4, -1], [0, 1, 2, 3]), ([2, 1, -1], [0, 1] + Array(3..<12)), ([-1], Array(0..<12)),
        ([0], Array(0..<12)), ([], Array(0..<12)),
    ])
    func queueTakesTurns(queue: [Int], passing: [Int]) {
        var pipeline = FaultPipeline([KeepDropQueue(queue)])
        #expect(pipeline.passing(Array(frames[0..<12])) == passing)
    }

    @Test func queueOfChunksLetsTextPass() {
        var pipeline = FaultPipeline([KeepDropQueue([1, 1], onlyTransferChunks: true)])
        let log = logFrame("text")
        #expect(pipeline.passing([frames[0], log, log, frames[1], frames[2], frames[3]]) == [0, 1, 2, 4])
    }

    @Test func limiterSpreadsBytes() {
        var pipeline = FaultPipeline([RateLimiter(rate: 1000)])
        let pieces = [frames[0], frames[1]]
        #expect(pipeline.pass(pieces) == [[], []])
        let first = Instant.zero + .milliseconds(frames[0].count)
        #expect(pipeline.deadline == first)
        var bytes: [UInt8] = []
        pipeline.release(at: first - .nanoseconds(1), into: &bytes)
        #expect(bytes == [])
        pipeline.release(at: first, into: &bytes)
        #expect(bytes == frames[0])
        #expect(pipeline.deadline == first + .milliseconds(frames[1].count))
    }

    @Test func limiterHoldsBackTheSender() {
        var link = SimulatedLink(filters: FaultPipeline([RateLimiter(rate: 1000, buffer: 10)]))
        for frame in frames[0..<1] { link.send(frame.span, at: .zero) }
        #expect(link.freeAt == .zero)
        _ = link.receive(at: .zero)
        #expect(link.freeAt == Instant.zero + .milliseconds(frames[0].count - 10))
        _ = link.receive(at: .zero + .seconds(1))
        #expect(link.freeAt == .zero)
    }

    @Test func pagesAreForwardedAtOnce() {
        let size = frames[0].count
        let page = PageForwarder(rate: 1000, page: 3 * size, buffer: 4 * size)
        var pipeline = FaultPipeline([page])
        let equal = Array(repeating: frames[0], count: 6)
        #expect(pipeline.pass(equal) == Array(repeating: [], count: 6))
        // One was there when the first page was taken, and five wait. Three of these are taken as soon as the page
        // has gone.
        let first = Instant.zero + .milliseconds(size)
        #expect(pipeline.deadline == first)
        #expect(pipeline.holdsSenderUntil == first)
        var bytes: [UInt8] = []
        pipeline.release(at: first, into: &bytes)
        #expect(bytes == frames[0])
        #expect(pipeline.holdsSenderUntil == nil)
        #expect(pipeline.deadline == first + .milliseconds(3 * size))
        bytes = []
        pipeline.release(at: first + .milliseconds(3 * size), into: &bytes)
        #expect(bytes == equal[0..<3].flatMap(\.self))
        pipeline.release(at: .zero + .seconds(9), into: &bytes)
        #expect(bytes == equal[0..<5].flatMap(\.self))
        #expect(pipeline.deadline == nil)
    }

    @Test func windowLosesItsChunk() {
        var pipeline = FaultPipeline([WindowPacketDropper(packet: 1)])
        func data(_ offsets: UInt64...) -> [[UInt8]] { offsets.map { dataFrame($0) } }
        #expect(pipeline.passing(data(0, 3, 6)) == [0, 2])
        pipeline.notice(.session(.parametersContinue, offset: 12))
        // Chunk 9 was already in flight when the new window was requested.
        #expect(pipeline.passing(data(9, 12, 15, 18)) == [0, 1, 3])
        pipeline.notice(.session(.parametersRetransmit, offset: 3))
        #expect(pipeline.passing(data(3, 6)) == [0])
        pipeline.notice(.session(.startAckConfirmation))
        let completion = chunkFrame(.session(.completion, status: .ok))
        #expect(pipeline.passing([completion] + data(0, 3) + [completion]) == [0, 1, 3])
    }
}

@Suite struct OwnFilterTests {
    private func bytes(_ filter: some FaultFilter, _ input: [UInt8]) -> [UInt8] {
        var pipeline = FaultPipeline([filter])
        var output: [UInt8] = []
        pipeline.process(LinePiece(input, isFrame: true), at: .zero, into: &output)
        return output
    }

    private let input = [UInt8](0..<200)

    @Test func flipper() {
        var generator = SplitMix64(seed: 3)
        let expected = input.map { byte in
            generator.chance(0.1) ? byte ^ (1 << UInt8(generator.next() % 8)) : byte
        }
        #expect(bytes(RatedFilter(.flipBits, rate: 0.1, seed: 3), input) == expected)
        #expect(expected != input)
        #expect(
            zip(bytes(RatedFilter(.flipBits, rate: 1), input), input).allSatisfy {
                ($0 ^ $1).nonzeroBitCount == 1
            })
    }

    @Test func dropperAndRepeaterOfBytes() {
        var generator = SplitMix64(seed: 3)
        let hit = input.map { _ in generator.chance(0.1) }
        let dropped = zip(input, hit).filter { !$1 }.map(\.0)
        #expect(bytes(RatedFilter(.dropBytes, rate: 0.1, seed: 3), input) == dropped)
        let repeated = zip(input, hit).flatMap { $1 ? [$0, $0] : [$0] }
        #expect(bytes(RatedFilter(.repeatBytes, rate: 0.1, seed: 3), input) == repeated)
        #expect(bytes(RatedFilter(.dropBytes, rate: 1), input) == [])
    }

    @Test func burstsRunOn() {
        let lossy = bytes(Burst(rate: 0.02, length: 5, effect: .lose, seed: 4), input)
        var generator = SplitMix64(seed: 4)
        var expected: [UInt8] = []
        var index = 0
        while index < input.count {
            if generator.chance(0.02) {
                index += 5
            } else {
                expected.append(input[index])
                index += 1
            }
        }
        #expect(lossy == expected)
        #expect(lossy.count < input.count)
        let garbled = bytes(Burst(rate: 1, length: 5, effect: .garble, seed: 4), input)
        #expect(garbled.count == input.count)
        #expect(garbled != input)
    }

    @Test func burstGoesOnInTheNextPiece() {
        var pipeline = FaultPipeline([Burst(rate: 1, length: 1000, effect: .lose)])
        #expect(pipeline.passing(Array(frames[0..<5])) == [])
    }

    @Test func duplicator() {
        #expect(bytes(RatedFilter(.duplicateFrames, rate: 1), frames[0]) == frames[0] + frames[0])
        var pipeline = FaultPipeline([RatedFilter(.duplicateFrames, rate: 1)])
        var output: [UInt8] = []
        pipeline.process(textPiece, at: .zero, into: &output)
        #expect(output == textPiece.bytes)
    }

    @Test func plannedStall() {
        var link = SimulatedLink(
            baud: nil, filters: FaultPipeline([Stall(.milliseconds(10), after: .milliseconds(5))]))
        var arrivals: [[UInt8]] = []
        for (index, frame) in frames[0..<4].enumerated() {
            let now = Instant.zero + .milliseconds(index * 4)
            link.send(frame.span, at: now)
            arrivals.append(link.receive(at: now))
        }
        // The stall is from 5 to 15 ms.
        let end = Instant.zero + .milliseconds(15)
        #expect(link.nextDelivery == end)
        arrivals.append(link.receive(at: end))
        for frame in frames[4..<5] { link.send(frame.span, at: end) }
        arrivals.append(link.receive(at: end))
        #expect(arrivals == [frames[0], frames[1], [], [], frames[2] + frames[3], frames[4]])
    }

    @Test func stallsAtRandomPieces() {
        var pipeline = FaultPipeline([Stall(.milliseconds(10), rate: 1)])
        #expect(pipeline.pass(Array(frames[0..<3])) == [[], [], []])
        var output: [UInt8] = []
        pipeline.release(at: .zero + .milliseconds(10), into: &output)
        #expect(output == frames[0] + frames[1] + frames[2])
    }

    @Test func chunksAreChosen() {
        let stream = [
            chunkFrame(.session(.completion, status: .ok), .write), dataFrame(0), dataFrame(3, remaining: 0),
            chunkFrame(.session(.completion, status: .ok), .read), dataFrame(3, remaining: 0),
        ]
        func passing(_ filter: ChunkDropper) -> [Int] {
            var pipeline = FaultPipeline([filter])
            return pipeline.passing(stream)
        }
        #expect(passing(ChunkDropper(.kind(.completion))) == [1, 2, 3, 4])
        #expect(passing(ChunkDropper(.kind(.completion), direction: .read)) == [0, 1, 2, 4])
        #expect(passing(ChunkDropper(.kind(.completion), first: 2)) == [0, 1, 2, 4])
        #expect(passing(ChunkDropper(.finalData, count: nil)) == [0, 1, 3])
        #expect(passing(ChunkDropper(.any, first: 2, count: 2)) == [0, 3, 4])
    }

    @Test func injectorsPutTextBetweenAndInside() {
        let text = Array("hi~".utf8)
        #expect(bytes(Injector(.print("hi~", as: .text), between: 1), frames[0]) == text + frames[0])
        let torn = bytes(Injector(.print("hi~", as: .text), between: 0, inside: 1, seed: 5), frames[0])
        #expect(torn.count == frames[0].count + 3)
        #expect(torn.first == FrameFormat.flag && torn.last == FrameFormat.flag)
        let position = torn.indices.first { torn[$0...].starts(with: text) }
        var rest = torn
        if let position { rest.removeSubrange(position..<position + 3) }
        #expect(rest == frames[0])
        let log = logFrame("x")
        #expect(bytes(Injector(.print("x", as: .frames), between: 1), frames[0]) == log + frames[0])
        let noisy = bytes(Injector(.noise(length: 1), between: 1, seed: 1), frames[0])
        #expect(Array(noisy.dropFirst()) == frames[0])
    }

    @Test func filtersWorkInOrder() {
        let text = Injector(.print("tick\n", as: .text), between: 1)
        var cleaned = FaultPipeline([text, HdlcPacketizer()])
        #expect(cleaned.pass([frames[0], frames[1]]) == [frames[0], frames[1]])
        var dirty = FaultPipeline([HdlcPacketizer(), text])
        #expect(dirty.pass([frames[0]]) == [Array("tick\n".utf8) + frames[0]])
        // A frame that the transposer releases late still passes the filter behind the transposer.
        var late = FaultPipeline([DataTransposer(rate: 1, timeout: .zero), KeepDropQueue([0, -1])])
        #expect(late.pass([frames[0]]) == [[]])
        var output: [UInt8] = []
        late.release(at: .zero, into: &output)
        #expect(output == [])
    }

    @Test func endOfFaultsLetsEverythingGo() {
        let filters = FaultPipeline([Stall(.seconds(10), rate: 1), RateLimiter(rate: 1)])
        var link = SimulatedLink(faults: LinkFaults(drop: 0), filters: filters)
        for frame in frames[0..<2] { link.send(frame.span, at: .zero) }
        let none = link.receive(at: .zero)
        #expect(none == [])
        let end = Instant.zero + .seconds(1)
        link.endFaults(at: end)
        for frame in frames[2..<3] { link.send(frame.span, at: end) }
        #expect(link.nextDelivery == end)
        let all = link.receive(at: end)
        #expect(all == frames[0] + frames[1] + frames[2])
    }
}

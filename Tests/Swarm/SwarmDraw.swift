internal import PigweedTransfer
internal import SimulatedDevice

/// Draws plans from random numbers.
struct SwarmDraw {
    private var random: SplitMix64

    init(seed: UInt64) {
        // Neighbouring seeds of SplitMix64 share no numbers, but their streams are shifts of each other.
        var mixer = SplitMix64(seed: seed)
        random = SplitMix64(seed: mixer.next())
    }

    mutating func number() -> UInt64 { random.next() }

    mutating func chance(_ probability: Double) -> Bool { random.chance(probability) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Draws small numbers as often as large ones.
    mutating func logarithmic(_ range: ClosedRange<Int>) -> Int {
        let bits = int(0...Int.bitWidth - range.count.leadingZeroBitCount)
        return min(range.lowerBound + int(0...(1 << bits) - 1), range.upperBound)
    }

    mutating func share(_ limit: Double) -> Double { Double.random(in: 0...limit, using: &random) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[int(0...values.count - 1)] }

    mutating func time(upTo limit: Duration) -> Duration {
        .nanoseconds(Int64.random(in: 0...max(limit.saturatedNanoseconds, 0), using: &random))
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let special: [UInt8] = [0x7E, 0x7D, 0x5E, 0x5D, 0x7E, 0x7D, 0x00, 0x20]
        let isSpecial = chance(0.1)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var word: UInt64 = 0
            for index in 0..<count {
                word = index & 7 == 0 ? number() : word >> 8
                let byte = UInt8(truncatingIfNeeded: word)
                buffer[index] = isSpecial ? special[Int(byte & 7)] : byte
            }
            initialized = count
        }
    }
}

extension SwarmPlan {
    /// The plan of a seed, which is always the same.
    package init(seed: UInt64) {
        var draw = SwarmDraw(seed: seed)
        let device = draw.device()
        let chunk = draw.chunkSize(for: device)
        let size = draw.size(chunk: chunk)
        let direction: Direction = draw.chance(0.5) ? .read : .write
        let isSizeTold = draw.chance(0.7)
        var request =
            direction == .read ? TransferRequest.read(0) : .write(0, size: isSizeTold ? UInt64(size) : nil)
        request.version = draw.pick([nil, nil, nil, .version2, .legacy])
        request.resource = draw.resource(
            mayBeZero: request.version == .version2 && !device.legacyOnly)
        request.chunkSize = UInt32(chunk)
        let isOffset = request.version != .legacy && draw.chance(0.15)
        let offset = isOffset ? draw.logarithmic(0...5000) : 0
        request.initialOffset = UInt64(offset)

        self.init(seed: seed, request: request, data: draw.bytes(offset + size))
        self.device = device
        draw.options(of: &self)
        draw.line(of: &self)
        if Self.drawsQueues {
            var queueDraw = SwarmDraw(seed: seed ^ 0x9E37_79B9)
            queueDraw.queues(of: &self)
        }
        draw.faults(of: &self)
    }
}

extension SwarmDraw {
    fileprivate mutating func device() -> DeviceConfiguration {
        var device = DeviceConfiguration(chunkBuffer: pick([480, 480, 490, 128, 256, 1056, 4096]))
        device.contexts = pick([1, 1, 2, 3, 3])
        device.window = UInt32(pick([1024, 1024, 100, 4096, 16384, 65536]))
        device.extendWindowDivisor = UInt32(pick([2, 2, 1, 4]))
        device.minDelay = pick([.zero, .milliseconds(2), .milliseconds(2), .milliseconds(10)])
        device.prepareDelay = chance(0.15) ? time(upTo: .seconds(int(0...11))) : .zero
        device.supportsOffset = chance(0.9)
        device.announcesSize = chance(0.7)
        device.legacyOnly = chance(0.15)
        device.startDeafness = chance(0.2) ? time(upTo: .milliseconds(300)) : .zero
        device.chunkTimeout = pick([.seconds(10), .seconds(10), .seconds(4)])
        device.retries = pick([0, 0, 0, 1, 3])
        return device
    }

    /// The chunk size that a read requests, which rarely exceeds the device's buffers.
    fileprivate mutating func chunkSize(for device: DeviceConfiguration) -> Int {
        let most = device.packetBuffer - 64
        if chance(0.02) { return most + int(1...600) }
        return min(pick([448, 448, most, int(20...most), 64]), most)
    }

    fileprivate mutating func size(chunk: Int) -> Int {
        switch int(0...999) {
        case 0..<40: 0
        case 40..<80: 1
        case 80..<240: max(chunk * int(1...8) + int(-1...1), 0)
        case 240..<600: int(0...4096)
        case 600..<900: int(0...16384)
        case 900..<999: int(0...65536)
        default: int(65536...1 << 20)
        }
    }

    fileprivate mutating func resource(mayBeZero: Bool) -> UInt32 {
        pick([3, 3, 3, mayBeZero ? 0 : 1, UInt32(truncatingIfNeeded: number()) | 1, .max])
    }

    /// The options of client and device that differ from the defaults.
    fileprivate mutating func options(of plan: inout SwarmPlan) {
        plan.request.window = UInt32(pick([32768, 32768, 1024, 4096, 65536, int(1...2000)]))
        plan.request.minDelay = pick([nil, nil, .zero, .milliseconds(1), .milliseconds(20)])
        plan.request.startTimeout = pick([.seconds(4), .seconds(4), .seconds(1), .milliseconds(300)])
        plan.request.chunkTimeout = pick([.seconds(2), .seconds(2), .milliseconds(500), .seconds(12)])
        plan.request.retries = pick([3, 3, 0, 1, 10])
        plan.request.lifetimeRetries = pick([1500, 1500, 1500, 5])
        if plan.request.direction == .write {
            let isOldData = plan.request.initialOffset > 0 || chance(0.5)
            if isOldData { plan.oldData = draw(oldDataFor: plan) }
            if chance(0.05) { plan.capacity = UInt64(int(0...plan.data.count)) }
            plan.failsToFinish = chance(0.03)
            plan.request.restartsWrite = chance(0.3)
        } else if chance(0.3) {
            // The device can keep up if the client waits for the device's own pause.
            plan.request.tryWithoutPause()
            plan.device.outputTime = pick([.zero, min(plan.device.minDelay, .milliseconds(1))])
        }
    }

    /// The old content of the resource. A write keeps what is before its offset.
    private mutating func draw(oldDataFor plan: SwarmPlan) -> [UInt8] {
        Array(plan.data.prefix(Int(plan.request.initialOffset))) + bytes(int(0...300))
    }

    fileprivate mutating func line(of plan: inout SwarmPlan) {
        plan.baud = pick([nil, 9600, 57600, 115_200, 115_200, 921_600, 921_600, 3_000_000, 10_000_000])
        plan.request.lineRate = chance(0.7) ? plan.baud.map { UInt32($0 / 10) } : nil
        plan.latency = pick([
            .zero, .microseconds(100), .milliseconds(1), .milliseconds(16), time(upTo: .milliseconds(50)),
        ])
        // The device's own pause must be enough for the line behind the queue, too.
        if plan.longestFrameTime > plan.device.minDelay { plan.device.outputTime = .zero }
        // A device that gives up during a single chunk cannot be written to.
        plan.device.chunkTimeout = max(plan.device.chunkTimeout, plan.longestFrameTime * 3)
        plan.consoleText = chance(0.15) ? share(0.3) : 0
    }

    fileprivate mutating func faults(of plan: inout SwarmPlan) {
        if chance(0.8) {
            plan.toDevice = losses()
            plan.toClient = losses()
        }
        plan.faults = faultTexts()
        for fault in plan.faultSet.device { plan.device.apply(fault) }
        let estimate = plan.estimate
        var incidents: [SwarmPlan.Incident] = []
        if chance(0.5) { incidents.append(.init(kind: .faultsEnd, after: time(upTo: estimate * 2))) }
        if chance(0.3) {
            let kinds: [SwarmPlan.Incident.Kind] = [
                .cancel, .cancel, .reboot, .reboot, .lineDies, .fileFails, .clientRestarts,
            ]
            let limit = chance(0.3) ? Duration.milliseconds(300) : estimate * 1.5
            let kind = pick(kinds)
            // A dead line stays dead until all faults are over.
            if kind == .lineDies {
                incidents = []
                plan.faults.removeAll { !$0.hasPrefix("device:") }
            }
            incidents.append(.init(kind: kind, after: time(upTo: limit)))
        }
        plan.incidents = incidents.sorted { $0.after < $1.after }
        plan.pause = pick([.zero, time(upTo: .seconds(1)), .seconds(30)])
        plan.alwaysRepeats = chance(0.2)
    }

    private mutating func losses() -> SwarmPlan.Losses {
        SwarmPlan.Losses(drop: lossRate(), corrupt: lossRate())
    }

    private mutating func lossRate() -> Double {
        switch int(0...9) {
        case 0..<4: 0
        case 4..<7: share(0.05)
        default: share(0.3)
        }
    }
}

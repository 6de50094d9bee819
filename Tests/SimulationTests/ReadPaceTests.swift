import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// The pace that a read requests, and what happens if the device cannot keep it.
@Suite struct ReadPaceTests {
    private static let data: [UInt8] = {
        var random = SeededGenerator(seed: 3)
        return random.bytes(200_000)
    }()

    private static func run(
        _ request: TransferRequest, _ device: DeviceConfiguration, baud: Int? = 12_000_000,
        latency: Duration = .microseconds(500), drop: Double = 0, seed: UInt64 = 0
    ) -> TransferSimulation.Result {
        let setup = TransferSimulation.Setup(request, data: data, device: device)
        return TransferSimulation.run(setup.line(baud: baud, latency: latency, drop: drop, seed: seed))
    }

    /// The offsets at which the device began transfers.
    private static func beginnings(_ result: TransferSimulation.Result) -> [UInt32] {
        result.events.compactMap { event in
            guard case .started(let transfer) = event else { return nil }
            return transfer.initialOffset
        }
    }

    private static var withoutPause: TransferRequest {
        var request = TransferRequest.read(3)
        request.tryWithoutPause()
        return request
    }

    /// 12 Mbit/s is the rate of a USB device. 448 bytes in 2 ms are a fifth of that.
    @Test(arguments: [480, 1024, 4096])
    func aDeviceOnAFastLineIsFourTimesFasterWithoutItsPause(chunkBuffer: Int) {
        let device = DeviceConfiguration(chunkBuffer: chunkBuffer)
        let paused = Self.run(.read(3), device)
        let fast = Self.run(Self.withoutPause, device)
        #expect(paused.isSuccess && fast.isSuccess && fast.data == Self.data)
        #expect(fast.elapsed * 4 < paused.elapsed)
        #expect(Self.beginnings(fast) == [0])
    }

    /// On a slow line, the device's own pause ends before the line is free again.
    @Test(arguments: [115_200, 921_600])
    func onASlowLineThePauseCostsNothing(baud: Int) {
        let device = DeviceConfiguration()
        let paused = Self.run(.read(3), device, baud: baud)
        let fast = Self.run(Self.withoutPause, device, baud: baud)
        // The request for no pause is two bytes longer.
        #expect(fast.isSuccess && fast.elapsed < paused.elapsed + .milliseconds(1))
    }

    @Test(arguments: [0, 0.02])
    func aDeviceThatNeedsItsPauseFailsOnceAndGoesOn(drop: Double) {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        for seed: UInt64 in 0..<10 {
            let result = Self.run(Self.withoutPause, device, drop: drop, seed: seed)
            #expect(result.isSuccess && result.data == Self.data, "seed \(seed): \(result.failure as Any)")
            let beginnings = Self.beginnings(result)
            #expect(beginnings.first == 0 && beginnings.last ?? 0 > 0, "seed \(seed): \(beginnings)")
            if drop == 0 { #expect(beginnings.count == 2) }
        }
    }

    @Test func theFailureCostsLittleMoreThanAHandshake() {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        let careful = Self.run(.read(3), device)
        let result = Self.run(Self.withoutPause, device)
        #expect(result.elapsed < careful.elapsed + .milliseconds(5))
    }

    /// Even if the device must begin from the start, no byte is handed out twice.
    @Test(arguments: [(false, 0), (false, 0.02), (true, 0), (true, 0.02)])
    func aDeviceThatCannotBeginInTheMiddleBeginsAgain(isLegacy: Bool, drop: Double) {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        device.supportsOffset = false
        device.legacyOnly = isLegacy
        for seed: UInt64 in 0..<10 {
            let result = Self.run(Self.withoutPause, device, drop: drop, seed: seed)
            #expect(result.isSuccess && result.data == Self.data, "seed \(seed): \(result.failure as Any)")
            #expect(result.progress.moved == UInt64(Self.data.count))
            #expect(Self.beginnings(result).allSatisfy { $0 == 0 })
        }
    }

    /// In the legacy protocol, the device's answers to chunks in flight have the id of the next session.
    @Test(arguments: [Duration.microseconds(100), .milliseconds(16)])
    func lateAnswersOfALegacyDeviceDoNotEndTheSlowerRead(latency: Duration) {
        var device = DeviceConfiguration(chunkBuffer: 256)
        device.outputTime = .milliseconds(1)
        device.legacyOnly = true
        for window: UInt32 in [600, 1024, 4096] {
            var request = Self.withoutPause
            request.window = window
            let result = Self.run(request, device, latency: latency)
            #expect(
                result.isSuccess && result.data == Self.data, "window \(window): \(result.failure as Any)")
        }
    }

    /// A device sends the first chunk after each request at once. If there are more requests than places in its
    /// queue, it fails.
    @Test(arguments: [3, 8, 12, 40])
    func aLostBurstIsAskedForInPortions(length: Int) throws {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        let setup = TransferSimulation.Setup(Self.withoutPause, data: Self.data, device: device)
        for kept in [30, 60, 100] {
            var line = setup.line(baud: 12_000_000, latency: .microseconds(500))
            line.faults = try FaultSet(parsing: ["to-client:keep-drop-queue=\(kept)/\(length)/-1"])
            let result = TransferSimulation.run(line)
            #expect(result.isSuccess && result.data == Self.data, "\(kept): \(result.failure as Any)")
            #expect(Self.beginnings(result).count == 2)
        }
    }

    /// Each start during the preparation may make such a device prepare again.
    @Test func aDeviceThatPreparesForLongGetsOneStartForTheSlowerRead() {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        device.prepareDelay = .seconds(8)
        device.supportsOffset = false
        let result = Self.run(Self.withoutPause, device)
        #expect(result.isSuccess && result.data == Self.data, "\(result.failure as Any)")
        // There is one for the first read, one for the read that was to continue, and one for the read that begins
        // again.
        let preparations = result.events.count {
            switch $0 {
            case .started, .refused: true
            default: false
            }
        }
        #expect(preparations == 3)
        #expect(result.elapsed < .seconds(3 * 8 + 2))
    }

    /// This is why reads request 448 bytes by default. Larger chunks are some percent faster on devices with large
    /// buffers, and fail once in each read on devices with the usual buffers.
    @Test func largeChunksAreSomePercentFasterOrFailOnce() {
        var request = Self.withoutPause
        request.chunkSize = 4096
        request.fallback = ReadPace(chunkSize: 448, minDelay: .zero)
        let usual = Self.run(request, DeviceConfiguration())
        #expect(usual.isSuccess && usual.data == Self.data)
        #expect(Self.beginnings(usual).count == 2)

        let large = Self.run(request, DeviceConfiguration(chunkBuffer: 8192))
        let small = Self.run(Self.withoutPause, DeviceConfiguration(chunkBuffer: 8192))
        #expect(large.isSuccess && Self.beginnings(large) == [0])
        #expect(large.elapsed < small.elapsed && large.elapsed * 100 > small.elapsed * 90)
    }

    @Test func aRefusalIsNoReasonToTryAgain() {
        var device = DeviceConfiguration()
        device.refusals = [nil: .dataLoss]
        let result = Self.run(Self.withoutPause, device)
        #expect(result.failure == .some(.device(.dataLoss)))
        let refusals = result.events.count { if case .refused = $0 { true } else { false } }
        #expect(refusals == 1)
    }

    @Test func whatIsPinnedIsNotChanged() {
        var device = DeviceConfiguration()
        device.outputTime = .milliseconds(1)
        var request = TransferRequest.read(3)
        request.minDelay = .zero
        #expect(Self.run(request, device).failure == .some(.device(.dataLoss)))
    }
}

import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// If a line loses nothing, then nothing is sent or requested again, however slow the device and the line are.
@Suite struct CleanPaceTests {
    private static let data: [UInt8] = {
        var random = SeededGenerator(seed: 7)
        return random.bytes(24_000)
    }()

    private func check(
        _ direction: Direction, baud: Int?, latency: Duration, device: DeviceConfiguration,
        chunkSize: UInt32? = nil, mostRepeats: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(Self.data.count))
        if let chunkSize { request.chunkSize = chunkSize }
        let setup = TransferSimulation.Setup(request, data: Self.data, device: device)
        let result = TransferSimulation.run(setup.line(baud: baud, latency: latency))
        let line =
            "\(direction), \(baud.map { "\($0)" } ?? "no") Bd, \(latency), pause \(device.minDelay), window \(device.window), prepares \(device.prepareDelay), stores \(device.writeDelay)"
        #expect(result.isSuccess && result.data == Self.data, "\(line)", sourceLocation: sourceLocation)
        #expect(result.statistics.repeats <= mostRepeats, "\(line)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [nil, 9600, 115_200, 921_600, 3_000_000], [Direction.read, .write])
    func nothingIsRepeated(baud: Int?, direction: Direction) {
        for latency in [Duration.microseconds(100), .milliseconds(16)] {
            for pause in [0, 2, 10, 50] {
                for window: UInt32 in direction == .read ? [1024] : [512, 1024, 4096, 65536] {
                    for prepareDelay in [Duration.zero, .milliseconds(30), .seconds(1), .seconds(5)] {
                        var device = DeviceConfiguration()
                        device.minDelay = .milliseconds(pause)
                        device.window = window
                        device.prepareDelay = prepareDelay
                        check(direction, baud: baud, latency: latency, device: device)
                    }
                }
            }
        }
    }

    /// A chunk that takes seconds on the line is not requested again before it can have arrived.
    @Test(arguments: [(4800, 448), (4800, 800), (9600, 1000), (9600, 1800)], [Direction.read, .write])
    func longChunksAreAwaited(line: (baud: Int, chunkSize: Int), direction: Direction) {
        let device = DeviceConfiguration(chunkBuffer: line.chunkSize + 64)
        check(
            direction, baud: line.baud, latency: .milliseconds(1), device: device,
            chunkSize: UInt32(line.chunkSize))
    }

    /// A handler that needs time for each chunk answers later as its window grows. Until this time is measured, a
    /// late answer looks like a lost chunk.
    @Test(arguments: [nil, 115_200, 3_000_000])
    func slowStorageIsSoonKnown(baud: Int?) {
        for writeDelay in [1, 5, 20, 60] {
            for window: UInt32 in [512, 1024, 4096, 65536] {
                var device = DeviceConfiguration()
                device.minDelay = .zero
                device.window = window
                device.writeDelay = .milliseconds(writeDelay)
                check(.write, baud: baud, latency: .milliseconds(1), device: device, mostRepeats: 4)
            }
        }
    }

    /// If a window waits for the device and not for the line, a larger one would only fill the device's memory.
    @Test func aSlowDeviceIsNotAskedToOpenItsWindowFaster() {
        var device = DeviceConfiguration()
        device.window = 64 * 1024
        device.minDelay = .zero
        device.writeDelay = .milliseconds(5)
        let setup = TransferSimulation.Setup(
            .write(3, size: UInt64(Self.data.count)), data: Self.data, device: device)
        let result = TransferSimulation.run(setup.line(baud: 921_600, latency: .milliseconds(1)))
        #expect(result.isSuccess && result.sentByDevice.frames < result.dataFrames / 3)
    }
}

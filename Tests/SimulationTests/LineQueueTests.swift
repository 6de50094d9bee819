import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// Transfers over lines with queues.
@Suite struct LineQueueTests {
    private static let data: [UInt8] = {
        var random = SeededGenerator(seed: 14)
        return random.bytes(65_536)
    }()

    private static func setup(
        _ direction: Direction, queue: Int, losesOverflow: Bool = false
    ) -> TransferSimulation.Setup {
        let size = UInt64(data.count)
        var device = DeviceConfiguration()
        device.minDelay = .zero
        device.window = 65_536
        let request = direction == .read ? TransferRequest.read(3) : .write(3, size: size)
        var setup = TransferSimulation.Setup(request, data: data, device: device)
            .line(baud: 500_000, latency: .milliseconds(1))
        setup.queueToDevice = LineQueue(size: queue, losesOverflow: losesOverflow)
        setup.queueToClient = setup.queueToDevice
        return setup
    }

    /// With the queue, the line carries the same bytes at the same rate.
    @Test(arguments: [0, 4096, 65_536, 1 << 20]) func costsNothingInACleanRead(queue: Int) {
        let result = TransferSimulation.run(Self.setup(.read, queue: queue))
        #expect(result.isSuccess)
        #expect(result.data == Self.data)
        var setup = Self.setup(.read, queue: queue)
        setup.queueToClient = nil
        setup.queueToDevice = nil
        let without = TransferSimulation.run(setup)
        #expect(abs((result.elapsed - without.elapsed) / .milliseconds(1)) < 5)
    }

    @Test(arguments: [Direction.read, .write]) func survivesAQueueThatLoses(direction: Direction) {
        let result = TransferSimulation.run(Self.setup(direction, queue: 4096, losesOverflow: true))
        #expect(result.isSuccess)
        #expect(result.data == Self.data)
        let sent = direction == .read ? result.sentByDevice : result.sentByClient
        #expect(sent.overflowedBytes > 0)
    }
}

import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// Sizes around every border: nothing, one byte, a chunk and its neighbours, many windows.
private let sizes = [0, 1, 447, 448, 449, 450, 451, 1023, 1024, 1025, 65536, 300_000]

@Suite struct CleanLineTests {
    private func random(_ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(count))
        return random.bytes(count)
    }

    private func request(_ direction: Direction, size: Int, _ choice: ProtocolVersion?)
        -> TransferRequest
    {
        var request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(size))
        request.version = choice
        return request
    }

    @Test(arguments: sizes, [Direction.read, .write])
    func version2(size: Int, direction: Direction) {
        let data = random(size)
        let setup = TransferSimulation.Setup(request(direction, size: size, nil), data: data)
        let result = TransferSimulation.run(setup.line(baud: 921_600, latency: .milliseconds(1)))
        #expect(result.failure == .some(nil))
        #expect(result.version == .version2)
        #expect(result.data == data)
        #expect(result.statistics.repeats == 0)
    }

    @Test(arguments: sizes, [Direction.read, .write])
    func legacy(size: Int, direction: Direction) {
        let data = random(size)
        for choice in [ProtocolVersion?.none, .legacy] {
            var device = DeviceConfiguration()
            device.legacyOnly = choice == nil
            let setup = TransferSimulation.Setup(
                request(direction, size: size, choice), data: data, device: device)
            let result = TransferSimulation.run(setup.line(baud: 921_600, latency: .milliseconds(1)))
            #expect(result.failure == .some(nil))
            #expect(result.version == .legacy)
            #expect(result.data == data)
        }
    }

    @Test(arguments: sizes) func readOfUnknownSize(size: Int) {
        var device = DeviceConfiguration()
        device.announcesSize = false
        let data = random(size)
        let setup = TransferSimulation.Setup(.read(3), data: data, device: device)
        let result = TransferSimulation.run(setup.line(baud: 921_600, latency: .milliseconds(1)))
        #expect(result.isSuccess)
        #expect(result.data == data)
    }

    @Test(arguments: sizes) func writeOfUnknownSize(size: Int) {
        let data = random(size)
        let setup = TransferSimulation.Setup(.write(3, size: nil), data: data)
        let result = TransferSimulation.run(setup.line(baud: 921_600, latency: .milliseconds(1)))
        #expect(result.isSuccess)
        #expect(result.data == data)
    }
}

import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// How soon a transfer begins on a device that loses everything for a while after its stream was opened.
@Suite struct StartTests {
    /// Runs a transfer of 100 bytes, from the frame that opens the stream to the end.
    private func elapsed(
        _ request: TransferRequest, deafness: Duration, baud: Int? = 3_000_000,
        change: (inout DeviceConfiguration) -> Void = { _ in }
    ) -> TransferSimulation.Result {
        var device = DeviceConfiguration()
        device.startDeafness = deafness
        change(&device)
        let data = [UInt8](repeating: 7, count: 100)
        let setup = TransferSimulation.Setup(request, data: data, device: device)
        let result = TransferSimulation.run(setup.line(baud: baud, latency: .microseconds(100)))
        #expect(result.isSuccess && result.data == data)
        #expect(result.statistics.repeats == 0)
        return result
    }

    /// How long a device loses everything, and within what time a transfer of 100 bytes must end, in milliseconds.
    @Test(
        arguments: [(0, 4), (5, 14), (20, 29), (50, 114), (100, 114)],
        [TransferRequest.read(3), .write(3, size: 100)])
    func beginsSoonAfterTheDeviceHears(times: (deafness: Int, limit: Int), request: TransferRequest) {
        let result = elapsed(request, deafness: .milliseconds(times.deafness))
        #expect(result.elapsed < .milliseconds(times.limit))
    }

    @Test(arguments: [9600, 115_200])
    func startsLeaveASlowLineFree(baud: Int) {
        let result = elapsed(.read(3), deafness: .milliseconds(100), baud: baud)
        let sent = Duration.seconds(10) * result.sentByClient.bytes / baud
        #expect(sent < result.elapsed * 3 / 4)
    }

    /// Repeated starts queue up while a device prepares. It prepares once, and sends the data once.
    @Test(arguments: [Direction.read, .write], [10, 300, 5000])
    func longPreparationIsNotRepeated(direction: Direction, prepareDelay: Int) {
        let request = direction == .read ? TransferRequest.read(3) : .write(3, size: 100)
        let result = elapsed(request, deafness: .zero) { $0.prepareDelay = .milliseconds(prepareDelay) }
        let starts = result.events.count { if case .started = $0 { true } else { false } }
        #expect(starts == 1)
        #expect(result.elapsed < .milliseconds(prepareDelay + 5))
    }

    /// A device of the legacy protocol prepares again for each start that it gets, so there are few starts.
    @Test(arguments: [Direction.read, .write])
    func legacyDeviceThatPrepares(direction: Direction) {
        let request = direction == .read ? TransferRequest.read(3) : .write(3, size: 100)
        let result = elapsed(request, deafness: .zero) {
            $0.prepareDelay = .milliseconds(500)
            $0.legacyOnly = true
        }
        let starts = result.events.count { if case .started = $0 { true } else { false } }
        #expect((1...5).contains(starts))
    }
}

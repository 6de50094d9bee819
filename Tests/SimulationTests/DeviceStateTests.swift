import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// A device that restarts, or that loses its client, at any moment of a transfer.
@Suite struct DeviceStateTests {
    /// Moments from before the start to after the end of a transfer of ``data`` on the line of ``setup(_:)``.
    static let moments = stride(from: 0, through: 330, by: 6).map {
        Duration.milliseconds($0) + .microseconds(300)
    }

    private let data: [UInt8] = {
        var random = SeededGenerator(seed: 20)
        return random.bytes(15_000)
    }()

    private func setup(_ request: TransferRequest) -> TransferSimulation.Setup {
        TransferSimulation.Setup(request, data: data).line(baud: 921_600, latency: .milliseconds(2))
    }

    @Test(arguments: moments) func restartDuringARead(moment: Duration) {
        var setup = setup(.read(3))
        setup.rebootAt = moment
        let result = TransferSimulation.run(setup)
        #expect(result.isSuccess)
        #expect(result.data == data)
    }

    @Test(arguments: moments) func restartDuringAReadOfADeviceWithoutOffsets(moment: Duration) {
        var setup = setup(.read(3))
        setup.device.supportsOffset = false
        setup.rebootAt = moment
        let result = TransferSimulation.run(setup)
        #expect(
            result.isSuccess ? result.data == data : result.failure == .some(.cannotContinue(.unimplemented)))
    }

    @Test(arguments: moments) func restartDuringAWrite(moment: Duration) {
        var request = TransferRequest.write(3, size: UInt64(data.count))
        for restartsWrite in [false, true] {
            request.restartsWrite = restartsWrite
            var setup = setup(request)
            setup.rebootAt = moment
            let result = TransferSimulation.run(setup)
            if restartsWrite || result.isSuccess {
                #expect(result.isSuccess)
                #expect(result.data == data)
            } else {
                #expect(result.failure == .some(.streamLost))
                #expect(result.data == nil, "nothing counts before the device has accepted it")
            }
        }
    }

    @Test("a transfer that is cancelled at any moment leaves the device free", arguments: moments)
    func cancelled(moment: Duration) {
        for request in [TransferRequest.read(3), .write(3, size: UInt64(data.count))] {
            var setup = setup(request)
            setup.device.contexts = 1
            setup.cancelAt = moment
            let result = TransferSimulation.run(setup)
            #expect(result.failure != nil, "it must end")
            let started = result.events.filter { if case .started = $0 { true } else { false } }.count
            let ended = result.events.filter { if case .ended = $0 { true } else { false } }.count
            #expect(started == ended)
        }
    }

    @Test("pitfall 35: a device that cannot go back ends the transfer, never with wrong data")
    func deviceThatCannotSeek() {
        var failures = 0
        for seed in 0..<20 as Range<UInt64> {
            var setup = setup(.read(3)).line(baud: 921_600, latency: .milliseconds(2), drop: 0.05, seed: seed)
            setup.device.canSeek = false
            let result = TransferSimulation.run(setup)
            if result.isSuccess {
                #expect(result.data == data)
            } else {
                failures += 1
                #expect(result.failure == .some(.cannotGoBack))
                #expect(result.data.map(data.starts) == true)
            }
        }
        // If one frame of twenty is lost, hardly any read succeeds without a loss, at the first attempt or at the
        // second.
        #expect(failures >= 14)
    }

    @Test("pitfall 36: a read whose window never fills needs no further parameters")
    func windowThatNeverFills() {
        var setup = setup(.read(3))
        setup.data = Array(data.prefix(1000))
        let result = TransferSimulation.run(setup.line(baud: nil))
        #expect(result.isSuccess)
        // The frames are the request, the start, the confirmation and the completion.
        #expect(result.sentByClient.frames == 4)
    }
}

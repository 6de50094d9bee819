import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

/// How large the chunks of a write are, and how long they may take.
@Suite struct WriteChunkTests {
    private static func write(_ count: Int) -> TransferSimulation.Setup {
        TransferSimulation.Setup(.write(2, size: UInt64(count)), data: patternBytes(count))
    }

    /// Nothing is repeated before an answer can have come.
    @Test(arguments: [300, 1200, 2400, 9600]) func slowLine(baud: Int) {
        let setup = Self.write(3000).line(baud: baud)
        let result = TransferSimulation.run(setup)
        #expect(result.isSuccess, "\(result.failure as Any)")
        #expect(result.data == setup.data)
        #expect(result.elapsed < .seconds(1) * (3000 * 30) / baud + .seconds(20), "\(result.elapsed)")
    }
}

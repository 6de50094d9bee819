public import PigweedTransfer
public import SimulatedDevice

/// The table of transfers over lossy lines, exact because no clock is involved.
public enum LossTable {
    /// A line of the table.
    public struct Line: Sendable {
        /// What it is called.
        public var name: String
        /// Bits a second.
        public var baud: Int
        /// One way.
        public var latency: Duration
    }

    /// A direct UART is 0.1 ms away, a USB bridge with its polling up to 16 ms.
    public static let lines = [
        Line(name: "115 200 Bd, 0.1 ms", baud: 115_200, latency: .microseconds(100)),
        Line(name: "921 600 Bd, 1 ms", baud: 921_600, latency: .milliseconds(1)),
        Line(name: "3 MBd, 1 ms", baud: 3_000_000, latency: .milliseconds(1)),
        Line(name: "1 MB/s, 16 ms", baud: 10_000_000, latency: .milliseconds(16)),
    ]

    /// Shares of lost frames, in both directions.
    public static let losses = [0, 0.001, 0.01, 0.05, 0.10]

    /// Bytes of each transfer.
    public static let size = 256 * 1024

    /// What a cell of the table says: the means of several seeds.
    public struct Cell: Sendable {
        public var elapsed = Duration.zero
        public var share = 0.0
        public var repeats = 0.0
        public var longestStall = Duration.zero
        public var failures = 0
    }

    /// The device of the table.
    public static var device: DeviceConfiguration {
        var device = DeviceConfiguration()
        device.window = 64 * 1024
        device.minDelay = .zero
        return device
    }

    public static func cell(
        _ direction: Direction, _ line: Line, loss: Double, seeds: Range<UInt64>, ideal: Duration?
    ) -> Cell {
        var cell = Cell()
        var pattern = SplitMix64(seed: 7)
        let data = (0..<size).map { _ in UInt8(truncatingIfNeeded: pattern.next()) }
        for seed in seeds {
            let request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(size))
            let setup = TransferSimulation.Setup(request, data: data, device: device)
            let result = TransferSimulation.run(
                setup.line(baud: line.baud, latency: line.latency, drop: loss, seed: seed))
            if !result.isSuccess || result.data != data { cell.failures += 1 }
            cell.elapsed += result.elapsed
            cell.repeats += Double(result.statistics.repeats) / Double(seeds.count)
            cell.longestStall = max(cell.longestStall, result.longestStall)
        }
        cell.elapsed = cell.elapsed / seeds.count
        cell.share = (ideal ?? cell.elapsed) / (1 - loss) / cell.elapsed
        return cell
    }
}

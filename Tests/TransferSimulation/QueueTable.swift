internal import PigweedTransfer
internal import SimulatedDevice

/// The times of transfers over lines on which bytes wait in queues, for this package's client and for one with fixed
/// timers. Also whether a resource that cannot seek survives a device that stands still.
///
/// All times are virtual, and so always the same to the nanosecond. ``markdown`` explains the columns.
package struct QueueTable: Codable, Sendable {
    /// A line, the same in both directions.
    package struct Line: Codable, Hashable, Sendable {
        /// The name of the line.
        package var name: String
        /// Bits a second.
        package var baud: Int
        /// The latency in one direction.
        package var latency: Duration
        /// The rate at which waiting bytes are forwarded in bursts, in bytes a second; `nil` without bursts.
        package var burstRate: Int?
    }

    /// The transfers of one direction on one line.
    package struct Section: Codable, Sendable {
        /// Whether the client sends the data.
        package var isWrite: Bool
        /// The line.
        package var line: Line
        /// The time of a client that loses no time on this line without losses: this package's client with an empty
        /// queue.
        package var ideal: Duration
        /// One row for each queue and disturbance.
        package var rows: [Row]
    }

    /// The transfers with one queue and one disturbance.
    package struct Row: Codable, Sendable {
        /// The number of bytes that may wait in each direction without holding back the sender.
        package var queue: Int
        /// What happens on the line.
        package var disturbance: Disturbance
        /// The time that counts as a share of 1.
        package var ideal: Duration
        /// This package's client.
        package var measuredTimes: Cell
        /// The client with fixed timers.
        package var fixedTimers: Cell
    }

    /// The results of the transfers of a row, one transfer for each seed.
    package struct Cell: Codable, Sendable {
        /// The mean time; for a transfer that failed, the time until it failed.
        package var elapsed = Duration.zero
        /// The mean number of repeats: of chunks in writes, of requests to repeat chunks in reads.
        package var repeats = 0.0
        /// The unnecessary bytes that arrived at the receiver of the data, as a mean share of the necessary ones.
        package var duplicates = 0.0
        /// The longest stall of all transfers.
        package var longestStall = Duration.zero
        /// How many transfers failed.
        package var failures = 0
    }

    /// A slow line, a usual one, one whose round trip is long even without a queue, and the proxy of the reference's tests.
    package static let lines = [
        Line(name: "50 kB/s, 1 ms", baud: 500_000, latency: .milliseconds(1)),
        Line(name: "921 600 Bd, 1 ms", baud: 921_600, latency: .milliseconds(1)),
        Line(name: "1 MB/s, 16 ms", baud: 10_000_000, latency: .milliseconds(16)),
        Line(
            name: "50 kB/s in bursts of 4 KiB", baud: 10_000_000, latency: .milliseconds(1),
            burstRate: 50_000),
    ]
    /// The number of bytes that may wait in each direction.
    package static let queues = [0, 4, 16, 64, 256].map { $0 * 1024 }
    /// The number of bytes in each transfer.
    package static let size = 256 * 1024
    /// The seeds that decide the disturbances. Every cell has the same seeds.
    package static let seeds: Range<UInt64> = 0..<10

    /// Reads and writes on each of ``lines``.
    package private(set) var sections: [Section] = []
    /// Reads of a resource that cannot seek.
    package private(set) var standstills: [Standstill] = []

    /// Runs all the transfers.
    ///
    /// - Parameter filter: a text that the titles of the measured sections contain, without standstills; `nil` for
    /// everything.
    package static func measure(only filter: String? = nil) async -> QueueTable {
        let data = patternOfData()
        let places = [false, true].flatMap { isWrite in lines.map { (isWrite, $0) } }
            .filter { filter.map(Section.title($0, $1).contains) ?? true }
        var table = QueueTable()
        var sections: [Int: Section] = [:]
        await withTaskGroup(of: (Int, Section).self) { group in
            for (index, (isWrite, line)) in places.enumerated() {
                group.addTask { (index, section(isWrite: isWrite, line, data: data)) }
            }
            for await (index, section) in group { sections[index] = section }
        }
        table.sections = places.indices.compactMap { sections[$0] }
        if filter == nil { table.standstills = Standstill.measure(data: data) }
        return table
    }

    private static func patternOfData() -> [UInt8] {
        var random = SplitMix64(seed: 1)
        return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private static func section(isWrite: Bool, _ line: Line, data: [UInt8]) -> Section {
        let request = isWrite ? TransferRequest.write(3, size: UInt64(size)) : .read(3)
        var device = DeviceConfiguration()
        device.window = 64 * 1024
        device.minDelay = .zero
        let setup = TransferSimulation.Setup(request, data: data, device: device)
            .line(baud: line.baud, latency: line.latency)
        let undisturbed = TransferSimulation.run(setup.queue(0, on: line))
        precondition(undisturbed.isSuccess && undisturbed.data == data, "fails on a perfect line")
        let rows = queues.flatMap { queue in
            Disturbance.allCases.map { disturbance in
                let setup = setup.queue(queue, on: line)
                return Row(
                    queue: queue, disturbance: disturbance,
                    ideal: undisturbed.elapsed / (1 - disturbance.lostShare),
                    measuredTimes: cell(setup, disturbance, .measuredTimes, undisturbed.arrivedBytes),
                    fixedTimers: cell(setup, disturbance, .fixedTimers, undisturbed.arrivedBytes))
            }
        }
        return Section(isWrite: isWrite, line: line, ideal: undisturbed.elapsed, rows: rows)
    }

    /// - Parameter neededBytes: the number of bytes that must arrive at the receiver of the data.
    private static func cell(
        _ setup: TransferSimulation.Setup, _ disturbance: Disturbance,
        _ policy: TransferSimulation.Policy, _ neededBytes: Int
    ) -> Cell {
        let seeds = disturbance == .none ? 0..<1 : seeds
        var cell = Cell()
        for seed in seeds {
            var setup = disturbance.applied(to: setup, seed: seed)
            setup.policy = policy
            let result = TransferSimulation.run(setup)
            cell.elapsed += result.elapsed
            cell.repeats += Double(result.statistics.repeats)
            cell.duplicates += Double(max(result.arrivedBytes - neededBytes, 0)) / Double(neededBytes)
            cell.longestStall = max(cell.longestStall, result.longestStall)
            if !result.isSuccess || result.data != setup.data { cell.failures += 1 }
        }
        cell.elapsed /= seeds.count
        cell.repeats /= Double(seeds.count)
        cell.duplicates /= Double(seeds.count)
        return cell
    }
}

extension TransferSimulation.Setup {
    /// The setup with a queue in each direction.
    fileprivate func queue(_ size: Int, on line: QueueTable.Line) -> TransferSimulation.Setup {
        var setup = self
        let queue = LineQueue(size: line.burstRate == nil ? size : 0)
        setup.queueToDevice = queue
        setup.queueToClient = queue
        if let rate = line.burstRate {
            setup.faults.toDevice.append(PageForwarder(rate: rate, buffer: size))
            setup.faults.toClient.append(PageForwarder(rate: rate, buffer: size))
        }
        return setup
    }
}

extension QueueTable.Row {
    /// The share of the ideal that a cell reaches.
    package func share(_ cell: QueueTable.Cell) -> Double { ideal / cell.elapsed }
}

internal import PigweedTransfer
internal import SimulatedDevice

/// The times of transfers on lines that lose frames, for this package's client and for one with fixed timers.
///
/// All times are virtual, and so always the same to the nanosecond. ``markdown`` explains the columns.
package struct LossTable: Codable, Sendable {
    /// A line, the same in both directions.
    package struct Line: Codable, Hashable, Sendable {
        /// The name of the line.
        package var name: String
        /// Bits a second.
        package var baud: Int
        /// The latency in one direction.
        package var latency: Duration
    }

    /// The transfers of one direction on one line.
    package struct Section: Codable, Sendable {
        /// Whether the client sends the data.
        package var isWrite: Bool
        /// The line.
        package var line: Line
        /// The loss-free transfer of this package's client.
        package var lossFree: LossFree
        /// One row for each of ``LossTable/losses``.
        package var rows: [Row]
    }

    /// A transfer without loss.
    package struct LossFree: Codable, Sendable {
        /// The time from the start to the end.
        package var elapsed: Duration
        /// The time that the line needs for everything that was sent in the direction of the data.
        package var lineTime: Duration
        /// The number of data chunks.
        package var chunks: Int
        /// The time from a data chunk on the line to the arrival of its answer, on an idle line.
        package var roundTrip: Duration
        /// The time that the line needs for the data of the largest window that is certain to be opened. In a read,
        /// this is the client's first window; in a write, it is the device's window.
        package var windowTime: Duration
    }

    /// The transfers with one loss.
    package struct Row: Codable, Sendable {
        /// The share of frames that is lost, in both directions.
        package var loss: Double
        /// The time that counts as a share of 1.
        package var ideal: Duration
        /// In a write, the share that the device's window leaves; `nil` in reads.
        package var bound: Double?
        /// This package's client.
        package var measuredTimes: Cell
        /// The client with fixed timers.
        package var fixedTimers: Cell
    }

    /// The results of the transfers with one loss, one transfer for each seed.
    package struct Cell: Codable, Sendable {
        /// The mean time; for a transfer that failed, the time until it failed.
        package var elapsed: Duration
        /// The mean number of repeats: of chunks in writes, of requests to repeat chunks in reads.
        package var repeats: Double
        /// The longest stall of all transfers.
        package var longestStall: Duration
        /// How many transfers failed.
        package var failures: Int
    }

    /// UARTs at both ends, and converters that poll. The last line is the worst that is known.
    package static let lines = [
        Line(name: "115 200 Bd, 0.1 ms", baud: 115_200, latency: .microseconds(100)),
        Line(name: "921 600 Bd, 1 ms", baud: 921_600, latency: .milliseconds(1)),
        Line(name: "3 000 000 Bd, 1 ms", baud: 3_000_000, latency: .milliseconds(1)),
        Line(name: "1 MB/s, 16 ms", baud: 10_000_000, latency: .milliseconds(16)),
    ]
    /// The shares of frames that are lost.
    package static let losses = [0, 0.001, 0.01, 0.05, 0.1]
    /// The number of bytes in each transfer.
    package static let size = 256 * 1024
    /// The seeds that decide which frames are lost. Every cell has the same seeds.
    package static let seeds: Range<UInt64> = 0..<40

    /// Reads and writes on each of ``lines``.
    package private(set) var sections: [Section] = []

    /// Runs all the transfers.
    package static func measure() async -> LossTable {
        let data = patternOfData()
        let places = [Direction.read, .write].flatMap { direction in lines.map { (direction, $0) } }
        var sections: [Int: Section] = [:]
        await withTaskGroup(of: (Int, Section).self) { group in
            for (index, (direction, line)) in places.enumerated() {
                group.addTask { (index, section(direction, line, data: data)) }
            }
            for await (index, section) in group { sections[index] = section }
        }
        return LossTable(sections: places.indices.compactMap { sections[$0] })
    }

    private static func patternOfData() -> [UInt8] {
        var random = SplitMix64(seed: 1)
        return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private static func section(_ direction: Direction, _ line: Line, data: [UInt8]) -> Section {
        let request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(size))
        var device = DeviceConfiguration()
        device.window = 64 * 1024
        device.minDelay = .zero
        let setup = TransferSimulation.Setup(request, data: data, device: device)
        let lossFree = lossFree(setup, line)
        let rows = losses.map { loss in
            Row(
                loss: loss, ideal: lossFree.elapsed / (1 - loss),
                bound: direction == .write ? lossFree.writeBound(loss: loss, latency: line.latency) : nil,
                measuredTimes: cell(setup, line, loss, .measuredTimes),
                fixedTimers: cell(setup, line, loss, .fixedTimers))
        }
        return Section(isWrite: direction == .write, line: line, lossFree: lossFree, rows: rows)
    }

    private static func lossFree(_ setup: TransferSimulation.Setup, _ line: Line) -> LossFree {
        let result = TransferSimulation.run(setup.line(baud: line.baud, latency: line.latency))
        precondition(result.isSuccess && result.data == setup.data, "fails on a perfect line")
        let isRead = setup.request.direction == .read
        let sent = isRead ? result.sentByDevice : result.sentByClient
        let answers = isRead ? result.sentByClient : result.sentByDevice
        let byteTime = Duration.seconds(10) / line.baud
        let windowSize = isRead ? 32 * 1024 : Int(setup.device.window)
        // In a read, these are the device's two acknowledgements. In a write: opening, start, confirmation,
        // acknowledgement.
        let otherFrames = isRead ? 2 : 4
        let bytesThereAndBack = sent.bytes / sent.frames + answers.bytes / answers.frames
        let roundTrip: Duration = byteTime * bytesThereAndBack + line.latency * 2
        return LossFree(
            elapsed: result.elapsed, lineTime: byteTime * sent.bytes, chunks: sent.frames - otherFrames,
            roundTrip: roundTrip, windowTime: byteTime * sent.bytes * windowSize / size)
    }

    /// - Parameter loss: the share of lost frames; 0 needs only one transfer.
    private static func cell(
        _ setup: TransferSimulation.Setup, _ line: Line, _ loss: Double,
        _ policy: TransferSimulation.Policy
    ) -> Cell {
        var setup = setup
        setup.policy = policy
        let seeds = loss == 0 ? 0..<1 : seeds
        var cell = Cell(elapsed: .zero, repeats: 0, longestStall: .zero, failures: 0)
        for seed in seeds {
            let result = TransferSimulation.run(
                setup.line(baud: line.baud, latency: line.latency, drop: loss, seed: seed))
            cell.elapsed += result.elapsed
            cell.repeats += Double(result.statistics.repeats)
            cell.longestStall = max(cell.longestStall, result.longestStall)
            if !result.isSuccess || result.data != setup.data { cell.failures += 1 }
        }
        cell.elapsed /= seeds.count
        cell.repeats /= Double(seeds.count)
        return cell
    }
}

extension LossTable.Row {
    /// The share of the ideal that a cell reaches.
    package func share(_ cell: LossTable.Cell) -> Double { ideal / cell.elapsed }
}

extension LossTable.LossFree {
    /// The longest stall that is allowed: five round trips and a window.
    package var stallLimit: Duration { roundTrip * 5 + windowTime }

    /// The share of the ideal that a certain receiver leaves to a write: it halves its window at each loss, lets it
    /// grow by a chunk with each received chunk, and takes nothing behind a gap.
    func writeBound(loss: Double, latency: Duration) -> Double {
        guard loss > 0 else { return 1 }
        let frame = lineTime / chunks
        let window = max(3 / (2 * loss), 1)
        let pace = max(frame, roundTrip / window)
        let extra = (pace - frame) + (roundTrip + frame) * (loss / (1 - loss))
        return elapsed / (1 - loss) / (elapsed + extra * chunks)
    }
}

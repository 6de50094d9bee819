internal import PigweedTransfer
internal import SimulatedDevice

/// The share of time in which the line carries frames of a transfer, on lines without loss.
///
/// All times are virtual, and so always the same to the nanosecond. ``markdown`` explains the columns.
package struct UtilisationTable: Codable, Sendable {
    /// A line and a device.
    package struct Place: Codable, Hashable, Sendable {
        /// Whether the client sends the data.
        package var isWrite: Bool
        /// Bits a second.
        package var baud: Int
        /// The latency in one direction.
        package var latency: Duration
        /// The size of the device's chunk buffer, in bytes.
        package var chunkBuffer: Int
        /// The device's pause between chunks.
        package var minDelay: Duration
        /// The device's window, in bytes; 0 in reads, where it does not matter.
        package var window: Int
    }

    /// What prevents a perfect client from using the line all the time.
    package enum Bound: String, Codable, Sendable {
        /// Nothing.
        case line = ""
        /// The device's pause between chunks.
        case pause = "p"
        /// The device's window.
        case window = "w"
        /// The round trips of handshake and completion.
        case roundTrips = "r"
    }

    /// A transfer.
    package struct Cell: Codable, Sendable {
        /// The line and the device.
        package var place: Place
        /// The share of the time, from the start to the last acknowledgement, in which the line carried frames in the
        /// direction of the data.
        package var utilisation: Double
        /// The utilisation by a client that loses no time.
        package var limit: Double
        /// What limits that client.
        package var bound: Bound
        /// The number of chunks that were sent or requested again.
        package var repeats: Int

        /// How close the transfer comes to the limit.
        package var share: Double { utilisation / limit }
    }

    /// Bits a second; the last is 1 MB/s.
    package static let bauds = [115_200, 921_600, 3_000_000, 10_000_000]
    /// The latencies in one direction.
    package static let latencies: [Duration] = [
        .microseconds(100), .milliseconds(1), .milliseconds(8), .milliseconds(16),
    ]
    /// The sizes of the device's chunk buffer, in bytes.
    package static let chunkBuffers = [128, 480, 1024, 4096]
    /// The device's pauses.
    package static let minDelays: [Duration] = [.zero, .milliseconds(2)]
    /// The device's windows in writes.
    package static let windows = [4 * 1024, 16 * 1024, 64 * 1024]
    /// The number of bytes in each transfer.
    package static let size = 1 << 20

    /// The cells, in the order of the places.
    package private(set) var cells: [Cell] = []

    /// All lines and devices, reads first.
    package static var places: [Place] {
        var places: [Place] = []
        for isWrite in [false, true] {
            for baud in bauds {
                for latency in latencies {
                    for chunkBuffer in chunkBuffers {
                        for minDelay in minDelays {
                            for window in isWrite ? windows : [0] {
                                places.append(
                                    Place(
                                        isWrite: isWrite, baud: baud, latency: latency,
                                        chunkBuffer: chunkBuffer, minDelay: minDelay, window: window))
                            }
                        }
                    }
                }
            }
        }
        return places
    }

    /// Runs all the transfers.
    package static func measure() async -> UtilisationTable {
        var random = SplitMix64(seed: 1)
        let data = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let places = places
        var cells: [Int: Cell] = [:]
        await withTaskGroup(of: (Int, Cell).self) { group in
            for (index, place) in places.enumerated() {
                group.addTask { (index, cell(place, data: data)) }
            }
            for await (index, cell) in group { cells[index] = cell }
        }
        return UtilisationTable(cells: places.indices.compactMap { cells[$0] })
    }

    private static func cell(_ place: Place, data: [UInt8]) -> Cell {
        var device = DeviceConfiguration(chunkBuffer: place.chunkBuffer)
        device.minDelay = place.minDelay
        if place.isWrite { device.window = UInt32(place.window) }
        let request = place.isWrite ? TransferRequest.write(3, size: UInt64(size)) : .read(3)
        let setup = TransferSimulation.Setup(request, data: data, device: device)
        let result = TransferSimulation.run(setup.line(baud: place.baud, latency: place.latency))
        precondition(result.isSuccess && result.data == data, "fails on a perfect line")
        let sent = place.isWrite ? result.sentByClient : result.sentByDevice
        let lineTime = Duration.seconds(10) * sent.bytes / place.baud
        let ideal = IdealTransfer(place, frames: result.dataFrames, lineTime: lineTime)
        return Cell(
            place: place, utilisation: lineTime / result.elapsed, limit: lineTime / ideal.elapsed,
            bound: ideal.bound, repeats: result.statistics.repeats)
    }
}

/// A transfer in which the client loses no time. It takes as long as the device's pause, its window, and the chunks
/// that the protocol requires before and after the data.
private struct IdealTransfer {
    /// The time from the start to the last acknowledgement.
    private(set) var elapsed = Duration.zero
    private(set) var bound = UtilisationTable.Bound.line

    /// The approximate number of bytes in the frames that every transfer needs beside the data: the opening before
    /// the data flow, the parameters, and the completion.
    private static let openingBytes = 200
    private static let parametersBytes = 50
    private static let completionBytes = 40

    init(_ place: UtilisationTable.Place, frames: Int, lineTime: Duration) {
        let byteTime = Duration.seconds(10) / place.baud
        let frameTime = lineTime / frames
        let data = Self.dataTime(place, frames: frames, frameTime: frameTime, byteTime: byteTime)
        // In a read: start, acknowledgement, confirmation, completion, acknowledgement. A write has the parameters as
        // well, but its last acknowledgement comes from the client.
        let handshake: Duration =
            byteTime * (Self.openingBytes + Self.completionBytes) + place.latency * 5
        elapsed = handshake + data
        let pauseTime = max(frameTime, place.minDelay) * frames
        if data - pauseTime > pauseTime / 100 {
            bound = .window
        } else if place.minDelay > frameTime {
            bound = .pause
        } else if lineTime / elapsed < 0.99 {
            bound = .roundTrips
        }
    }

    /// The time from the first data chunk to the arrival of the last one.
    private static func dataTime(
        _ place: UtilisationTable.Place, frames: Int, frameTime: Duration, byteTime: Duration
    ) -> Duration {
        let pace = max(frameTime, place.minDelay)
        guard place.isWrite else { return pace * (frames - 1) + frameTime + place.latency }
        // The reference opens its window like this: one chunk, then twice as many each time half of the window is used.
        let largest = max(place.window * frames / UtilisationTable.size, 1)
        let answerTime: Duration = byteTime * parametersBytes + place.latency
        var window = 1
        var grants: [(end: Int, at: Duration)] = [(1, .zero)]
        var grant = 0
        var free = Duration.zero
        var arrival = Duration.zero
        for index in 0..<frames {
            while grants[grant].end <= index { grant += 1 }
            let start = max(free, grants[grant].at)
            free = start + pace
            arrival = start + frameTime + place.latency
            let left = (grants.last?.end ?? 0) - (index + 1)
            if 2 * left <= window {
                window = min(window * 2, largest)
                grants.append((index + 1 + window, arrival + answerTime))
            }
        }
        return arrival
    }
}

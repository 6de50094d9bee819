internal import PigweedTransfer
internal import SimulatedDevice

extension QueueTable {
    /// Reads of a resource that cannot seek. The device stands still once, at a different place in each read, and
    /// loses nothing.
    package struct Standstill: Codable, Sendable {
        /// Whether the reads use the legacy protocol.
        package var isLegacy: Bool
        /// Bits a second.
        package var baud: Int
        /// How long the device stands still.
        package var duration: Duration
        /// How many reads there were.
        package var reads = 0
        /// How many reads had the right data.
        package var right = 0
        /// How often a session was begun again.
        package var restarts = 0
        /// How many requests to repeat data there were.
        package var repeats = 0

        /// Bits a second.
        static let bauds = [115_200, 921_600, 3_000_000]
        /// How long the device stands still, from a few chunks to just less than the timeout of most clients.
        static let durations = [10, 30, 100, 200, 500, 1000, 1900].map { Duration.milliseconds($0) }
        /// The number of bytes in each read.
        static let size = 65_536
        /// After how many bytes the device stands still: at every border, and in between.
        static let places = [1, 449, 1000, 16_384, 32_768, 40_000, 65_000, size]

        static func measure(data: [UInt8]) -> [Standstill] {
            var standstills: [Standstill] = []
            for isLegacy in [false, true] {
                for baud in bauds {
                    for duration in durations {
                        var standstill = Standstill(isLegacy: isLegacy, baud: baud, duration: duration)
                        for place in places {
                            standstill.add(at: place, data: Array(data.prefix(size)))
                        }
                        standstills.append(standstill)
                    }
                }
            }
            return standstills
        }

        private mutating func add(at place: Int, data: [UInt8]) {
            var request = TransferRequest.read(3)
            request.version = isLegacy ? .legacy : .version2
            var device = DeviceConfiguration()
            device.minDelay = .zero
            device.canSeek = false
            device.pauses = [DevicePause(duration, after: place)]
            let setup = TransferSimulation.Setup(request, data: data, device: device)
                .line(baud: baud, latency: .milliseconds(1))
            let result = TransferSimulation.run(setup)
            let starts = result.events.count { event in
                guard case .started = event else { return false }
                return true
            }
            reads += 1
            if result.isSuccess, result.data == data { right += 1 }
            restarts += starts - 1
            repeats += result.statistics.repeats
        }
    }
}

internal import PigweedTransfer
internal import SimulatedDevice

extension SwarmPlan {
    /// Whether seeds draw queues, bursts, devices that stand still, and resources that cannot seek. If not, all other
    /// draws of a seed are the same.
    static let drawsQueues = true

    /// A part of the line that forwards in bursts; see ``PageForwarder``.
    package struct Forwarder: Hashable, Sendable {
        /// Bytes a second.
        package var rate: Int
        /// The number of bytes in a burst.
        package var page: Int
        /// The number of bytes that may wait without holding back their sender.
        package var buffer: Int

        var filter: PageForwarder { PageForwarder(rate: rate, page: page, buffer: buffer) }
    }

    /// Bytes a second at the slowest place of the line; `nil` for a line without any delay of its own.
    var slowestRate: Double? {
        [
            baud.map { Double($0) / 10 }, forwarderToDevice.map { Double($0.rate) },
            forwarderToClient.map { Double($0.rate) },
        ]
        .compactMap(\.self).min()
    }

    /// The longest time that bytes wait in queues and bursts, both directions together.
    var drainTime: Duration {
        drainTime(of: queueToDevice, forwarderToDevice) + drainTime(of: queueToClient, forwarderToClient)
    }

    private func drainTime(of queue: LineQueue?, _ forwarder: Forwarder?) -> Duration {
        var seconds = 0.0
        if let queue, let baud { seconds += Double(queue.size) * 10 / Double(baud) }
        if let forwarder { seconds += Double(forwarder.buffer + 2 * forwarder.page) / Double(forwarder.rate) }
        return .seconds(seconds)
    }

    /// The time in which the device stands still during a transfer without repeats.
    var standstillTime: Duration {
        device.pauses.reduce(.zero) { total, pause in
            total + pause.duration * (pause.every.map { transferSize / $0 + 1 } ?? 1)
        }
    }

    /// The longest time for which nothing can arrive although nothing is lost.
    var longestSilence: Duration { drainTime + (device.pauses.map(\.duration).max() ?? .zero) }

    /// Whether a queue loses bytes.
    var losesOverflow: Bool { queueToDevice?.losesOverflow == true || queueToClient?.losesOverflow == true }
}

extension SwarmDraw {
    /// The longest time in which a full queue drains, in seconds. On slower lines, queues are smaller.
    private static let longestDrain = 4

    /// Draws queues, bursts, standstills and resources that cannot seek.
    mutating func queues(of plan: inout SwarmPlan) {
        if chance(0.4) {
            if chance(0.7) { plan.queueToDevice = queue(for: plan) }
            if chance(0.7) { plan.queueToClient = queue(for: plan) }
        }
        if chance(0.1) {
            if chance(0.7) { plan.forwarderToDevice = forwarder(for: plan) }
            if chance(0.7) { plan.forwarderToClient = forwarder(for: plan) }
        }
        if chance(0.15) {
            let limit = pick([Duration.milliseconds(50), .milliseconds(50), .milliseconds(500), .seconds(2)])
            let after = int(1...max(plan.transferSize, 1))
            let every = chance(0.5) ? int(4096...65_536) : nil
            plan.device.pauses = [DevicePause(time(upTo: limit), after: after, every: every)]
        }
        if plan.request.direction == .read, chance(0.15) { plan.device.canSeek = false }
        // A read from a device that gives up while its own queue drains cannot succeed.
        plan.device.chunkTimeout = max(plan.device.chunkTimeout, plan.drainTime * 3)
    }

    private mutating func queue(for plan: SwarmPlan) -> LineQueue? {
        guard let baud = plan.baud else { return nil }
        let size = min(
            pick([0, 512, 4096, 16_384, 65_536, 262_144, int(0...65_536)]), baud / 10 * Self.longestDrain)
        // A queue that loses bytes has room for at least some chunks, or nothing would ever get through.
        let losesOverflow = chance(0.2)
        return LineQueue(
            size: losesOverflow ? max(size, 4 * plan.largestFrame) : size, losesOverflow: losesOverflow)
    }

    private mutating func forwarder(for plan: SwarmPlan) -> SwarmPlan.Forwarder {
        let rate = int(10_000...200_000)
        return SwarmPlan.Forwarder(
            rate: rate, page: pick([4096, 4096, int(100...10_000)]),
            buffer: min(pick([0, 2048, 65_536]), rate * Self.longestDrain))
    }
}

package import PigweedTransfer
package import SimulatedDevice

/// The plan of a seed: a transfer, a device, a line, and what goes wrong.
package struct SwarmPlan: Sendable {
    /// Frames that are lost or damaged in one direction.
    package struct Losses: Hashable, Sendable {
        /// The share of lost frames, 0 to 1.
        package var drop = 0.0
        /// The share of frames with a flipped bit, 0 to 1.
        package var corrupt = 0.0

        var isNone: Bool { drop == 0 && corrupt == 0 }
    }

    /// Something that happens once, at a time after the beginning.
    package struct Incident: Hashable, Sendable {
        /// What happens.
        package enum Kind: String, Hashable, Sendable, CaseIterable {
            /// No frame is lost or damaged from now on.
            case faultsEnd = "the faults end"
            /// No frame arrives from now on.
            case lineDies = "the line dies"
            /// The device restarts.
            case reboot = "the device restarts"
            /// The user cancels.
            case cancel = "the user cancels"
            /// The client's file fails.
            case fileFails = "the client's file fails"
            /// The client's process ends without saying so, and is started again.
            case clientRestarts = "the client's process is killed and started again"
        }

        /// What happens.
        package var kind: Kind
        /// The time from the beginning.
        package var after: Duration
    }

    /// The seed from which everything follows.
    package let seed: UInt64
    /// The first transfer.
    package var request: TransferRequest
    /// The whole resource, as it is in a read or as it must be after a write.
    package var data: [UInt8]
    /// The content of the resource before a write; `nil` if there is none.
    package var oldData: [UInt8]?
    /// The device.
    package var device = DeviceConfiguration()
    /// The maximum number of bytes in the resource.
    package var capacity: UInt64?
    /// Whether the device fails when it should make a write visible.
    package var failsToFinish = false
    /// Bits a second; `nil` for a line without any delay of its own.
    package var baud: Int?
    /// The latency in one direction.
    package var latency = Duration.zero
    /// The queue in which bytes to the device wait for the line.
    package var queueToDevice: LineQueue?
    /// The queue in which bytes to the client wait for the line.
    package var queueToClient: LineQueue?
    /// The part of the line that forwards bytes to the device in bursts.
    package var forwarderToDevice: Forwarder?
    /// The part of the line that forwards bytes to the client in bursts.
    package var forwarderToClient: Forwarder?
    /// The losses of frames from the client.
    package var toDevice = Losses()
    /// The losses of frames from the device.
    package var toClient = Losses()
    /// The share of the device's transmissions with console text before them.
    package var consoleText = 0.0
    /// Further faults of the line and of the device, as texts.
    package var faults: [String] = []
    /// The fates of certain frames.
    package var frameFates: [FrameNumber: FrameFate] = [:]
    /// The incidents, in the order of time.
    package var incidents: [Incident] = []
    /// The time from the end of one transfer to the beginning of the next.
    package var pause = Duration.zero
    /// Whether a second transfer follows even if the first one succeeded.
    package var alwaysRepeats = false

    init(seed: UInt64, request: TransferRequest, data: [UInt8]) {
        self.seed = seed
        self.request = request
        self.data = data
    }

    /// Whether the first transfer must succeed, because nothing is in its way.
    var mustSucceed: Bool {
        isCalm && !incidents.contains { $0.kind != .faultsEnd } && !hasObstacle
    }

    /// Whether the device is free after the first transfer, however that ends: its client can only end it early, and
    /// the device hears of that. Without sessions, the next transfer may get late chunks of the first.
    var leavesDeviceFree: Bool {
        let ends: [Incident.Kind] = [.cancel, .fileFails, .faultsEnd]
        return isCalm && !speaksLegacy(request) && incidents.allSatisfy { ends.contains($0.kind) }
    }

    /// Whether neither line nor device has faults.
    private var isCalm: Bool {
        toDevice.isNone && toClient.isNone && faults.isEmpty && frameFates.isEmpty && consoleText == 0
            && !losesOverflow
    }

    /// The longest time for such a transfer if nothing is in its way; `nil` if a start may have to be repeated after
    /// its timeout, or if the device begins anew for each start.
    func timeLimit(of request: TransferRequest) -> Duration? {
        if speaksLegacy(request), request.version != .legacy || timeToFirstAnswer > .zero {
            return nil
        }
        var plan = self
        plan.request = request
        // A start with an offset is repeated after a second.
        return plan.estimate * 3 / 2 + .seconds(2) + drainTime
    }

    /// Whether something other than the line prevents the success of the first transfer.
    private var hasObstacle: Bool {
        let isOld = device.legacyOnly || request.version == .legacy
        let isRefused = isOld && (request.initialOffset > 0 || request.version == .version2)
        let startPatience = request.startTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        // A legacy start is not repeated before its timeout; the first may come too early.
        let isNeverHeard =
            request.version == .legacy && request.retries == 0
            && device.startDeafness > .milliseconds(100)
        // If there is no room, a client that does not know the end of its data cannot know that there are no data.
        let isEmpty = data.count == Int(clamping: request.initialOffset)
        let needed = request.size == nil && isEmpty ? data.count + 1 : data.count
        let isFull = capacity.map { $0 < needed } ?? false
        return isRefused || failsToFinish || isFull || isNeverHeard || preparesAnew(request)
            || preparesMidway(request)
            || (request.initialOffset > 0 && !device.supportsOffset)
            || timeToFirstAnswer + standstillBeforeAnswer + .seconds(1) > startPatience
            || Int(request.chunkSize) > safeChunkSize
            || longestFrameTime * 3 + latency * 4 > min(request.chunkTimeout, request.startTimeout)
            || (longestSilence > .zero
                && longestSilence + longestFrameTime * 3 + latency * 4 > silencePatience)
    }

    /// How long the device may be silent in a transfer: one timeout. A device that cannot go back is asked to do so
    /// in the last quarter of the whole patience, and may not be silent until then.
    private var silencePatience: Duration {
        let patience = request.chunkTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        return min(request.chunkTimeout, device.canSeek ? patience : patience * 3 / 4)
    }

    /// How long a device stands still before the first data of a read. In the legacy protocol, these data answer the
    /// start.
    private var standstillBeforeAnswer: Duration {
        guard speaksLegacy(request), request.direction == .read else { return .zero }
        let firstChunk = min(chunkSize, window, transferSize)
        return device.pauses.filter { $0.after <= firstChunk }.map(\.duration).max() ?? .zero
    }

    /// Whether a legacy device answers too late because it gets more starts while it prepares. Such a device cannot
    /// distinguish a repeat from a new transfer, and prepares for each start, one after the other. A client can only
    /// help by repeating less.
    func preparesAnew(_ request: TransferRequest) -> Bool {
        guard speaksLegacy(request), device.prepareDelay > .zero else { return false }
        let isLegacyChoice = request.version == .legacy
        let patience = request.startTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        // A legacy start goes out once before its timeout, 100 ms after its stream was opened.
        let isFirstLost = isLegacyChoice && device.startDeafness > .milliseconds(100)
        var ready = isFirstLost ? request.startTimeout : device.startDeafness
        var nextStart = request.startTimeout * (isFirstLost ? 2 : 1)
        ready += device.prepareDelay * (isLegacyChoice ? 1 : Self.earlyStarts)
        while nextStart <= ready, ready < patience {
            ready += device.prepareDelay
            nextStart += request.startTimeout
        }
        return ready + .seconds(1) > patience
    }

    /// Whether a legacy device prepares in the middle of a transfer, for longer than the client waits. Such a device
    /// takes the end of an empty write for another start. It also prepares for repeated starts after it has answered
    /// the first one.
    func preparesMidway(_ request: TransferRequest) -> Bool {
        let repeatsStart =
            request.version != .legacy || timeToFirstAnswer + .seconds(1) > request.startTimeout
        guard speaksLegacy(request), repeatsStart || (request.direction == .write && data.isEmpty)
        else { return false }
        let patience = request.chunkTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        return device.prepareDelay + .seconds(1) > patience
    }

    private func speaksLegacy(_ request: TransferRequest) -> Bool {
        device.legacyOnly || request.version == .legacy
    }

    /// The time until the device has given up a session that it still holds. A legacy device must instead have
    /// prepared for every start that was not answered in time.
    var recoveryTime: Duration {
        let release = (device.chunkTimeout + .seconds(1)) * (device.retries + 2) + longestSilence
        let preparations =
            device.legacyOnly ? device.prepareDelay * (2 * Self.earlyStarts + request.retries) : .zero
        return max(release, preparations)
    }

    /// The maximum number of starts that go out on a new stream before the timeout of the first.
    private static let earlyStarts = 5

    /// The time from the first start to the device's first answer, without the time on the line.
    var timeToFirstAnswer: Duration { device.startDeafness + device.prepareDelay }

    /// The data bytes of a chunk that fits the device's buffers with all headers.
    var safeChunkSize: Int { device.packetBuffer - 64 }

    /// The approximate number of data bytes in a chunk of the transfer.
    private var chunkSize: Int {
        request.direction == .read
            ? min(Int(request.chunkSize), device.chunkBuffer) : max(device.chunkBuffer - 32, 1)
    }

    /// The least number of chunks for this many bytes.
    func chunkCount(of size: Int) -> Int { size / min(chunkSize, window) + 1 }

    /// The least number of chunks in the whole transfer.
    var chunkCount: Int { chunkCount(of: transferSize) }

    /// The number of bytes that may be sent before the receiver must answer.
    private var window: Int { Int(request.direction == .read ? request.window : device.window) }

    /// The time from one chunk to the next. In a read, the client can choose it if the device's output is fast
    /// enough; otherwise, the device chooses.
    var pace: Duration {
        guard request.direction == .read, let asked = request.minDelay, !overrunsOutput else {
            return device.minDelay
        }
        return asked
    }

    /// Whether a read fails at the pace that the client requests.
    private var overrunsOutput: Bool {
        request.direction == .read && request.minDelay ?? device.minDelay < device.outputTime
    }

    /// How often the device prepares: twice for a read that becomes slower, and a third time if it cannot continue in
    /// the middle.
    private var preparations: Int {
        guard overrunsOutput else { return 1 }
        return device.supportsOffset ? 2 : 3
    }

    /// The number of bytes in the transfer.
    var transferSize: Int { data.count - Int(request.initialOffset) }

    /// The number of bytes in the largest frame.
    var largestFrame: Int { 2 * chunkSize + 60 }

    /// The time of the largest frame on the line.
    var longestFrameTime: Duration {
        slowestRate.map { .seconds(Double(largestFrame) / $0) } ?? .zero
    }

    /// The approximate time of the transfer on a perfect line.
    var estimate: Duration {
        let chunk = max(longestFrameTime / 2, pace, device.writeDelay)
        let windowCount = transferSize / window + 4
        let preparation: Duration = device.prepareDelay * preparations + device.finalizeDelay
        let turns: Duration = (latency * 2 + longestFrameTime / 2) * windowCount
        return .milliseconds(110) + preparation + chunk * chunkCount + turns + standstillTime
    }
}

extension SwarmPlan: CustomStringConvertible {
    /// The plan in words, in several lines.
    package var description: String {
        let direction = request.direction == .read ? "read" : "write"
        let size = request.direction == .write && request.size == nil ? "not told" : "told"
        var lines = [
            "\(direction) of \(transferSize) bytes (size \(size)) from offset \(request.initialOffset),"
                + " resource \(request.resource), protocol \(request.version.map { "\($0)" } ?? "auto")",
            "client: chunk \(request.chunkSize), window \(request.window),"
                + " min delay \(request.minDelay.map { "\($0)" } ?? "not told"),"
                + " line rate \(request.lineRate.map { "\($0)" } ?? "not told"),"
                + " start timeout \(request.startTimeout), chunk timeout \(request.chunkTimeout),"
                + " retries \(request.retries), \(request.lifetimeRetries) in all",
            "device: \(device.legacyOnly ? "legacy only" : "version 2"), \(device.contexts) contexts,"
                + " buffers \(device.chunkBuffer)/\(device.encodeBuffer)/\(device.packetBuffer),"
                + " window \(device.window), divisor \(device.extendWindowDivisor),"
                + " min delay \(device.minDelay), prepares \(device.prepareDelay),"
                + " deaf \(device.startDeafness), timeout \(device.chunkTimeout), retries \(device.retries),"
                + " offsets \(device.supportsOffset), announces size \(device.announcesSize)",
            "line: \(baud.map { "\($0) baud" } ?? "no delay"), latency \(latency);"
                + " to device \(toDevice.drop) lost, \(toDevice.corrupt) damaged;"
                + " to client \(toClient.drop) lost, \(toClient.corrupt) damaged; console text \(consoleText)",
        ]
        if queueToDevice != nil || queueToClient != nil {
            lines.append(
                "queues: \(Self.text(queueToDevice)) to device, \(Self.text(queueToClient)) to client")
        }
        if forwarderToDevice != nil || forwarderToClient != nil {
            lines.append(
                "bursts: \(Self.text(forwarderToDevice)) to device, \(Self.text(forwarderToClient)) to client"
            )
        }
        if !device.canSeek { lines.append("the resource cannot seek") }
        lines += device.pauses.map {
            "the device stands still for \($0.duration) after \($0.after) bytes"
                + ($0.every.map { ", again after each \($0) more" } ?? "")
        }
        if request.direction == .write {
            lines.append(
                "resource: held \(oldData.map { "\($0.count) bytes" } ?? "nothing"),"
                    + " capacity \(capacity.map { "\($0)" } ?? "unlimited"), fails to finish \(failsToFinish)"
            )
        }
        lines += faults.map { "fault: \($0)" }
        lines += incidents.map { "after \($0.after): \($0.kind.rawValue)" }
        lines.append("then a pause of \(pause)\(alwaysRepeats ? " and a second transfer in any case" : "")")
        return lines.joined(separator: "\n")
    }

    private static func text(_ queue: LineQueue?) -> String {
        queue.map { "\($0.size) bytes\($0.losesOverflow ? " that lose" : "")" } ?? "none"
    }

    private static func text(_ forwarder: Forwarder?) -> String {
        forwarder.map { "\($0.page) bytes at \($0.rate) a second, \($0.buffer) before" } ?? "none"
    }
}

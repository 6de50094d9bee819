package import PigweedTransfer
package import SimulatedDevice

/// What a seed stands for: a transfer, a device, a line and what goes wrong.
package struct SwarmPlan: Sendable {
    /// Frames that are lost or damaged in one direction.
    package struct Losses: Hashable, Sendable {
        /// The share of lost frames, 0 to 1.
        package var drop = 0.0
        /// The share of frames with a flipped bit, 0 to 1.
        package var corrupt = 0.0

        var isNone: Bool { drop == 0 && corrupt == 0 }
    }

    /// Something that happens once, this long after the beginning.
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
            /// The client's process ends without a word and is started again.
            case clientRestarts = "the client's process is killed and started again"
        }

        /// What happens.
        package var kind: Kind
        /// When.
        package var after: Duration
    }

    /// From which everything follows.
    package let seed: UInt64
    /// The first transfer.
    package var request: TransferRequest
    /// The whole resource as it is in a read, or as it is to be after a write.
    package var data: [UInt8]
    /// What the resource holds before a write; `nil` if nothing.
    package var oldData: [UInt8]?
    /// The device.
    package var device = DeviceConfiguration()
    /// The most bytes that the resource takes.
    package var capacity: UInt64?
    /// Whether the device cannot make a write visible.
    package var failsToFinish = false
    /// Bits a second; `nil` for a line without any delay of its own.
    package var baud: Int?
    /// One way.
    package var latency = Duration.zero
    /// Where bytes to the device wait for the line.
    package var queueToDevice: LineQueue?
    /// Where bytes to the client wait for the line.
    package var queueToClient: LineQueue?
    /// What forwards bytes to the device in bursts.
    package var forwarderToDevice: Forwarder?
    /// What forwards bytes to the client in bursts.
    package var forwarderToClient: Forwarder?
    /// What happens to frames from the client.
    package var toDevice = Losses()
    /// What happens to frames from the device.
    package var toClient = Losses()
    /// The share of the device's transmissions with console text before them.
    package var consoleText = 0.0
    /// Further faults of the line and of the device, as texts.
    package var faults: [String] = []
    /// What becomes of certain frames.
    package var frameFates: [FrameNumber: FrameFate] = [:]
    /// In order of time.
    package var incidents: [Incident] = []
    /// From the end of one transfer to the beginning of the next.
    package var pause = Duration.zero
    /// Whether a second transfer follows even if the first one succeeded.
    package var alwaysRepeats = false

    init(seed: UInt64, request: TransferRequest, data: [UInt8]) {
        self.seed = seed
        self.request = request
        self.data = data
    }

    /// Whether nothing can keep the first transfer from succeeding.
    var mustSucceed: Bool {
        isCalm && !incidents.contains { $0.kind != .faultsEnd } && !hasObstacle
    }

    /// Whether the first transfer leaves the device free, however it ends: its client only ends it early, and is heard. Without
    /// sessions the next transfer may be given late chunks of the first.
    var leavesDeviceFree: Bool {
        let ends: [Incident.Kind] = [.cancel, .fileFails, .faultsEnd]
        return isCalm && !speaksLegacy(request) && incidents.allSatisfy { ends.contains($0.kind) }
    }

    /// Whether neither line nor device has faults.
    private var isCalm: Bool {
        toDevice.isNone && toClient.isNone && faults.isEmpty && frameFates.isEmpty && consoleText == 0
            && !losesOverflow
    }

    /// The longest that such a transfer may take if nothing is in its way; `nil` where a start may have to be repeated after
    /// its timeout, or a device begins anew for each.
    func timeLimit(of request: TransferRequest) -> Duration? {
        if speaksLegacy(request), request.protocolChoice != .legacy || timeToFirstAnswer > .zero {
            return nil
        }
        var plan = self
        plan.request = request
        // A start with an offset is repeated after a second.
        return plan.estimate * 3 / 2 + .seconds(2) + drainTime
    }

    /// Whether something other than the line is in the way of the first transfer.
    private var hasObstacle: Bool {
        let isOld = device.legacyOnly || request.protocolChoice == .legacy
        let isRefused = isOld && (request.initialOffset > 0 || request.protocolChoice == .version2)
        let startPatience = request.startTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        // A legacy start is not repeated before its timeout; the first may come too early.
        let isNeverHeard =
            request.protocolChoice == .legacy && request.retries == 0
            && device.startDeafness > .milliseconds(100)
        // Without room a client that does not know the end of its data cannot know that there are none.
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

    /// How long the device may be silent in a transfer: one timeout, and no longer than until a device that cannot go back is
    /// asked to, in the last quarter of all patience.
    private var silencePatience: Duration {
        let patience = request.chunkTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        return min(request.chunkTimeout, device.canSeek ? patience : patience * 3 / 4)
    }

    /// How long a device stands still before the first data of a read, which in the legacy protocol answer the start.
    private var standstillBeforeAnswer: Duration {
        guard speaksLegacy(request), request.direction == .read else { return .zero }
        let firstChunk = min(chunkSize, window, transferSize)
        return device.pauses.filter { $0.after <= firstChunk }.map(\.duration).max() ?? .zero
    }

    /// Whether a legacy device answers too late because it gets further starts while it prepares. It cannot tell a repeat from
    /// a new transfer and prepares for each, one after the other; no client can help that but by repeating less.
    func preparesAnew(_ request: TransferRequest) -> Bool {
        guard speaksLegacy(request), device.prepareDelay > .zero else { return false }
        let isLegacyChoice = request.protocolChoice == .legacy
        let patience = request.startTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        // A legacy start goes out once before its timeout, this long after its stream was opened.
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

    /// Whether a legacy device prepares in the middle of a transfer, and for longer than the client waits: it takes the end of
    /// an empty write for another start, and prepares for repeated starts after it has answered the first.
    func preparesMidway(_ request: TransferRequest) -> Bool {
        let repeatsStart =
            request.protocolChoice != .legacy || timeToFirstAnswer + .seconds(1) > request.startTimeout
        guard speaksLegacy(request), repeatsStart || (request.direction == .write && data.isEmpty)
        else { return false }
        let patience = request.chunkTimeout * (min(request.retries, request.lifetimeRetries) + 1)
        return device.prepareDelay + .seconds(1) > patience
    }

    private func speaksLegacy(_ request: TransferRequest) -> Bool {
        device.legacyOnly || request.protocolChoice == .legacy
    }

    /// Until the device has given up a session that it still holds, or, a legacy one, has prepared for every start of a
    /// transfer that was not answered in time.
    var recoveryTime: Duration {
        let release = (device.chunkTimeout + .seconds(1)) * (device.retries + 2) + longestSilence
        let preparations =
            device.legacyOnly ? device.prepareDelay * (2 * Self.earlyStarts + request.retries) : .zero
        return max(release, preparations)
    }

    /// The starts that go out on a new stream before the timeout of the first, at the most.
    private static let earlyStarts = 5

    /// From the first start to the device's first answer, without the line.
    var timeToFirstAnswer: Duration { device.startDeafness + device.prepareDelay }

    /// Data bytes of a chunk that fit the device's buffers with all headers.
    var safeChunkSize: Int { device.packetBuffer - 64 }

    /// The data bytes of the transfer's chunks, about.
    private var chunkSize: Int {
        request.direction == .read
            ? min(Int(request.chunkSize), device.chunkBuffer) : max(device.chunkBuffer - 32, 1)
    }

    /// Chunks of so many bytes, at the least.
    func chunkCount(of size: Int) -> Int { size / min(chunkSize, window) + 1 }

    /// Chunks of the whole transfer, at the least.
    var chunkCount: Int { chunkCount(of: transferSize) }

    /// Bytes that are sent before the receiver must be heard.
    private var window: Int { Int(request.direction == .read ? request.window : device.window) }

    /// From one chunk to the next: in a read as the client asks for, if it does and the device's output is fast enough for
    /// that, else as the device wants it.
    var pace: Duration {
        guard request.direction == .read, let asked = request.minDelay, !overrunsOutput else {
            return device.minDelay
        }
        return asked
    }

    /// Whether a read fails at the pace that the client asks for.
    private var overrunsOutput: Bool {
        request.direction == .read && request.minDelay ?? device.minDelay < device.outputTime
    }

    /// How often the device prepares: once more for the slower read, and for that once in vain if it cannot go on.
    private var preparations: Int {
        guard overrunsOutput else { return 1 }
        return device.supportsOffset ? 2 : 3
    }

    /// Bytes of the transfer.
    var transferSize: Int { data.count - Int(request.initialOffset) }

    /// Bytes of the largest frame.
    var largestFrame: Int { 2 * chunkSize + 60 }

    /// What the largest frame takes on the line.
    var longestFrameTime: Duration {
        slowestRate.map { .seconds(Double(largestFrame) / $0) } ?? .zero
    }

    /// How long the transfer takes on a perfect line, about.
    var estimate: Duration {
        let chunk = max(longestFrameTime / 2, pace, device.writeDelay)
        let windowCount = transferSize / window + 4
        let preparation: Duration = device.prepareDelay * preparations + device.finalizeDelay
        let turns: Duration = (latency * 2 + longestFrameTime / 2) * windowCount
        return .milliseconds(110) + preparation + chunk * chunkCount + turns + standstillTime
    }
}

extension SwarmPlan: CustomStringConvertible {
    /// The setup in words, some lines of it.
    package var description: String {
        let direction = request.direction == .read ? "read" : "write"
        let size = request.direction == .write && request.size == nil ? "not told" : "told"
        var lines = [
            "\(direction) of \(transferSize) bytes (size \(size)) from offset \(request.initialOffset),"
                + " resource \(request.resource), protocol \(request.protocolChoice)",
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

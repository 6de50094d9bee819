internal import PigweedRPC
package import PigweedTransfer
internal import SimulatedDevice

/// A transfer of a few chunks in which certain frames are lost, doubled, swapped or late, or the device restarts, or
/// the user cancels. It is so small that all such worlds can be tried.
package struct SmallWorld: Hashable, Sendable {
    /// The protocols of client and device.
    package enum Speech: String, Hashable, Sendable, CaseIterable {
        /// Both speak version 2.
        case version2 = "v2"
        /// The client finds out that the device speaks the legacy protocol.
        case legacyDevice = "legacy-device"
        /// The client asks for the legacy protocol.
        case legacy
    }

    /// How much of a transfer is in flight at a time.
    package enum Line: String, Hashable, Sendable, CaseIterable {
        /// A chunk takes longer on the line than its latency.
        case near
        /// Several chunks are in flight.
        case far

        var latency: Duration { self == .near ? .milliseconds(1) : .milliseconds(25) }
    }

    /// The direction of the data.
    package var direction: Direction
    /// The protocols of client and device.
    package var speech: Speech
    /// The line.
    package var line: Line
    /// The number of data chunks if nothing is lost; 0 for a resource without data.
    package var chunks: Int
    /// The number of data chunks that may be in flight.
    package var window: Int
    /// The fates of frames; other frames arrive.
    package var fates: [FrameNumber: FrameFate] = [:]
    /// A restart of the device, or a cancellation.
    package var incident: SwarmPlan.Incident?

    /// The data bytes of a chunk. In writes, a device asks for a few more, which does not change the number of chunks.
    private static let chunkSize = 68

    /// The plan of this world, which the swarm can run.
    package var plan: SwarmPlan {
        var device = DeviceConfiguration(chunkBuffer: Self.chunkSize + 32)
        device.contexts = 1
        device.window = UInt32(window * (Self.chunkSize + 5))
        device.legacyOnly = speech == .legacyDevice
        let size = chunks * Self.chunkSize
        var request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(size))
        request.version = speech == .legacy ? .legacy : nil
        request.chunkSize = UInt32(Self.chunkSize)
        request.window = UInt32(window * Self.chunkSize)
        request.lineRate = 11520
        request.restartsWrite = true
        if direction == .read { request.tryWithoutPause() }
        let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var plan = SwarmPlan(seed: 1, request: request, data: data)
        plan.device = device
        plan.oldData = direction == .write ? [1, 2, 3] : nil
        plan.baud = 115_200
        plan.latency = line.latency
        plan.frameFates = fates
        plan.incidents = incident.map { [$0] } ?? []
        plan.alwaysRepeats = true
        return plan
    }

    /// Runs the world, and then the same transfer once more without faults.
    ///
    /// - Parameter trace: is called with each line of a trace; `nil` for no trace.
    package func run(trace: (@Sendable (String) -> Void)? = nil) -> SwarmReport {
        var report = SwarmRun.run(plan, trace: trace)
        if report.violation == nil, let failure = report.firstFailure, !isWish(failure), !excuses(failure) {
            report.violation = .needlessFailure(failure)
        }
        return report
    }

    private func isWish(_ failure: TransferFailure) -> Bool {
        failure == .cancelled && incident?.kind == .cancel
    }

    /// Whether no client can avoid this failure. The legacy protocol cannot begin a read in the middle, and no real
    /// serial line swaps frames. If a line does, then a repeated start after its confirmation makes the device begin
    /// again and refuse the data; or the refusal of a stream that was not open yet arrives like the refusal of a read
    /// in progress.
    package func excuses(_ failure: TransferFailure) -> Bool {
        func isSwapped(_ way: FrameNumber.Direction) -> Bool {
            fates.contains { $0.key.direction == way && $0.value == .swapped }
        }
        return switch failure {
        case .streamLost where direction == .read && speech != .version2:
            incident?.kind == .reboot || (isSwapped(.toDevice) && isSwapped(.toClient))
        case .device(.internal): isSwapped(.toDevice)
        default: false
        }
    }
}

extension SmallWorld: CustomStringConvertible {
    /// A text that ``init(parsing:)`` understands.
    package var description: String {
        let fates = fates.map { ("\($0.key.direction.rawValue)\($0.key.number)", $0.value) }
            .sorted { $0.0 < $1.0 }.map { " \($0.0)=\($0.1.rawValue)" }.joined()
        let incident = incident.map { " \($0.kind.word)@\($0.after.saturatedNanoseconds)" } ?? ""
        return "\(direction) \(speech.rawValue) \(line.rawValue) \(chunks)/\(window)\(fates)\(incident)"
    }

    /// Parses a text such as `read v2 near 5/2 >3=lost <7=twice` or `write legacy far 1/1 cancel@1200000`: direction,
    /// protocol, line, chunks and window, then the fates of frames, or an incident after a number of nanoseconds.
    package init?(parsing text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 4,
            let direction = [Direction.read, .write].first(where: { "\($0)" == words[0] }),
            let speech = Speech(rawValue: words[1]), let line = Line(rawValue: words[2])
        else { return nil }
        let sizes = words[3].split(separator: "/").compactMap { Int($0) }
        guard sizes.count == 2, (0...64).contains(sizes[0]), (1...64).contains(sizes[1]) else { return nil }
        self.init(direction: direction, speech: speech, line: line, chunks: sizes[0], window: sizes[1])
        for word in words.dropFirst(4) { guard add(word) else { return nil } }
    }

    private mutating func add(_ word: String) -> Bool {
        let parts = word.split(whereSeparator: { $0 == "=" || $0 == "@" }).map(String.init)
        guard parts.count == 2 else { return false }
        if let kind = SwarmPlan.Incident.Kind.allCases.first(where: { $0.word == parts[0] }) {
            guard let time = Int64(parts[1]) else { return false }
            incident = SwarmPlan.Incident(kind: kind, after: .nanoseconds(time))
            return true
        }
        guard let direction = FrameNumber.Direction(rawValue: String(parts[0].prefix(1))),
            let number = Int(parts[0].dropFirst()), let fate = FrameFate(rawValue: parts[1])
        else { return false }
        fates[FrameNumber(direction: direction, number: number)] = fate
        return true
    }
}

extension SwarmPlan.Incident.Kind {
    fileprivate var word: String {
        switch self {
        case .reboot: "restart"
        case .cancel: "cancel"
        case .faultsEnd, .lineDies, .fileFails, .clientRestarts: "\(self)"
        }
    }
}

package import PigweedTransfer
internal import SimulatedDevice

/// The results of a seed.
package struct SwarmReport: Sendable {
    /// The plan that was drawn.
    package var plan: SwarmPlan
    /// The violation that occurred; `nil` if all went well.
    package var violation: SwarmViolation?
    /// Why the first transfer failed; `nil` if it succeeded.
    package var firstFailure: TransferFailure?
    /// How many transfers were begun until one succeeded on the good line.
    package var attempts = 1
    /// The virtual time of the whole run.
    package var elapsed = Duration.zero
    /// The virtual time of the first transfer.
    package var firstElapsed = Duration.zero
    /// The frames of the first transfer, in the order in which they were sent.
    package var frames: [FrameNumber] = []
    /// The times of the arrivals in the first transfer.
    package var arrivals: [Duration] = []
}

/// The run of a seed: a transfer while everything goes wrong, then one while nothing does.
///
/// The first transfer must be safe: data are never wrong, an OK is never false, the client does nothing that a real
/// device would not survive, and the transfer ends in time. Then the faults are over, and a transfer must succeed on
/// the same engine and device.
package struct SwarmRun: ~Copyable {
    /// After this many transfers on the good line, one must have succeeded.
    private static let attemptLimit = 4

    private let plan: SwarmPlan
    private let world: SwarmWorld
    private var report: SwarmReport

    /// Runs a seed.
    ///
    /// - Parameter trace: is called with each line of a trace; `nil` for no trace.
    package static func run(seed: UInt64, trace: (@Sendable (String) -> Void)? = nil) -> SwarmReport {
        run(SwarmPlan(seed: seed), trace: trace)
    }

    /// Runs a plan.
    ///
    /// - Parameter trace: is called with each line of a trace; `nil` for no trace.
    package static func run(_ plan: SwarmPlan, trace: (@Sendable (String) -> Void)? = nil) -> SwarmReport {
        var run = SwarmRun(plan, trace: trace.map { SwarmTrace(print: $0) })
        do {
            try run.disturbedTransfer()
            try run.undisturbedTransfer()
        } catch {
            run.report.violation = error
        }
        run.report.elapsed = run.world.now - .zero
        return run.report
    }

    private init(_ plan: SwarmPlan, trace: SwarmTrace?) {
        self.plan = plan
        world = SwarmWorld(plan, trace: trace)
        report = SwarmReport(plan: plan)
    }

    private mutating func disturbedTransfer() throws(SwarmViolation) {
        try world.begin(.init(request: plan.request, data: plan.data))
        try run(within: plan.patience)
        report.firstFailure = world.outcome.flatMap { $0 }
        report.firstElapsed = world.now - .zero
        report.frames = world.frames
        report.arrivals = world.arrivals
        if plan.mustSucceed { try expectPromptSuccess(of: plan.request, begunAt: .zero) }
        try world.linger(plan.pause)
    }

    private mutating func undisturbedTransfer() throws(SwarmViolation) {
        world.heal()
        guard report.firstFailure != nil || plan.alwaysRepeats else { return }
        let transfer = plan.secondTransfer
        if transfer.request.direction == .read { world.resource.content = transfer.data }
        while true {
            report.attempts += 1
            let start = world.now
            try world.begin(transfer)
            try run(within: plan.undisturbedPatience)
            if plan.leavesDeviceFree, plan.timeToFirstAnswer == .zero {
                try expectPromptSuccess(of: transfer.request, begunAt: start)
            }
            guard let failure = world.outcome.flatMap({ $0 }) else { return }
            guard report.attempts <= Self.attemptLimit else { throw .stuck(failure) }
            try world.linger(plan.recoveryTime)
        }
    }

    /// Expects that the transfer which has just ended succeeded, and took no longer than necessary.
    private func expectPromptSuccess(
        of request: TransferRequest, begunAt start: Instant
    ) throws(SwarmViolation) {
        if let failure = world.outcome.flatMap({ $0 }) { throw .needlessFailure(failure) }
        let elapsed = world.now - start
        if let limit = plan.timeLimit(of: request), elapsed > limit { throw .needlessDelay(elapsed) }
    }

    private func run(within patience: Duration) throws(SwarmViolation) {
        try world.runTransfer(until: world.now + patience)
        guard world.outcome != nil else { throw .hung(patience) }
    }
}

extension SwarmPlan {
    /// A longer time than the first transfer may take, however bad the line is.
    ///
    /// If the line dies, this is the patience that the request states. On other lines, it is finite because each
    /// progress restarts that patience; a chunk of progress takes at most two timeouts on average.
    fileprivate var patience: Duration {
        let death = incidents.first { $0.kind == .lineDies }?.after
        if let death { return max(death, estimate) + estimate + statedPatience + longestSilence }
        let round =
            longestFrameTime + pace + latency * 2 + max(request.chunkTimeout, .seconds(2)) + longestSilence
        return (statedPatience + device.prepareDelay + device.chunkTimeout) * 8 + estimate * 4
            + round * (2 * chunkCount)
    }

    /// How long the client waits in silence before it gives up, in all states one after the other. A start that is
    /// never answered gets one more try on a new stream.
    private var statedPatience: Duration {
        let acknowledgement = Duration.milliseconds(500)
        let silence = request.startTimeout + request.chunkTimeout + acknowledgement
        return silence * (request.retries + 1) + request.startTimeout + latency * 4 + .seconds(1)
    }

    /// The patience with a transfer on a good line.
    fileprivate var undisturbedPatience: Duration {
        estimate * 8 + .seconds(60) + longestSilence * 8
    }

    /// Another transfer of the same resource, which nothing prevents from succeeding. It has other data, except in a
    /// protocol without sessions, where late chunks of the first transfer look like those of the second.
    fileprivate var secondTransfer: SwarmWorld.Transfer {
        var request = request
        let isLegacy = device.legacyOnly || request.version == .legacy
        request.initialOffset = 0
        request.version = request.version == .legacy ? .legacy : nil
        request.size = request.size == nil ? nil : UInt64(data.count)
        request.chunkSize = UInt32(min(Int(request.chunkSize), safeChunkSize))
        request.fallback?.chunkSize = request.settings.chunkSize
        request.startTimeout = max(.seconds(4), longestFrameTime * 8, longestSilence * 2)
        request.chunkTimeout = max(.seconds(2), longestFrameTime * 8, longestSilence * 2)
        request.retries = 3
        request.lifetimeRetries = 1500
        // If a legacy device prepares for long, the user must choose these options.
        if preparesAnew(request) {
            request.version = .legacy
            request.startTimeout = max(request.startTimeout, timeToFirstAnswer + .seconds(1))
        }
        if preparesMidway(request) { request.chunkTimeout = device.prepareDelay + .seconds(1) }
        let isSame = isLegacy && request.direction == .read
        return SwarmWorld.Transfer(request: request, data: isSame ? data : data.map { ~$0 })
    }
}

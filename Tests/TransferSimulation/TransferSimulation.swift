package import PigweedTransfer
package import SimulatedDevice

/// One transfer between the client's engine and a simulated device over a simulated line, in virtual time.
///
/// The setup, with its seeds, decides everything: the same setup gives the same result to the nanosecond.
package final class TransferSimulation {
    /// What is simulated.
    package struct Setup: Sendable {
        /// The transfer; in a write, ``data`` are written.
        package var request: TransferRequest
        /// In a read, the content of the device's resource; in a write, the data that the client sends.
        package var data: [UInt8]
        /// The device.
        package var device: DeviceConfiguration
        /// Bits a second in each direction; `nil` for a line without any delay of its own.
        package var baud: Int?
        /// The time from the end of a byte at its sender to its arrival.
        package var latency = Duration.zero
        /// The queue in which bytes to the device wait for the line.
        package var queueToDevice: LineQueue?
        /// The queue in which bytes to the client wait for the line.
        package var queueToClient: LineQueue?
        /// The times in which the client's process does not run, as on a busy host. Arriving bytes wait for it.
        package var hostPauses: HostPauses?
        /// The faults of frames from the client.
        package var toDevice = LinkFaults()
        /// The faults of frames from the device.
        package var toClient = LinkFaults()
        /// Further faults of the line, which act after these, and faults of the device.
        package var faults = FaultSet()
        /// When the line becomes perfect and the device's accidents end.
        package var faultsEnd: Duration?
        /// When the user cancels.
        package var cancelAt: Duration?
        /// When the device restarts.
        package var rebootAt: Duration?
        /// After this much virtual time, the simulation stops, because the transfer hangs.
        package var limit = Duration.seconds(3600)
        /// Whether the client opens the device's log service.
        package var usesLogService = false
        /// The seed of the engine's ids.
        package var seed: UInt64 = 1
        /// How the client handles losses.
        package var policy = Policy.measuredTimes

        /// A setup with a perfect line.
        package init(
            _ request: TransferRequest, data: [UInt8], device: DeviceConfiguration = DeviceConfiguration()
        ) {
            self.request = request
            self.data = data
            self.device = device
        }

        /// This setup with a line that has a rate, a latency, and the same losses in both directions.
        package func line(
            baud: Int?, latency: Duration = .zero, drop: Double = 0, corrupt: Double = 0, seed: UInt64 = 0
        ) -> Setup {
            var setup = self
            setup.baud = baud
            setup.request.lineRate = baud.map { UInt32(clamping: $0 / 10) }
            setup.latency = latency
            setup.toDevice = LinkFaults(drop: drop, corrupt: corrupt, seed: 2 &* seed)
            setup.toClient = LinkFaults(drop: drop, corrupt: corrupt, seed: 2 &* seed &+ 1)
            return setup
        }
    }

    /// Times in which the client's process does not run.
    package struct HostPauses: Hashable, Sendable {
        /// The time from the beginning of one pause to the beginning of the next. The first pause begins this long
        /// after the start.
        package var interval: Duration
        /// The length of each pause, which is less than the interval.
        package var duration: Duration

        /// Pauses with this interval and length.
        package init(every interval: Duration, of duration: Duration) {
            self.interval = interval
            self.duration = duration
        }

        /// The end of the pause at this time; `nil` if there is no pause.
        func end(at now: Instant) -> Instant? {
            let (count, passed) = (now - .zero).saturatedNanoseconds
                .quotientAndRemainder(dividingBy: interval.saturatedNanoseconds)
            guard count > 0, passed < duration.saturatedNanoseconds else { return nil }
            return .zero + interval * count + duration
        }
    }

    /// How a client handles losses.
    package enum Policy: Sendable {
        /// It measures times, like this package's engine.
        case measuredTimes
        /// It has the fixed times of the reference's Python client; version 2 only.
        case fixedTimers
    }

    /// The result of a simulation.
    package struct Result: Sendable {
        /// How the transfer ended; `nil` if it did not end within the limit.
        package var failure: TransferFailure??
        /// The version that was spoken.
        package var version: ProtocolVersion?
        /// In a read, the stored data; in a write, what the device holds, `nil` if it never accepted anything.
        package var data: [UInt8]?
        /// The time from the first start to the end of the transfer.
        package var elapsed = Duration.zero
        /// After the device's first answer, the longest time without arrival of data that the receiver keeps.
        package var longestStall = Duration.zero
        /// The counters of what the client has sent.
        package var sentByClient = LinkCounters()
        /// The counters of what the device has sent.
        package var sentByDevice = LinkCounters()
        /// The number of frames with data that the sender of the data has sent.
        package var dataFrames = 0
        /// The number of bytes that arrived at the receiver of the data, whatever they were.
        package var arrivedBytes = 0
        /// The engine's figures.
        package var statistics = TransferEngine.Statistics()
        /// The progress of the transfer, as the engine reports it.
        package var progress = TransferEngine.Progress()
        /// What the device has logged.
        package var deviceOutput: [[UInt8]] = []
        /// The events of the device.
        package var events: [DeviceEvent] = []

        /// Whether the transfer ended well.
        package var isSuccess: Bool { failure == .some(nil) }
    }

    private let setup: Setup
    private let client: any SimulatedClient
    private var device: SimulatedDevice
    private let resource: MemoryResource
    private var uplink: SimulatedLink
    private var downlink: SimulatedLink
    private var now = Instant.zero
    private var movedAt: Instant?
    private var startedAt: Instant?
    private var moved = 0
    private var result = Result()
    private var isHungUp = false
    /// The bytes that have arrived and that the client's process has not taken.
    private var arrivedAtHost: [UInt8] = []
    private var hostPauseEnd: Instant?

    /// Runs a transfer to its end, or to the limit of the setup.
    package static func run(_ setup: Setup) -> Result {
        let simulation = TransferSimulation(setup)
        simulation.run()
        return simulation.result
    }

    private init(_ setup: Setup) {
        self.setup = setup
        client =
            switch setup.policy {
            case .measuredTimes:
                EngineClient(
                    setup.request, source: setup.data, seed: setup.seed,
                    usesLogService: setup.usesLogService)
            case .fixedTimers: FixedTimerClient(setup.request, source: setup.data)
            }
        resource = MemoryResource(setup.request.direction == .read ? setup.data : nil)
        var configuration = setup.device
        for fault in setup.faults.device { configuration.apply(fault) }
        device = SimulatedDevice(
            configuration: configuration,
            resources: [DeviceResource(id: setup.request.resource, storage: resource)])
        uplink = SimulatedLink(
            baud: setup.baud, latency: setup.latency, queue: setup.queueToDevice, faults: setup.toDevice,
            filters: FaultPipeline(setup.faults.toDevice))
        downlink = SimulatedLink(
            baud: setup.baud, latency: setup.latency, queue: setup.queueToClient, faults: setup.toClient,
            filters: FaultPipeline(setup.faults.toClient))
    }

    private func run() {
        do {
            try client.begin(at: now)
        } catch {
            result.failure = .some(error)
            return
        }
        repeat {
            step()
        } while result.failure == nil && advance()
        result.version = client.version
        result.data = setup.request.direction == .read ? client.stored : resource.content
        result.sentByClient = uplink.counters
        result.sentByDevice = downlink.counters
        result.statistics = client.statistics
        result.progress = client.progress
        result.deviceOutput = client.deviceOutput
        handleDeviceEvents()
    }

    /// Everything that happens at this point in time.
    private func step() {
        if let end = setup.faultsEnd, now == .zero + end {
            uplink.endFaults(at: now)
            downlink.endFaults(at: now)
            device.endAccidents()
        }
        if let cancelAt = setup.cancelAt, now == .zero + cancelAt { client.cancel(at: now) }
        if let rebootAt = setup.rebootAt, now == .zero + rebootAt { device.reboot() }
        device.handleTimeout(at: now)
        let isHostRunning = runHost()
        if isHostRunning { client.handleTimeout(at: now) }
        let toDevice = uplink.receive(at: now)
        downlink.filters.noticeOtherDirection(toDevice.span)
        if !toDevice.isEmpty, !isHungUp { device.receive(toDevice.span, at: now) }
        let toClient = downlink.receive(at: now)
        uplink.filters.noticeOtherDirection(toClient.span)
        result.arrivedBytes += setup.request.direction == .read ? toClient.count : toDevice.count
        if !isHungUp { arrivedAtHost += toClient }
        if isHostRunning { deliverToClient() }
        handleDeviceEvents()
        sendFromDevice()
        if isHostRunning { sendFromClient() }
        noteEnd()
        noteProgress()
    }

    /// Returns whether the client's process runs now. After a pause, the client gets the arrived bytes before it
    /// learns of the time, as in the command.
    private func runHost() -> Bool {
        let end = setup.hostPauses?.end(at: now)
        if end == nil, hostPauseEnd != nil { deliverToClient() }
        hostPauseEnd = end
        return end == nil
    }

    private func deliverToClient() {
        client.receive(arrivedAtHost, at: now)
        arrivedAtHost.removeAll(keepingCapacity: true)
    }

    /// After a hang-up, nothing gets through any more.
    private func handleDeviceEvents() {
        while let event = device.nextEvent() {
            result.events.append(event)
            if event == .hungUp { isHungUp = true }
        }
    }

    /// The device's port takes one chunk at a time.
    private func sendFromDevice() {
        while device.hasOutput, downlink.freeAt <= now {
            var bytes: [UInt8] = []
            device.transmit(into: &bytes)
            noteDataFrame(bytes, from: .read)
            downlink.send(bytes.span, at: now)
            if downlink.blocksSender { device.standInWrite(until: downlink.freeAt, at: now) }
            device.handleTimeout(at: now)
        }
    }

    private func sendFromClient() {
        while uplink.freeAt <= now, let time = client.nextOutputTime, time <= now {
            var bytes: [UInt8] = []
            client.transmit(into: &bytes, at: now)
            guard !bytes.isEmpty else { return }
            noteDataFrame(bytes, from: .write)
            uplink.send(bytes.span, at: now)
            if startedAt == nil, uplink.counters.frames > 1 { startedAt = now }
        }
    }

    /// Both sides send data chunks one by one, and all other chunks are shorter than the data chunks that are counted.
    private func noteDataFrame(_ bytes: [UInt8], from direction: Direction) {
        if direction == setup.request.direction, bytes.count > 100 { result.dataFrames += 1 }
    }

    private func noteEnd() {
        guard let outcome = client.outcome else { return }
        result.failure = outcome
        result.elapsed = now - (startedAt ?? now)
    }

    private func noteProgress() {
        guard client.version != nil else { return }
        let received = setup.request.direction == .read ? client.arrived : resource.stagedCount
        let moved = received ?? self.moved
        if let movedAt, moved > self.moved || result.failure != nil {
            result.longestStall = max(result.longestStall, now - movedAt)
        }
        if moved > self.moved || movedAt == nil {
            movedAt = now
            self.moved = moved
        }
    }

    /// Advances to the next moment at which something happens. Returns false if there is none within the limit.
    private func advance() -> Bool {
        var next: [Instant?] = [device.nextTimeout, uplink.nextDelivery, downlink.nextDelivery]
        if let hostPauseEnd {
            next.append(hostPauseEnd)
        } else {
            next.append(client.nextTimeout)
            if let outputTime = client.nextOutputTime { next.append(max(outputTime, uplink.freeAt)) }
        }
        if device.hasOutput { next.append(downlink.freeAt) }
        for event in [setup.cancelAt, setup.rebootAt, setup.faultsEnd] {
            if let event, .zero + event > now { next.append(.zero + event) }
        }
        guard let earliest = next.compactMap({ $0 }).min(), earliest <= .zero + setup.limit else {
            return false
        }
        now = max(now, earliest)
        return true
    }
}

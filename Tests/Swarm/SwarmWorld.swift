internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice
internal import TestSupport

/// A client's engine and a simulated device on a simulated line, in virtual time. Checks at every moment everything
/// that must hold.
final class SwarmWorld {
    /// One transfer.
    struct Transfer {
        var request: TransferRequest
        /// The whole resource, as it is in a read or as it must be after a write.
        var data: [UInt8]
    }

    /// The limits of a world.
    private enum Limits {
        /// How many bytes the engine may want to send at once.
        static let output = 1 << 16
        /// How many events the engine may have at a time.
        static let events = 8
    }

    let resource: SwarmResource
    private(set) var now = Instant.zero
    /// The frames that were sent, in order.
    private(set) var frames: [FrameNumber] = []
    /// The times of arrivals since the beginning.
    private(set) var arrivals: [Duration] = []
    /// How the present transfer ended; `nil` while it runs.
    private(set) var outcome: TransferFailure??

    private let plan: SwarmPlan
    private let trace: SwarmTrace?
    private var engine: TransferEngine
    private var device: SimulatedDevice
    private var uplink: SimulatedLink
    private var downlink: SimulatedLink
    private var incidents: [SwarmPlan.Incident]
    private var draw: SwarmDraw
    private var consoleText: Double
    private var transfer: Transfer?
    /// The contents that may become visible on the device: the data of every write so far.
    private var written: [[UInt8]] = []
    private var commits = 0
    private var storedCount = 0
    private var stepsAtOnce = 0
    private var stepLimit = 0

    init(_ plan: SwarmPlan, trace: SwarmTrace?) {
        self.plan = plan
        self.trace = trace
        draw = SwarmDraw(seed: ~plan.seed)
        engine = TransferEngine(configuration: RPCClient.Configuration(), seed: draw.number())
        resource = SwarmResource(
            plan.request.direction == .read ? plan.data : plan.oldData, capacity: plan.capacity,
            failsToFinish: plan.failsToFinish)
        device = SimulatedDevice(
            configuration: plan.device,
            resources: [DeviceResource(id: plan.request.resource, storage: resource)])
        let up = LinkFaults(drop: plan.toDevice.drop, corrupt: plan.toDevice.corrupt, seed: draw.number())
        let down = LinkFaults(drop: plan.toClient.drop, corrupt: plan.toClient.corrupt, seed: draw.number())
        let faults = plan.faultSet
        let toDevice: [any FaultFilter] = plan.forwarderToDevice.map { [$0.filter] } ?? []
        let toClient: [any FaultFilter] = plan.forwarderToClient.map { [$0.filter] } ?? []
        uplink = SimulatedLink(
            baud: plan.baud, latency: plan.latency, queue: plan.queueToDevice, faults: up,
            filters: FaultPipeline(faults.toDevice + toDevice + plan.frameFilters(.toDevice)))
        downlink = SimulatedLink(
            baud: plan.baud, latency: plan.latency, queue: plan.queueToClient, faults: down,
            filters: FaultPipeline(faults.toClient + toClient + plan.frameFilters(.toClient)))
        consoleText = plan.consoleText
        incidents = plan.incidents
    }

    /// Whether the client has nothing to do.
    var isIdle: Bool { engine.isIdle }

    // MARK: Phases

    /// Begins a transfer, whose end becomes ``outcome``.
    func begin(_ transfer: Transfer) throws(SwarmViolation) {
        self.transfer = transfer
        outcome = nil
        storedCount = 0
        stepsAtOnce = 0
        // On a line without delay, everything may happen at once. Up to three steps a chunk have been seen.
        stepLimit = 200 + 10 * plan.chunkCount(of: transfer.data.count)
        if transfer.request.direction == .write { written.append(transfer.data) }
        trace?.note("\(transfer.request.direction) begins", at: now)
        do {
            try engine.begin(transfer.request, at: now)
        } catch {
            outcome = .some(error)
            self.transfer = nil
            guard engine.isIdle else { throw .inconsistent("busy after a request that cannot begin") }
        }
    }

    /// Lets things happen until the transfer ends, at most until `end`.
    func runTransfer(until end: Instant) throws(SwarmViolation) {
        while transfer != nil {
            try step()
            guard transfer != nil else { return }
            guard advance(until: end) else { return }
        }
    }

    /// Lets time pass.
    func linger(_ duration: Duration) throws(SwarmViolation) {
        let end = now + duration
        stepsAtOnce = 0
        repeat {
            try step()
        } while advance(until: end)
        now = max(now, end)
    }

    /// From now on, the line is perfect, and the device has no faults.
    func heal() {
        trace?.note("everything is well from now on", at: now)
        incidents = []
        endFaults()
        resource.capacity = nil
        resource.failsToFinish = false
    }

    private func endFaults() {
        uplink.endFaults(at: now)
        downlink.endFaults(at: now)
        device.endAccidents()
        consoleText = 0
    }

    // MARK: Time

    private func step() throws(SwarmViolation) {
        stepsAtOnce += 1
        guard stepsAtOnce <= stepLimit else { throw .spinning(steps: stepsAtOnce) }
        while let incident = incidents.first, .zero + incident.after <= now {
            incidents.removeFirst()
            happen(incident.kind)
        }
        let toDevice = receive(from: &uplink, to: &downlink, .toDevice)
        if !toDevice.isEmpty { device.receive(toDevice.span, at: now) }
        device.handleTimeout(at: now)
        let toClient = receive(from: &downlink, to: &uplink, .toClient)
        try deliver(toClient)
        engine.handleTimeout(at: now)
        try handleEvents()
        sendFromDevice()
        try sendFromClient()
        try checkDevice()
    }

    /// Takes bytes that have arrived, and shows them to the filters of the other direction.
    private func receive(
        from link: inout SimulatedLink, to other: inout SimulatedLink, _ direction: FrameNumber.Direction
    ) -> [UInt8] {
        let bytes = link.receive(at: now)
        guard !bytes.isEmpty else { return [] }
        arrivals.append(now - .zero)
        other.filters.noticeOtherDirection(bytes.span)
        if !plan.faults.isEmpty || !plan.frameFates.isEmpty { trace?.noteArrival(bytes, direction, at: now) }
        return bytes
    }

    /// Notes the frames that the link has sent since it had sent `first` frames.
    private func noteFrames(
        of link: borrowing SimulatedLink, _ direction: FrameNumber.Direction, since first: Int
    ) {
        for number in first..<link.counters.frames {
            frames.append(FrameNumber(direction: direction, number: number))
        }
    }

    private func happen(_ kind: SwarmPlan.Incident.Kind) {
        trace?.note(kind.rawValue, at: now)
        switch kind {
        case .faultsEnd: endFaults()
        case .lineDies:
            uplink.faults = LinkFaults(drop: 1)
            downlink.faults = LinkFaults(drop: 1)
        case .reboot: device.reboot()
        case .cancel: engine.cancel(at: now)
        case .fileFails:
            engine.fail(plan.request.direction == .read ? .storageFailed : .sourceFailed, at: now)
        case .clientRestarts:
            engine = TransferEngine(configuration: RPCClient.Configuration(), seed: draw.number())
            if transfer != nil { outcome = .some(.cancelled) }
            transfer = nil
        }
    }

    /// Advances to the next moment at which something happens. Returns false if there is none until `end`.
    private func advance(until end: Instant) -> Bool {
        var next = Instant(nanoseconds: .max)
        func consider(_ time: Instant?) { if let time, time < next { next = time } }
        consider(engine.nextTimeout)
        consider(device.nextTimeout)
        consider(uplink.nextDelivery)
        consider(downlink.nextDelivery)
        if engine.hasOutput { consider(uplink.freeAt) }
        if let dataTime = engine.nextDataTime { consider(max(dataTime, uplink.freeAt)) }
        if device.hasOutput { consider(downlink.freeAt) }
        consider(incidents.first.map { .zero + $0.after })
        guard next <= end else { return false }
        if next > now { stepsAtOnce = 0 }
        now = max(now, next)
        return true
    }

    // MARK: Client

    private func deliver(_ bytes: [UInt8]) throws(SwarmViolation) {
        var position = 0
        while position < bytes.count {
            engine.receive(bytes.span, at: &position, now: now)
            try handleEvents()
        }
    }

    private func handleEvents() throws(SwarmViolation) {
        var count = 0
        while let event = engine.nextEvent() {
            count += 1
            guard count <= Limits.events else { throw .memory("events of the engine", count) }
            if event == .deviceOutput { continue }
            guard let transfer else { throw .eventOutsideTransfer(event) }
            switch event {
            case .data(let offset): try store(at: offset, transfer)
            case .finished(let failure): try finish(failure, transfer)
            case .restarted(let offset), .slowedDown(_, let offset), .readsAgain(let offset):
                try restart(at: offset, transfer)
            case .started, .reopenedStream, .deviceBusy, .deviceOutput: break
            }
        }
    }

    private func store(at offset: UInt64, _ transfer: Transfer) throws(SwarmViolation) {
        guard transfer.request.direction == .read else { throw .eventOutsideTransfer(.data(offset: offset)) }
        let expected = transfer.request.initialOffset + UInt64(storedCount)
        guard offset == expected, Self.matches(engine, transfer.data, at: Int(offset)) else {
            throw .wrongData(offset: offset, expected: expected)
        }
        storedCount += engine.data.count
        engine.confirmStored(at: now)
    }

    /// A read continues after the stored data; a write begins again.
    private func restart(at offset: UInt64, _ transfer: Transfer) throws(SwarmViolation) {
        let stored = transfer.request.initialOffset + UInt64(storedCount)
        let isAllowed = transfer.request.direction == .read || transfer.request.restartsWrite
        guard isAllowed, offset == stored else { throw .inconsistent("restart at \(offset) of \(stored)") }
    }

    private static func matches(
        _ engine: borrowing TransferEngine, _ data: [UInt8], at offset: Int
    ) -> Bool {
        let received = engine.data
        let end = offset + received.count
        guard !received.isEmpty || end == data.count, end <= data.count else { return false }
        return received.withUnsafeBufferPointer { $0.elementsEqual(data[offset..<offset + $0.count]) }
    }

    private func finish(_ failure: TransferFailure?, _ transfer: Transfer) throws(SwarmViolation) {
        trace?.note("finished: \(failure.map { "\($0)" } ?? "OK")", at: now)
        outcome = .some(failure)
        self.transfer = nil
        guard engine.isIdle, engine.nextTimeout == nil, engine.nextDataTime == nil else {
            throw .inconsistent("busy after the end")
        }
        guard failure == nil else { return }
        let count = transfer.data.count - Int(transfer.request.initialOffset)
        switch transfer.request.direction {
        case .read: guard storedCount == count else { throw .falseOK }
        case .write: guard resource.content == transfer.data else { throw .falseOK }
        }
        guard engine.progress.moved == count else {
            throw .inconsistent("progress \(engine.progress) after \(count) bytes")
        }
    }

    private func sendFromClient() throws(SwarmViolation) {
        while uplink.freeAt <= now {
            if !engine.hasOutput, let transfer, let request = engine.dataRequest(at: now) {
                try provide(request, of: transfer)
            }
            guard engine.hasOutput else { return }
            var bytes: [UInt8] = []
            engine.transmit(into: &bytes)
            guard bytes.count <= Limits.output else { throw .memory("output of the engine", bytes.count) }
            let first = uplink.counters.frames
            SwarmTrace.send(bytes, on: &uplink, at: now, .toDevice, trace)
            noteFrames(of: uplink, .toDevice, since: first)
            stepsAtOnce += 1
            guard stepsAtOnce <= stepLimit else { throw .spinning(steps: stepsAtOnce) }
        }
    }

    private func provide(_ request: DataRequest, of transfer: Transfer) throws(SwarmViolation) {
        let data = transfer.data
        guard request.offset >= transfer.request.initialOffset, request.offset <= data.count else {
            throw .inconsistent("asks for data at \(request.offset) of \(data.count)")
        }
        let start = Int(request.offset)
        let end = min(start + request.count, data.count)
        engine.send(data.span.extracting(start..<end), isLast: end == data.count, at: now)
        guard engine.hasOutput else { throw .inconsistent("data were asked for and not sent") }
    }

    // MARK: Device

    /// The device's port takes one chunk at a time.
    private func sendFromDevice() {
        while device.hasOutput, downlink.freeAt <= now {
            var bytes: [UInt8] = []
            if draw.chance(consoleText) {
                bytes += "[\(now.nanoseconds)] tick {\(draw.int(0...99))}\r\n".utf8
            }
            device.transmit(into: &bytes)
            let first = downlink.counters.frames
            SwarmTrace.send(bytes, on: &downlink, at: now, .toClient, trace)
            if downlink.blocksSender { device.standInWrite(until: downlink.freeAt, at: now) }
            noteFrames(of: downlink, .toClient, since: first)
            device.handleTimeout(at: now)
        }
    }

    /// If the line delivers a repeated start after its confirmation, the device begins the session anew. The client
    /// cannot know this when it acknowledges the end of that session.
    private func isExcusable(_ reason: CrashReason) -> Bool {
        reason == .completionAckInHandshake
            && plan.faults.contains { !$0.hasPrefix("to-client") && $0.contains("data-transposer") }
    }

    private func checkDevice() throws(SwarmViolation) {
        while let event = device.nextEvent() {
            trace?.note("device: \(event)", at: now)
            if case .crashed(let reason) = event, !isExcusable(reason) { throw .crashed(reason) }
        }
        guard resource.commits != commits else { return }
        commits = resource.commits
        guard let content = resource.content, written.contains(content) else { throw .wrongContent }
    }
}

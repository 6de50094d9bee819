internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import TransferClient

/// Runs a simulated device in real time. Connects it to a port through a simulated line in each direction.
struct DeviceRunner: ~Copyable {
    private static let readSize = 1 << 16
    /// If the queue holds the client back, this many of the client's bytes enter it at a time. Bytes that do not fit
    /// yet wait in front of the queue, as in a write that blocks.
    private static let queuedWrite = 512

    private let endpoint: DeviceEndpoint
    private let stop: StopRequest
    /// Whether the device restarts when a client sets 1200 baud on a pseudo-terminal.
    private let restartsAt1200: Bool
    private static let touchRate: UInt32 = 1200
    /// A pseudo-terminal does not announce a change of its rate, so the rate is looked at this often.
    private static let rateInterval = Duration.milliseconds(50)
    /// The rate that a client must have set on a pseudo-terminal; `nil` if any will do.
    private let strictRate: UInt32?
    private let report: (DeviceEvent) -> Void
    /// Whether the line leaves all bytes as they are, in both directions.
    private let isLineTransparent: Bool
    /// Whether a full queue leaves the client's bytes in the port instead of losing them.
    private let holdsClientBack: Bool
    private var device: SimulatedDevice
    private var toDevice: SimulatedLink
    private var toClient: SimulatedLink
    private var line: Line
    private var frames: [UInt8] = []
    /// A client that has been silent for this long gives way to a waiting client.
    private let idleTime: Duration
    private var lastHeard = Instant.zero

    /// A device at an endpoint, behind the line that the options describe.
    ///
    /// - Parameters:
    ///   - stop: ends the run.
    ///   - report: is called with each event of the device.
    init(
        _ device: consuming SimulatedDevice, at endpoint: DeviceEndpoint, _ options: SimulateCommand,
        _ faults: FaultSet, stop: StopRequest, report: @escaping (DeviceEvent) -> Void
    ) {
        let (toDevice, toClient) = options.line.links(faults)
        self.device = device
        self.endpoint = endpoint
        isLineTransparent = toDevice.isTransparent && toClient.isTransparent
        holdsClientBack = toDevice.blocksSender
        line = Line(over: NoClient(), readSize: holdsClientBack ? Self.queuedWrite : Self.readSize)
        self.toDevice = toDevice
        self.toClient = toClient
        idleTime = options.idleTime?.duration ?? SimulatedBoard.idleTime
        strictRate = options.line.strictRate
        restartsAt1200 = options.firmware.restartsAt1200
        self.stop = stop
        self.report = report
    }

    /// Runs until the stop is requested.
    mutating func run() throws(SerialPortError) {
        // The device is switched off then: interrupted writes end as in a restart.
        defer { device.reboot() }
        while stop.signal == nil {
            do throws(SerialPortError) {
                try step()
            } catch {
                guard case .disconnected = error, endpoint.disconnect() else { throw error }
                line.output.removeAll()
            }
        }
    }

    private mutating func step() throws(SerialPortError) {
        let now = MonotonicClock.now
        if !isLineTransparent {
            let arrived = toDevice.receive(at: now)
            toClient.filters.noticeOtherDirection(arrived.span)
            if !arrived.isEmpty { device.receive(arrived.span, at: now) }
        }
        if let timeout = device.nextTimeout, timeout <= now { device.handleTimeout(at: now) }
        if restartsAt1200, (endpoint.transport as? PseudoTerminal)?.baudRate == Self.touchRate {
            device.reboot(hangingUp: true)
        }
        transmit(at: now)
        while let event = device.nextEvent() {
            if event == .hungUp { try hangUp() }
            if event == .unplugged { endpoint.unplug() }
            report(event)
        }
        line.transport = endpoint.transport ?? NoClient()
        try line.send()
        receive(try exchange(at: now))
        if line.isOtherReady { try accept() }
    }

    /// Sends the device's output as far as the line is free, and takes what has arrived at the client's end.
    private mutating func transmit(at now: Instant) {
        guard !isLineTransparent else {
            while device.hasOutput, line.output.hasRoom {
                device.transmit(into: &line.output.bytes)
                if let timeout = device.nextTimeout, timeout <= now { device.handleTimeout(at: now) }
            }
            return
        }
        while device.hasOutput, toClient.freeAt <= now, line.output.hasRoom {
            frames.removeAll(keepingCapacity: true)
            device.transmit(into: &frames)
            Self.send(frames, count: frames.count, on: &toClient, at: now)
            if toClient.blocksSender { device.standInWrite(until: toClient.freeAt, at: now) }
            takeArrived(at: now)
            if let timeout = device.nextTimeout, timeout <= now { device.handleTimeout(at: now) }
        }
        takeArrived(at: now)
    }

    private mutating func takeArrived(at now: Instant) {
        let bytes = toClient.receive(at: now)
        toDevice.filters.noticeOtherDirection(bytes.span)
        guard let (own, other) = differentRates else {
            line.output.bytes += bytes
            return
        }
        line.output.bytes += RateMismatch.received(bytes.span, sentAt: own, receivedAt: other)
    }

    /// The rates of device and client, if the line is strict and the rates differ.
    private var differentRates: (own: UInt32, other: UInt32)? {
        guard let strictRate, let terminal = endpoint.transport as? PseudoTerminal,
            let rate = terminal.baudRate, rate != strictRate, rate > 0
        else { return nil }
        return (strictRate, rate)
    }

    /// Takes a waiting client. Output that was meant for the client before is lost.
    private mutating func accept() throws(SerialPortError) {
        guard try endpoint.accept() else { return }
        toDevice.removeAll()
        toClient.removeAll()
        line.output.removeAll()
        lastHeard = MonotonicClock.now
    }

    /// From when on a waiting client is taken; `nil` if no client is in its way.
    private var acceptTime: Instant? { endpoint.transport == nil ? nil : lastHeard + idleTime }

    /// Closes the port and opens it again. Bytes in flight are lost.
    private mutating func hangUp() throws(SerialPortError) {
        toDevice.removeAll()
        toClient.removeAll()
        line.output.removeAll()
        try endpoint.hangUp()
    }

    private mutating func exchange(at now: Instant) throws(SerialPortError) -> Int {
        let acceptDescriptor = endpoint.acceptDescriptor
        let mayAccept = acceptDescriptor != nil && acceptTime.map { $0 <= now } ?? true
        var timeout = nextTimeout(at: now)
        if acceptDescriptor != nil, !mayAccept, let acceptTime {
            timeout = min(timeout ?? acceptTime, acceptTime)
        }
        return try line.exchange(
            until: timeout, stop: stop, other: mayAccept ? acceptDescriptor ?? -1 : -1,
            takesBytes: mayReceive(at: now))
    }

    private func nextTimeout(at now: Instant) -> Instant? {
        let canSend = device.hasOutput && line.output.hasRoom
        var earliest = device.nextTimeout
        func consider(_ time: Instant?) {
            if let time { earliest = min(earliest ?? time, time) }
        }
        if isLineTransparent {
            consider(canSend ? now : nil)
        } else {
            consider(toDevice.nextDelivery)
            consider(mayReceive(at: now) ? nil : toDevice.freeAt)
            consider(toClient.nextDelivery)
            consider(canSend ? toClient.freeAt : nil)
        }
        if restartsAt1200 { consider(now + Self.rateInterval) }
        return earliest
    }

    /// Whether the client's bytes can be taken now.
    private func mayReceive(at now: Instant) -> Bool {
        !holdsClientBack || toDevice.freeAt <= now
    }

    /// Puts the bytes that the client has sent on the line to the device.
    private mutating func receive(_ count: Int) {
        guard count > 0 else { return }
        let now = MonotonicClock.now
        lastHeard = now
        if isLineTransparent {
            Self.deliver(line.input, count: count, to: &device, at: now)
        } else if let (own, other) = differentRates {
            let garbage = RateMismatch.received(
                line.input.span.extracting(0..<count), sentAt: other, receivedAt: own)
            Self.send(garbage, count: garbage.count, on: &toDevice, at: now)
        } else {
            Self.send(line.input, count: count, on: &toDevice, at: now)
        }
    }

    private static func deliver(
        _ bytes: [UInt8], count: Int, to device: inout SimulatedDevice, at now: Instant
    ) {
        device.receive(bytes.span.extracting(0..<count), at: now)
    }

    private static func send(_ bytes: [UInt8], count: Int, on link: inout SimulatedLink, at now: Instant) {
        link.send(bytes.span.extracting(0..<count), at: now)
    }
}

/// Takes the place of a client while there is none. Bytes that are sent to it are lost.
private final class NoClient: ByteTransport {
    let name = "no client"
    let fileDescriptor: Int32 = -1

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int { 0 }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int { bytes.count }

    func close() {}
}

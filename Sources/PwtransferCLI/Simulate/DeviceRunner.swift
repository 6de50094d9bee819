internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import TransferClient

/// Runs a simulated device in real time: joins it to a port through a simulated line in each direction.
struct DeviceRunner: ~Copyable {
    private enum Slot {
        static let transport = 0
        static let accept = 1
        static let stop = 2
        static let count = 3
    }

    private static let readSize = 1 << 16

    private let endpoint: DeviceEndpoint
    private let stop: StopRequest
    private let report: (DeviceEvent) -> Void
    private var device: SimulatedDevice
    private var toDevice: SimulatedLink
    private var toClient: SimulatedLink
    private var wait = DescriptorWait(count: Slot.count)
    private var input = [UInt8](repeating: 0, count: readSize)
    private var frames: [UInt8] = []
    private var output = OutputBuffer()

    /// A device at an endpoint.
    ///
    /// - Parameter report: is told what happens in the device.
    init(
        _ device: consuming SimulatedDevice, at endpoint: DeviceEndpoint, toDevice: SimulatedLink,
        toClient: SimulatedLink, stop: StopRequest, report: @escaping (DeviceEvent) -> Void
    ) {
        self.device = device
        self.endpoint = endpoint
        self.toDevice = toDevice
        self.toClient = toClient
        self.stop = stop
        self.report = report
    }

    /// Runs until the stop is requested.
    mutating func run() throws(SerialPortError) {
        // It is switched off then: interrupted writes end as they do in a restart.
        defer { device.reboot() }
        while stop.signal == nil {
            do throws(SerialPortError) {
                try step()
            } catch {
                guard case .disconnected = error, endpoint.disconnect() else { throw error }
                output.removeAll()
            }
        }
    }

    private mutating func step() throws(SerialPortError) {
        let now = MonotonicClock.now
        let arrived = toDevice.receive(at: now)
        toClient.noticeOtherDirection(arrived.span)
        if !arrived.isEmpty { device.receive(arrived.span, at: now) }
        if let timeout = device.nextTimeout, timeout <= now { device.handleTimeout(at: now) }
        transmit(at: now)
        while let event = device.nextEvent() {
            if event == .hungUp { try hangUp() }
            if event == .unplugged { endpoint.unplug() }
            report(event)
        }
        if let transport = endpoint.transport {
            try output.write(to: transport)
        } else {
            output.removeAll()
        }
        waitForMore(at: now)
        if wait.isReady(Slot.accept, for: .read) { try endpoint.accept() }
        if wait.isReady(Slot.transport, for: .read) { try receive() }
    }

    /// Puts on the line what it can carry now, and moves to the output what has arrived at its end.
    private mutating func transmit(at now: Instant) {
        while device.hasOutput, toClient.freeAt <= now, output.hasRoom {
            frames.removeAll(keepingCapacity: true)
            device.transmit(into: &frames)
            Self.send(frames, count: frames.count, on: &toClient, at: now)
            takeArrived(at: now)
            if let timeout = device.nextTimeout, timeout <= now { device.handleTimeout(at: now) }
        }
        takeArrived(at: now)
    }

    private mutating func takeArrived(at now: Instant) {
        let bytes = toClient.receive(at: now)
        toDevice.noticeOtherDirection(bytes.span)
        output.bytes += bytes
    }

    /// What is under way is lost with the port.
    private mutating func hangUp() throws(SerialPortError) {
        toDevice.removeAll()
        toClient.removeAll()
        output.removeAll()
        try endpoint.hangUp()
    }

    private mutating func waitForMore(at now: Instant) {
        let interest: DescriptorWait.Interest = output.isEmpty ? .read : [.read, .write]
        wait.set(
            Slot.transport, endpoint.transport?.fileDescriptor ?? -1,
            endpoint.transport == nil ? [] : interest)
        wait.set(Slot.accept, endpoint.acceptDescriptor ?? -1, endpoint.acceptDescriptor == nil ? [] : .read)
        wait.set(Slot.stop, stop.descriptor, .read)
        let lineFree = device.hasOutput && output.hasRoom ? toClient.freeAt : nil
        let times = [device.nextTimeout, toDevice.nextDelivery, toClient.nextDelivery, lineFree].compactMap(
            \.self)
        wait.wait(until: times.min())
    }

    private mutating func receive() throws(SerialPortError) {
        guard let transport = endpoint.transport else { return }
        let count = try transport.read(into: &input)
        Self.send(input, count: count, on: &toDevice, at: MonotonicClock.now)
    }

    private static func send(_ bytes: [UInt8], count: Int, on link: inout SimulatedLink, at now: Instant) {
        link.send(bytes.span.extracting(0..<count), at: now)
    }
}

public import PigweedTransfer

/// A device at the end of a line, in virtual time, for tests of clients without a thread or a clock.
///
/// Time passes only in ``receive(until:)``, so minutes of a slow line take milliseconds, and the same setup gives the
/// same result.
public struct VirtualBoard: ~Copyable {
    /// The device.
    package var device: SimulatedDevice
    /// The time at both ends of the line.
    public private(set) var now: Instant

    private var toDevice: SimulatedLink
    private var toClient: SimulatedLink

    /// A device that has just been switched on, and an idle line.
    ///
    /// - Parameters:
    ///   - configuration: how the device is built.
    ///   - resources: the resources of the device.
    ///   - files: the files that `pw.file.FileSystem` lists, if the configuration has this service.
    ///   - baud: bits a second in each direction; `nil` for a line without any delay of its own.
    ///   - latency: the time from the end of a byte at its sender to its arrival.
    ///   - loss: the share of frames that the line loses, from 0 to 1.
    ///   - faults: other faults, of the line or of the device.
    ///   - seed: decides which frames are lost, and what faults without a seed of their own do by chance.
    ///   - start: the time at which the device is switched on.
    public init(
        configuration: DeviceConfiguration = DeviceConfiguration(), resources: [DeviceResource],
        files: [DeviceFile] = [], baud: Int? = 115_200, latency: Duration = .zero, loss: Double = 0,
        faults: [Fault] = [], seed: UInt64 = 1, startingAt start: Instant = .zero
    ) {
        let faults = FaultSet(faults, seed: seed)
        var configuration = configuration
        for fault in faults.device { configuration.apply(fault) }
        device = SimulatedDevice(configuration: configuration, resources: resources, files: files)
        toDevice = SimulatedLink(
            baud: baud, latency: latency, faults: LinkFaults(drop: loss, seed: 2 &* seed),
            filters: FaultPipeline(faults.toDevice))
        toClient = SimulatedLink(
            baud: baud, latency: latency, faults: LinkFaults(drop: loss, seed: 2 &* seed &+ 1),
            filters: FaultPipeline(faults.toClient))
        now = start
    }

    /// Puts bytes on the line to the device.
    public mutating func send(_ bytes: [UInt8]) {
        toDevice.send(bytes.span, at: now)
    }

    /// Lets time pass until bytes arrive from the device.
    ///
    /// - Parameter deadline: when to give up; `nil` for never, as long as anything can still happen.
    /// - Returns: the bytes; empty if none came.
    public mutating func receive(until deadline: Instant?) -> [UInt8] {
        while true {
            let received = step()
            if !received.isEmpty { return received }
            guard let next = nextWake, next <= deadline ?? next else {
                now = max(now, deadline ?? now)
                return []
            }
            now = max(now, next)
        }
    }

    /// When something happens next if nothing is sent before; `nil` for never.
    package var nextWake: Instant? {
        [
            device.nextTimeout, toDevice.nextDelivery, toClient.nextDelivery,
            device.hasOutput ? toClient.freeAt : nil,
        ].compactMap { $0 }.min()
    }

    /// The next event of the device; `nil` if there is none.
    public mutating func nextEvent() -> DeviceEvent? { device.nextEvent() }

    /// Switches the device off and on.
    public mutating func reboot() {
        device.reboot()
    }

    /// Lets everything happen that is due now. Returns the bytes that arrive at the client.
    private mutating func step() -> [UInt8] {
        device.handleTimeout(at: now)
        let arrived = toDevice.receive(at: now)
        toClient.filters.noticeOtherDirection(arrived.span)
        if !arrived.isEmpty { device.receive(arrived.span, at: now) }
        let received = toClient.receive(at: now)
        toDevice.filters.noticeOtherDirection(received.span)
        while device.hasOutput, toClient.freeAt <= now {
            var bytes: [UInt8] = []
            device.transmit(into: &bytes)
            toClient.send(bytes.span, at: now)
            device.handleTimeout(at: now)
        }
        return received
    }
}

public import PigweedTransfer

/// A device at the end of a line, in virtual time: what a test of a client needs, without a thread or a clock.
///
/// Time passes only in ``receive(until:)``, so minutes of a slow line take milliseconds, and the same setup gives the same
/// result.
public struct VirtualBoard: ~Copyable {
    /// The device.
    public var device: SimulatedDevice
    /// The time at both ends of the line.
    public private(set) var now = Instant.zero

    private var toDevice: SimulatedLink
    private var toClient: SimulatedLink

    /// A device that has just been switched on, and an idle line.
    ///
    /// - Parameters:
    ///   - configuration: how the device is built.
    ///   - resources: what can be read and written on it.
    ///   - files: what `pw.file.FileSystem` lists, if the configuration has it.
    ///   - baud: bits a second in each direction; `nil` for a line without any delay of its own.
    ///   - latency: from the end of a byte at its sender to its arrival.
    ///   - loss: the part of all frames that the line loses, from 0 to 1.
    ///   - seed: which frames those are.
    public init(
        configuration: DeviceConfiguration = DeviceConfiguration(), resources: [DeviceResource],
        files: [DeviceFile] = [], baud: Int? = 115_200, latency: Duration = .zero, loss: Double = 0,
        seed: UInt64 = 1
    ) {
        device = SimulatedDevice(configuration: configuration, resources: resources, files: files)
        toDevice = SimulatedLink(
            baud: baud, latency: latency, faults: LinkFaults(drop: loss, seed: 2 &* seed))
        toClient = SimulatedLink(
            baud: baud, latency: latency, faults: LinkFaults(drop: loss, seed: 2 &* seed &+ 1))
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
            let next = [
                device.nextTimeout, toDevice.nextDelivery, toClient.nextDelivery,
                device.hasOutput ? toClient.freeAt : nil,
            ].compactMap { $0 }.min()
            guard let next, next <= deadline ?? next else {
                now = max(now, deadline ?? now)
                return []
            }
            now = max(now, next)
        }
    }

    /// Everything that happens at this point in time.
    private mutating func step() -> [UInt8] {
        device.handleTimeout(at: now)
        let arrived = toDevice.receive(at: now)
        if !arrived.isEmpty { device.receive(arrived.span, at: now) }
        let received = toClient.receive(at: now)
        while device.hasOutput, toClient.freeAt <= now {
            var bytes: [UInt8] = []
            device.transmit(into: &bytes)
            toClient.send(bytes.span, at: now)
            device.handleTimeout(at: now)
        }
        return received
    }
}

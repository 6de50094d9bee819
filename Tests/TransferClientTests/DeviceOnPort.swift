internal import Foundation
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import Synchronization
internal import TransferClient

/// A simulated device on a pseudo-terminal. A thread runs it until this object ends. After a hang-up, the device
/// comes back behind the same link, if it has one.
final class DeviceOnPort: Sendable {
    /// The path that clients open.
    let path: String

    private let stop: StopRequest
    private let happened = Mutex<[DeviceEvent]>([])

    init(
        _ configuration: DeviceConfiguration = DeviceConfiguration(), link: String? = nil,
        resources: @escaping @Sendable () -> [DeviceResource]
    ) throws {
        let terminal = try PseudoTerminal(linkPath: link)
        let stop = try StopRequest()
        path = terminal.name
        self.stop = stop
        Thread.detachNewThread { [weak self] in
            Self.run(
                SimulatedDevice(configuration: configuration, resources: resources()), on: terminal, stop
            ) { event in self?.happened.withLock { $0.append(event) } }
        }
    }

    deinit {
        stop.request(signal: SIGTERM)
    }

    /// What happened in the device so far.
    var events: [DeviceEvent] { happened.withLock { $0 } }

    private static func run(
        _ device: consuming SimulatedDevice, on terminal: PseudoTerminal, _ stop: StopRequest,
        tell: (DeviceEvent) -> Void
    ) {
        var terminal = terminal
        defer { terminal.close() }
        var line = Line(over: terminal)
        while stop.signal == nil {
            device.handleTimeout(at: MonotonicClock.now)
            if line.output.hasRoom { device.transmit(into: &line.output.bytes) }
            while let event = device.nextEvent() {
                tell(event)
                if event == .unplugged { return }
                guard event == .hungUp else { continue }
                line.output.removeAll()
                let link = terminal.linkPath
                terminal.close()
                guard let link, let next = try? PseudoTerminal(linkPath: link) else { return }
                terminal = next
                line.transport = next
            }
            guard (try? line.send()) != nil,
                let count = try? line.exchange(until: device.nextTimeout, stop: stop)
            else { return }
            if count > 0 { device.receive(line.input.span.extracting(0..<count), at: MonotonicClock.now) }
        }
    }
}

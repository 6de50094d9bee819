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

    /// - Parameter unheard: how often the device misses what arrives, as one that still starts does.
    init(
        _ configuration: DeviceConfiguration = DeviceConfiguration(), link: String? = nil, unheard: Int = 0,
        resources: @escaping @Sendable () -> [DeviceResource]
    ) throws {
        let terminal = try PseudoTerminal(linkPath: link)
        let stop = try StopRequest()
        path = terminal.name
        self.stop = stop
        Thread.detachNewThread { [weak self] in
            Self.run(
                SimulatedDevice(configuration: configuration, resources: resources()), on: terminal, unheard,
                stop
            ) { event in self?.happened.withLock { $0.append(event) } }
        }
    }

    deinit {
        stop.request(signal: SIGTERM)
    }

    /// What happened in the device so far.
    var events: [DeviceEvent] { happened.withLock { $0 } }

    private static func run(
        _ device: consuming SimulatedDevice, on terminal: PseudoTerminal, _ unheard: Int,
        _ stop: StopRequest, tell: (DeviceEvent) -> Void
    ) {
        var terminal = terminal
        var unheard = unheard
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
            guard count > 0 else { continue }
            if unheard > 0 {
                unheard -= 1
            } else {
                device.receive(line.input.span.extracting(0..<count), at: MonotonicClock.now)
            }
        }
    }
}

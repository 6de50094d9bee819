internal import Foundation
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import Synchronization
internal import TransferClient

/// A simulated device on a pseudo-terminal, run by a thread until this object is gone. When it hangs up, it comes back
/// behind the same link, if it has one.
final class DeviceOnPort: Sendable {
    /// The path to open.
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
        var wait = DescriptorWait(count: 2)
        var input = [UInt8](repeating: 0, count: 1 << 14)
        var output = OutputBuffer()
        while stop.signal == nil {
            device.handleTimeout(at: MonotonicClock.now)
            if output.hasRoom { device.transmit(into: &output.bytes) }
            while let event = device.nextEvent() {
                tell(event)
                if event == .unplugged { return }
                guard event == .hungUp else { continue }
                output.removeAll()
                let link = terminal.linkPath
                terminal.close()
                guard let link, let next = try? PseudoTerminal(linkPath: link) else { return }
                terminal = next
            }
            guard (try? output.write(to: terminal)) != nil else { return }
            wait.set(0, terminal.fileDescriptor, output.isEmpty ? .read : [.read, .write])
            wait.set(1, stop.descriptor, .read)
            wait.wait(until: device.nextTimeout)
            if wait.isReady(0, for: .read) {
                guard let count = try? terminal.read(into: &input) else { return }
                device.receive(input.span.extracting(0..<count), at: MonotonicClock.now)
            }
        }
    }
}

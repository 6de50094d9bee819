internal import ArgumentParser
internal import Machine
internal import SerialPort
internal import Synchronization

/// How the port of a simulated device is described where a scenario takes the place of all ports. The options are keys
/// of the device's table in the scenario.
struct SimulatedPort: ParsableCommand {
    @Option var serialNumber: String?

    /// Where the device seems to be plugged in.
    @Option var place: String?

    /// Vendor and product.
    @Option(name: .customLong("usb"), transform: { try PortSelector(parsing: "usb:" + $0) })
    var product: PortSelector?

    func validate() throws {
        guard serialNumber?.isEmpty != true, place?.isEmpty != true else {
            throw ValidationError("a serial number and a place are not empty")
        }
        if case .usb(_, _, nil, nil)? = product?.kind { return }
        guard product == nil else { throw ValidationError("usb takes VENDOR:PRODUCT, such as 2e8a:000a") }
    }
}

/// The devices of a scenario in the place of this machine's ports, as in a rehearsal of a factory's script.
///
/// The first look at the ports reports once that they are simulated, even with `--quiet`: nobody shall take them for
/// real.
final class SimulatedPorts: Sendable {
    private let path: String
    private let ports: [SerialPortDescription]
    private let output = Mutex<Output?>(nil)

    /// `nil` if the environment names no scenario.
    init?(_ environment: [String: String]) throws(Failure) {
        guard let path = environment[Configuration.simulatedPortsVariable], !path.isEmpty else { return nil }
        self.path = path
        ports = try Scenario(trusting: path).devices.compactMap { SerialPortDescription($0) }
    }

    /// From now on, these ports take the place of all ports of this machine.
    func takePlace() {
        SerialPorts.substitute = { [self] in
            output.withLock { $0.take() }?.note(
                .simulatedPorts,
                "\(Configuration.simulatedPortsVariable) is set: all ports are simulated ones, of \(path)")
            // Anything other than a pseudo-terminal is not the simulated device.
            return ports.filter { fileStatus(at: $0.path)?.isPseudoTerminal ?? false }
        }
    }

    /// Sets the output for the report of the first look at the ports.
    func report(to output: Output) {
        self.output.withLock { $0 = output }
    }
}

extension SerialPortDescription {
    /// The port of a simulated device; `nil` for a device without a link, whose place nobody knows.
    fileprivate init?(_ device: Scenario.Device) {
        guard let link = device.options.link else { return nil }
        self.init(path: link, systemPath: link, isUSB: true)
        vendorName = "simulated device"
        productName = DeviceText.visible(device.name)
        driver = "simulated"
        serialNumber = device.port.serialNumber.map(DeviceText.visible)
        location = device.port.place.map(DeviceText.visible)
        if case .usb(let vendor, let product, _, _)? = device.port.product?.kind {
            (vendorID, productID) = (vendor, product)
        }
    }
}

internal import ArgumentParser
internal import CLibrary
internal import SerialPort
internal import SystemPackage
internal import TransferClient

struct PortsCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports", abstract: "Lists the serial ports, the newest last.",
        discussion: """
            Examples:
              pwtransfer ports
              pwtransfer ports --watch      continues with what is plugged in and unplugged

            As --port, a port is its node (PORT), usb:ID[:SERIAL], or path:LOCATION. An ID with #N is one of several \
            ports of a device; after a serial number, #N goes to the end.
            """)

    @Flag(help: "Print a JSON object for each line.")
    var json = false

    @Flag(help: "Continue, and print what is plugged in and unplugged, until interrupted.")
    var watch = false

    var outputStyle: OutputStyle { OutputStyle(command: "ports", isJSON: json) }

    func run(telling output: Output) throws(Failure) {
        guard watch else {
            return try list(try Failure.ofPort(try SerialPorts.all()), output)
        }
        let signals = try SignalWatch { output.abort(signal: $0) }
        signals.engage()
        try follow(until: signals.stop, output)
    }

    private func list(_ ports: [SerialPortDescription], _ output: Output) throws(Failure) {
        if !SerialPorts.areVisible {
            output.note(.notLookedAt, PortFacts.onlyNodes)
        } else if ports.contains(where: { $0.isUSB && !$0.isDescribed }) {
            output.note(.notLookedAt, PortFacts.noDescription)
        }
        if let text = PortText.notHandedIn(try Failure.ofPort(try SerialPorts.withoutNode())) {
            output.note(.notLookedAt, "not listed: \(text.cause)")
        }
        if json {
            for port in ports { output.emit(.port(port, "port", among: ports)) }
        } else if ports.isEmpty {
            Console.note("no serial ports")
        } else {
            PortTable.lines(ports).forEach(Console.printProse)
        }
    }

    private func follow(until stop: StopRequest, _ output: Output) throws(Failure) {
        let monitor = try Failure.ofPort(try SerialPortMonitor())
        try list(monitor.ports, output)
        if !monitor.isAnnounced {
            output.tell(.watchingNodes)
        }
        var wait = DescriptorWait(count: 3)
        while true {
            if let failure = Console.outputFailure { throw .output(failure) }
            // Standard output is watched only to notice that its reader has gone.
            wait.set(0, stop.descriptor, .read)
            wait.set(1, monitor.fileDescriptor, .read)
            wait.set(2, STDOUT_FILENO, .hangUp)
            wait.wait(until: nil)
            if let signal = stop.signal {
                throw .stopped(signal: signal)
            }
            guard !wait.isReady(2, for: .hangUp) else { throw .output(.brokenPipe) }
            while let change = try Failure.ofPort(try monitor.nextChange()) {
                tell(change, present: monitor.ports, output)
            }
        }
    }

    private func tell(_ change: SerialPortChange, present: [SerialPortDescription], _ output: Output) {
        let (type, port) =
            switch change {
            case .plugged(let port): ("plugged", port)
            case .changed(let port): ("changed", port)
            case .unplugged(let port): ("unplugged", port)
            }
        if json {
            output.emit(.port(port, type, among: present))
        } else {
            let cells = PortTable.row(port, among: present + [port])
            Console.print(([type] + cells).joined(separator: "  "))
        }
    }
}

extension JSONEvent {
    /// - Parameter type: `port` for a port that is there, or what has happened to the port.
    fileprivate static func port(
        _ port: SerialPortDescription, _ type: String, among ports: [SerialPortDescription]
    ) -> JSONEvent {
        JSONEvent(
            type,
            [
                "node": port.path, "selector": port.selector(among: ports).description,
                "by_id": port.byIDPath, "by_path": port.byPathPath, "id_path": port.location,
                "usb": port.isUSB, "modem": port.isModem ? true : nil,
                "vendor_id": port.vendorID.map(USBNumber.text), "vendor": port.vendorName,
                "product_id": port.productID.map(USBNumber.text), "product": port.productName,
                "serial_number": port.serialNumber, "driver": port.driver,
                "interface": port.interfaceNumber, "interface_name": port.interfaceName,
                "age_seconds": port.age.map(seconds),
            ])
    }
}

/// A table of serial ports.
enum PortTable {
    private static let titles = ["PORT", "ID", "DEVICE", "SERIAL", "DRIVER", "SINCE", "LOCATION"]

    /// The lines of the table, the titles first.
    static func lines(_ ports: [SerialPortDescription]) -> [String] {
        TextTable.lines([titles] + ports.map { row($0, among: ports) })
    }

    static func row(_ port: SerialPortDescription, among ports: [SerialPortDescription]) -> [String] {
        [
            DeviceText.visible(port.path), identifier(of: port, among: ports), PortText.title(of: port),
            port.serialNumber ?? "-", port.driver ?? "-", age(of: port), port.location ?? "-",
        ]
    }

    /// Vendor and product, with the interface if the device has several ports. With `usb:` in front it is a selector.
    private static func identifier(
        of port: SerialPortDescription, among ports: [SerialPortDescription]
    ) -> String {
        guard let vendor = port.vendorID, let product = port.productID else { return "-" }
        let number = "\(USBNumber.text(vendor)):\(USBNumber.text(product))"
        let hasSiblings = ports.contains { other in
            other.systemPath != port.systemPath && other.deviceLocation != nil
                && other.deviceLocation == port.deviceLocation
        }
        guard hasSiblings, let interface = port.interfaceNumber else { return number }
        return "\(number)#\(interface)"
    }

    private static func age(of port: SerialPortDescription) -> String {
        guard let seconds = port.age?.components.seconds else { return "-" }
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}

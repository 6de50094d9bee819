internal import SerialPort

/// Serial ports in aligned columns.
struct PortTable {
    static let titles = ["PORT", "ID", "DEVICE", "SERIAL", "DRIVER", "SINCE", "LOCATION"]

    let rows: [[String]]

    init(_ ports: [SerialPortDescription]) {
        rows = ports.map { Self.row($0, among: ports) }
    }

    /// The lines, the titles first.
    var lines: [String] { TextTable.lines([Self.titles] + rows) }

    /// The cells of a port.
    static func row(_ port: SerialPortDescription, among ports: [SerialPortDescription]) -> [String] {
        [
            port.path, identifier(of: port, among: ports), PortText.title(of: port),
            port.serialNumber ?? "-", port.driver ?? "-", age(of: port), port.location ?? "-",
        ]
    }

    /// Vendor and product, and the interface if the device has several ports; after `usb:` it is a selector.
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

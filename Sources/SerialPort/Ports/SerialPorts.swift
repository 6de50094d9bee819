internal import CLibrary
internal import Machine

/// The serial ports of this machine.
public enum SerialPorts {
    /// All ports that can have a device behind them: USB serial devices and adapters, and UARTs that exist. Not the
    /// terminals of the kernel: virtual consoles, pseudo-terminals, and the UART that is the system's console.
    ///
    /// - Returns: the ports, the longest present first, the last one plugged in at the end.
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    public static func all() throws(SerialPortError) -> [SerialPortDescription] {
        try all(of: UdevContext())
    }

    /// Whether devices can be looked at; where `/sys` is missing, no port is found.
    package static var areVisible: Bool { access("/sys/class/tty", X_OK) == 0 }

    /// Whether udev runs: it tells of ports that come and go, makes the links to them, and says who is to leave them alone.
    package static var areAnnounced: Bool { access("/run/udev/control", F_OK) == 0 }

    /// The port behind a device node or a link to one; nil for what udev does not know as a serial port, such as a
    /// pseudo-terminal.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func port(atNode path: String) throws(SerialPortError) -> SerialPortDescription? {
        let udev = try UdevContext()
        if let port = try all(of: udev).first(where: { $0.paths.contains(path) }) { return port }
        guard let status = fileStatus(at: path), status.isCharacterDevice,
            let device = udev.device(number: UInt64(status.st_rdev))
        else { return nil }
        return SerialPortDescription(of: device)
    }

    static func all(of udev: borrowing UdevContext) throws(SerialPortError) -> [SerialPortDescription] {
        var ports: [SerialPortDescription] = []
        for path in try udev.systemPaths(subsystem: "tty") {
            // A device that was unplugged since the paths were listed is not there any more.
            guard let device = udev.device(systemPath: path) else { continue }
            if let port = SerialPortDescription(of: device) { ports.append(port) }
        }
        return sorted(ports)
    }

    /// How long the machine has been running, on the clock of `SerialPortDescription.pluggedAt`.
    package static func timeSinceStart() -> Duration {
        MonotonicClock.now - .zero
    }

    static func sorted(_ ports: some Sequence<SerialPortDescription>) -> [SerialPortDescription] {
        ports.sorted(by: isOlder)
    }

    private static func isOlder(_ left: SerialPortDescription, _ right: SerialPortDescription) -> Bool {
        let times = (left.pluggedAt ?? .zero, right.pluggedAt ?? .zero)
        if times.0 != times.1 { return times.0 < times.1 }
        // Shorter first, so that ttyACM9 is before ttyACM10.
        return (left.path.utf8.count, left.path) < (right.path.utf8.count, right.path)
    }
}

extension SerialPortDescription {
    /// A device of the subsystem "tty"; nil if it is no port that a device can be behind.
    init?(of device: borrowing UdevDevice) {
        guard let path = device.node, !device.systemPath.contains("/devices/virtual/") else { return nil }
        // The 8250 driver has nodes for UARTs that are not there; their type is "unknown".
        guard device.attribute("type") != "0", device.attribute("console") != "Y" else { return nil }

        let usbDevice = device.parent(subsystem: "usb", type: "usb_device")
        self.init(path: path, systemPath: device.systemPath, isUSB: usbDevice != nil)
        byIDPath = device.links.first { $0.hasPrefix("/dev/serial/by-id/") }.map(String.init)
        byPathPaths = device.links.filter { $0.hasPrefix("/dev/serial/by-path/") }.map(String.init).sorted()
        revisedLocation = device.property("ID_PATH_WITH_USB_REVISION")
        location = device.property("ID_PATH")
        isDescribed = device.property("ID_BUS") != nil || device.property("USEC_INITIALIZED") != nil
        pluggedAt =
            device.property("USEC_INITIALIZED").flatMap { Int64($0) }.map { .microseconds($0) }
            ?? fileStatus(at: path).map { max(.zero, SerialPorts.timeSinceStart() - $0.age) }

        guard let usbDevice else {
            driver = device.parentDriver
            return
        }
        // The attributes are what the device says; the properties are udev's copy, with other characters replaced.
        vendorID = Self.hexadecimal(usbDevice.attribute("idVendor") ?? device.property("ID_VENDOR_ID"))
        productID = Self.hexadecimal(usbDevice.attribute("idProduct") ?? device.property("ID_MODEL_ID"))
        vendorName = Self.text(
            usbDevice.attribute("manufacturer") ?? device.property("ID_VENDOR_FROM_DATABASE")
                ?? device.property("ID_VENDOR"))
        productName = Self.text(
            usbDevice.attribute("product") ?? device.property("ID_MODEL_FROM_DATABASE")
                ?? device.property("ID_MODEL"))
        serialNumber = Self.text(usbDevice.attribute("serial") ?? device.property("ID_SERIAL_SHORT"))

        let interface = device.parent(subsystem: "usb", type: "usb_interface")
        interfaceNumber = Self.hexadecimal(
            interface?.attribute("bInterfaceNumber") ?? device.property("ID_USB_INTERFACE_NUM"))
        interfaceName = Self.text(interface?.attribute("interface"))
        driver = interface?.driver ?? device.property("ID_USB_DRIVER")
        if location == nil { location = Self.location(systemPath, of: usbDevice) }
        isModem =
            Self.modemDrivers.contains(driver ?? "") || Self.isMarkedAsModem(device)
            || Self.isMarkedAsModem(usbDevice)
    }

    /// Drivers of the kernel that are for modems alone.
    private static let modemDrivers: Set = ["option", "sierra", "qcserial", "hso"]

    /// Whether the rules of ModemManager know it as a modem; they mark every port as a candidate.
    private static func isMarkedAsModem(_ device: borrowing UdevDevice) -> Bool {
        device.property("ID_MM_DEVICE_PROCESS") == "1" || device.hasProperty(prefix: "ID_MM_PORT_TYPE_")
    }

    /// What udev calls `ID_PATH`, where it does not run. The folder of an interface is called like `1-2.4:1.0`.
    private static func location(_ systemPath: String, of usbDevice: borrowing UdevDevice) -> String? {
        let folders = systemPath.split(separator: "/")
        guard let name = folders.last(where: { $0.contains("-") && $0.contains(":") }),
            let dash = name.firstIndex(of: "-")
        else { return nil }
        var parts = ["usb-0:\(name[name.index(after: dash)...])"]
        for bus in ["pci", "platform"] {
            guard let parent = usbDevice.parent(subsystem: bus, type: nil),
                let name = parent.systemPath.split(separator: "/").last
            else { continue }
            parts.insert("\(bus)-\(name)", at: 0)
        }
        return parts.joined(separator: "-")
    }

    private static func hexadecimal<Number: FixedWidthInteger>(_ text: String?) -> Number? {
        text.flatMap { Number($0, radix: 16) }
    }

    private static func text(_ raw: String?) -> String? {
        raw.flatMap { $0.isEmpty ? nil : DeviceText.visible($0) }
    }
}

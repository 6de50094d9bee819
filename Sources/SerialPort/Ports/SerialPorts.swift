internal import CLibrary
internal import Machine

/// The serial ports of this machine.
public enum SerialPorts {
    /// All ports that can have a device behind them: USB serial devices and adapters, and UARTs that exist. Not the
    /// terminals of the kernel: virtual consoles, pseudo-terminals, and the UART that is the system's console. In a
    /// container, those whose nodes were handed into it; what `/sys` does not know is known by the number of its node alone.
    ///
    /// - Returns: the ports, the longest present first, the last one plugged in at the end.
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    public static func all() throws(SerialPortError) -> [SerialPortDescription] {
        try all(of: UdevContext())
    }

    /// The ports that `/sys` shows and that have no node in `/dev`: in a container, those that were not handed into it.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func withoutNode() throws(SerialPortError) -> [SerialPortDescription] {
        sorted(try look(at: UdevContext()).withoutNode)
    }

    /// Whether devices can be looked at; where `/sys` is missing, only the nodes of ports are known.
    package static var areVisible: Bool { access("/sys/class", X_OK) == 0 }

    /// Whether udev runs: it tells of ports that come and go, makes the links to them, and says who is to leave them alone.
    package static var areAnnounced: Bool { access("/run/udev/control", F_OK) == 0 }

    /// The port behind a device node or a link to one; nil for what udev does not know as a serial port, such as a
    /// pseudo-terminal.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func port(atNode path: String) throws(SerialPortError) -> SerialPortDescription? {
        let udev = try UdevContext()
        if let port = try all(of: udev).first(where: { $0.paths.contains(path) }) { return port }
        guard let status = fileStatus(at: path), status.isCharacterDevice else { return nil }
        guard let device = udev.device(number: UInt64(status.st_rdev)) else {
            let node = FileSystem.realPath(of: path)
            return try all(of: udev).first { $0.path == node }
        }
        var port = SerialPortDescription(of: device)
        if let node = port?.path { port?.path = DeviceNodes().path(of: device.number, madeAs: node) ?? path }
        return port
    }

    static func all(of udev: borrowing UdevContext) throws(SerialPortError) -> [SerialPortDescription] {
        sorted(try look(at: udev).here)
    }

    private static func look(
        at udev: borrowing UdevContext
    ) throws(SerialPortError) -> (here: [SerialPortDescription], withoutNode: [SerialPortDescription]) {
        let nodes = DeviceNodes()
        var here: [SerialPortDescription] = []
        var withoutNode: [SerialPortDescription] = []
        var known: Set<dev_t> = []
        for path in try udev.systemPaths(subsystem: "tty") {
            // A device that was unplugged since the paths were listed is not there any more.
            guard let device = udev.device(systemPath: path) else { continue }
            known.insert(device.number)
            if let port = SerialPortDescription(of: device, among: nodes) {
                here.append(port)
            } else if let port = SerialPortDescription(of: device) {
                withoutNode.append(port)
            }
        }
        return (here + nodes.serialPorts(except: known), withoutNode)
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
    /// A port of which no more is known than its node.
    init(path: String, isUSB: Bool) {
        self.init(path: path, systemPath: path, isUSB: isUSB)
        isDescribed = false
        pluggedAt = Self.timeOfNode(path)
        findLinks()
    }

    /// A device of the subsystem "tty", with the node that it has here; nil if it has none, or is no port.
    init?(of device: borrowing UdevDevice, among nodes: DeviceNodes) {
        self.init(of: device)
        guard let path = nodes.path(of: device.number, madeAs: path) else { return nil }
        self.path = path
        if !isDescribed { findLinks() }
    }

    /// Where udev says nothing, the folders of its links may still be there.
    private mutating func findLinks() {
        byIDPath = DeviceNodes.links(in: DeviceNodes.idFolder, to: path).first
        byPathPaths = DeviceNodes.links(in: DeviceNodes.placeFolder, to: path)
    }

    /// When this machine was started, as a time since 1970. It is computed once: computed anew, it would differ a little each
    /// time, and so would the age of a node.
    private static let startOfMachine = MonotonicClock.timeSince1970 - SerialPorts.timeSinceStart()

    private static func timeOfNode(_ path: String) -> Duration? {
        fileStatus(at: path).map { status in
            let time = Duration.seconds(status.st_ctim.tv_sec) + .nanoseconds(status.st_ctim.tv_nsec)
            return max(.zero, time - startOfMachine)
        }
    }

    /// A device of the subsystem "tty", with the node that the kernel made for it; nil if it is no port that a device can be behind.
    init?(of device: borrowing UdevDevice) {
        guard let path = device.node, !device.systemPath.contains("/devices/virtual/") else { return nil }
        // The 8250 driver has nodes for UARTs that are not there; their type is "unknown".
        guard device.attribute("type") != "0", device.attribute("console") != "Y" else { return nil }

        let usbDevice = device.parent(subsystem: "usb", type: "usb_device")
        self.init(path: path, systemPath: device.systemPath, isUSB: usbDevice != nil)
        byIDPath = device.links.first { $0.hasPrefix("\(DeviceNodes.idFolder)/") }.map(String.init)
        byPathPaths = device.links.filter { $0.hasPrefix("\(DeviceNodes.placeFolder)/") }.map(String.init)
            .sorted()
        revisedLocation = device.property("ID_PATH_WITH_USB_REVISION")
        location = device.property("ID_PATH")
        isDescribed = device.property("ID_BUS") != nil || device.property("USEC_INITIALIZED") != nil
        pluggedAt =
            device.property("USEC_INITIALIZED").flatMap { Int64($0) }.map { .microseconds($0) }
            ?? Self.timeOfNode(path)

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

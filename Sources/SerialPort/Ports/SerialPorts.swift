internal import CLibrary
internal import Machine
internal import Synchronization

/// The serial ports of this machine.
public enum SerialPorts {
    private static let substitution = Mutex<(@Sendable () -> [SerialPortDescription])?>(nil)

    /// Other ports in the place of this machine's, as for a rehearsal with simulated devices; nil for this machine's own.
    package static var substitute: (@Sendable () -> [SerialPortDescription])? {
        get { substitution.withLock { $0 } }
        set { substitution.withLock { $0 = newValue } }
    }

    /// All ports that can have a device behind them: USB serial devices and adapters, and UARTs that exist. Virtual
    /// consoles, pseudo-terminals, and the UART that is the system's console are left out. In a container, only ports
    /// whose nodes were handed into it are listed; if `/sys` does not know a port, only the number of its node is
    /// known.
    ///
    /// - Returns: the ports in the order in which they were plugged in, the latest at the end.
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    public static func all() throws(SerialPortError) -> [SerialPortDescription] {
        try all(of: UdevContext())
    }

    /// The ports that `/sys` shows but that have no node in `/dev`: in a container, ports that were not handed into it.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func withoutNode() throws(SerialPortError) -> [SerialPortDescription] {
        substitute == nil ? sorted(try look(at: UdevContext()).withoutNode) : []
    }

    /// Whether devices can be looked at. If `/sys` is missing, only the nodes of ports are known.
    package static var areVisible: Bool { substitute != nil || access("/sys/class", X_OK) == 0 }

    /// Whether udev runs. It announces ports that come and go, makes the links to them, and says which programs must
    /// leave them alone.
    static var areAnnounced: Bool { substitute == nil && access("/run/udev/control", F_OK) == 0 }

    /// The port behind a device node or a link to one; nil if udev does not know it as a serial port, such as a
    /// pseudo-terminal.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func port(atNode path: String) throws(SerialPortError) -> SerialPortDescription? {
        let status = fileStatus(at: path)
        if let status, !status.isCharacterDevice { return nil }
        let udev = try UdevContext()
        guard let status, let device = udev.device(number: UInt64(status.st_rdev)) else {
            let node = FileSystem.realPath(of: path)
            return try all(of: udev).first { port in
                port.paths.contains(path) || node != nil && FileSystem.realPath(of: port.path) == node
            }
        }
        var port = SerialPortDescription(of: device)
        if let node = port?.path { port?.path = DeviceNodes().path(of: device.number, madeAs: node) ?? path }
        return port
    }

    static func all(of udev: borrowing UdevContext) throws(SerialPortError) -> [SerialPortDescription] {
        if let substitute { return sorted(substitute()) }
        return sorted(try look(at: udev).here)
    }

    private static func look(
        at udev: borrowing UdevContext
    ) throws(SerialPortError) -> (here: [SerialPortDescription], withoutNode: [SerialPortDescription]) {
        let nodes = DeviceNodes()
        var here: [SerialPortDescription] = []
        var withoutNode: [SerialPortDescription] = []
        var known: Set<dev_t> = []
        // Most devices are the kernel's own terminals. To examine each of them takes longer than all the rest of a
        // short transfer.
        for path in try udev.systemPaths(subsystem: "tty") where !SerialPortDescription.isVirtual(path) {
            // A device that was unplugged since the paths were listed is not there any more.
            guard let device = udev.device(systemPath: path) else { continue }
            known.insert(device.number)
            if let port = SerialPortDescription(of: device, among: nodes) {
                here.append(port)
            } else if let port = SerialPortDescription(of: device) {
                withoutNode.append(port)
            }
        }
        let unknown = nodes.serialPorts { !known.contains($0) && udev.device(number: UInt64($0)) == nil }
        return (here + unknown, withoutNode)
    }

    static func sorted(_ ports: some Sequence<SerialPortDescription>) -> [SerialPortDescription] {
        ports.sorted { left, right in
            let times = (left.pluggedAt ?? .zero, right.pluggedAt ?? .zero)
            if times.0 != times.1 { return times.0 < times.1 }
            // Shorter first, so that ttyACM9 is before ttyACM10.
            return (left.path.utf8.count, left.path) < (right.path.utf8.count, right.path)
        }
    }
}

extension SerialPortDescription {
    /// A port of which only the node is known.
    init(path: String, isUSB: Bool) {
        self.init(path: path, systemPath: path, isUSB: isUSB)
        isDescribed = false
        pluggedAt = Self.timeOfNode(path)
        findLinks()
    }

    /// A device of the subsystem "tty", with its node in this container or machine; nil if it has no node, or is no
    /// port.
    init?(of device: borrowing UdevDevice, among nodes: DeviceNodes) {
        self.init(of: device)
        guard let path = nodes.path(of: device.number, madeAs: path) else { return nil }
        self.path = path
        if !isDescribed { findLinks() }
    }

    /// Finds the links to the port. If udev does not run here, its folders of links may still be there.
    private mutating func findLinks() {
        byIDPath = DeviceNodes.links(in: DeviceNodes.idFolder, to: path).first
        byPathPaths = DeviceNodes.links(in: DeviceNodes.placeFolder, to: path)
    }

    /// When this machine was started, as a time since 1970. It is computed once, since each computation would give a
    /// slightly different result, and nodes would seem to change their age.
    private static let startOfMachine = MonotonicClock.timeSince1970 - (MonotonicClock.now - .zero)

    private static func timeOfNode(_ path: String) -> Duration? {
        fileStatus(at: path).map { status in
            let time = Duration.seconds(status.st_ctim.tv_sec) + .nanoseconds(status.st_ctim.tv_nsec)
            return max(.zero, time - startOfMachine)
        }
    }

    /// A device of the subsystem "tty", with the node that the kernel made for it; nil if no device can be behind it.
    init?(of device: borrowing UdevDevice) {
        guard let path = device.node, !Self.isVirtual(device.systemPath) else { return nil }
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
        // The attributes are the device's own texts; the properties are udev's copies, in which characters are
        // replaced.
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

    /// Whether a device has no hardware, by its folder in `/sys`.
    static func isVirtual(_ systemPath: String) -> Bool { systemPath.contains("/devices/virtual/") }

    /// Drivers of the kernel that are only for modems.
    private static let modemDrivers: Set = ["option", "sierra", "qcserial", "hso"]

    /// Whether the rules of ModemManager know the device as a modem. Their mark as a candidate does not count, since
    /// every port has it.
    private static func isMarkedAsModem(_ device: borrowing UdevDevice) -> Bool {
        device.property("ID_MM_DEVICE_PROCESS") == "1" || device.hasProperty(prefix: "ID_MM_PORT_TYPE_")
    }

    /// The value of `ID_PATH` if udev does not run to compute it. The folder of an interface has a name such as
    /// `1-2.4:1.0`.
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

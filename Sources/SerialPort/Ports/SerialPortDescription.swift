/// A serial port of this machine, as udev knows it.
///
/// All text that comes from a device is safe to show: control characters are visible escapes.
public struct SerialPortDescription: Hashable, Sendable {
    /// The device node, such as `/dev/ttyACM0`.
    public var path: String

    /// The link in `/dev/serial/by-id`, named after maker, product and serial number.
    public var byIDPath: String?

    /// The link in `/dev/serial/by-path`, named after the place where it is plugged in; the same one with every udev.
    package var byPathPath: String? { byPathPaths.first }

    /// All such links, in the order of the alphabet: from version 257 on, udev makes a second one for USB, with the bus's
    /// version in its name, as in `-usbv2-0:1:1.0` beside `-usb-0:1:1.0`.
    package var byPathPaths: [String] = []

    /// The kernel's name of that place (`ID_PATH`), the same for whatever is plugged in there.
    public var location: String?

    /// The same with the version of the bus (`ID_PATH_WITH_USB_REVISION`).
    var revisedLocation: String?

    /// Whether it is behind USB.
    public var isUSB: Bool

    /// Whether it is a port of a modem, such as an LTE module, by its driver or by the marks of ModemManager.
    public var isModem = false

    /// Whether it is taken where nobody says which port is meant: behind USB, and no modem.
    package var isChosenUnnamed: Bool { isUSB && !isModem }

    /// Whether udev has described it; where it does not run, only what `/sys` says is known, if that.
    package var isDescribed = true

    /// The USB vendor.
    public var vendorID: UInt16?

    /// The USB product.
    public var productID: UInt16?

    /// The maker's name.
    public var vendorName: String?

    /// The product's name.
    public var productName: String?

    /// The serial number of the device.
    public var serialNumber: String?

    /// The number of the USB interface, where one device has several ports.
    public var interfaceNumber: UInt8?

    /// The name of the USB interface.
    public var interfaceName: String?

    /// The kernel driver, such as `cdc_acm` or `ftdi_sio`.
    public var driver: String?

    /// The device's folder in `/sys`, which identifies it as long as it stays plugged in; its node if `/sys` does not have it.
    package var systemPath: String

    /// How long after the start of the machine udev had set it up, or, if udev does not run, its node was made.
    package var pluggedAt: Duration?

    /// For how long it has been there; nil if that is unknown.
    package var age: Duration? {
        pluggedAt.map { max(.zero, SerialPorts.timeSinceStart() - $0) }
    }

    /// The node and the links to it.
    package var paths: [String] { [path, byIDPath].compactMap(\.self) + byPathPaths }

    /// The place of the USB device: `location` without the interface. Ports of one device have it in common.
    package var deviceLocation: String? { location.flatMap(withoutInterface) }

    /// The name of the link in `/dev/serial/by-path`: the location, and the number of the port where an adapter has
    /// several on one interface.
    var byPathName: String? { byPathPath.map(Self.lastName) }

    /// All names of the place, of which each is taken.
    var places: [String] {
        let locations = [location, revisedLocation].compactMap(\.self)
        return byPathPaths.map(Self.lastName) + locations + locations.compactMap(withoutInterface)
    }

    private func withoutInterface(_ location: String) -> String? {
        guard isUSB, let colon = location.lastIndex(of: ":") else { return nil }
        return String(location[..<colon])
    }

    private static func lastName(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// A port that is known by no more than its node and its folder in `/sys`.
    package init(path: String, systemPath: String, isUSB: Bool) {
        self.path = path
        self.systemPath = systemPath
        self.isUSB = isUSB
    }
}

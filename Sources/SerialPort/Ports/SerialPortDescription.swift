/// A serial port of this machine, as udev knows it.
///
/// All text that comes from a device is safe to show: control characters are visible escapes.
public struct SerialPortDescription: Hashable, Sendable {
    /// The device node, such as `/dev/ttyACM0`.
    public var path: String

    /// The link in `/dev/serial/by-id`, named after maker, product and serial number.
    public var byIDPath: String?

    /// The link in `/dev/serial/by-path`, named after the place where it is plugged in.
    public var byPathPath: String?

    /// The kernel's name of that place (`ID_PATH`), the same for whatever is plugged in there.
    public var location: String?

    /// Whether it is behind USB.
    public var isUSB: Bool

    /// Whether it is a port of a modem, such as an LTE module, by its driver or by the marks of ModemManager.
    public var isModem = false

    /// Whether it is taken where nobody says which port is meant: behind USB, and no modem.
    public var isChosenUnnamed: Bool { isUSB && !isModem }

    /// Whether udev has described it; where it does not run, only what `/sys` says is known.
    public var isDescribed = true

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

    /// The device's folder in `/sys`, which identifies it as long as it stays plugged in.
    public var systemPath: String

    /// How long after the start of the machine udev had set it up, or, if udev does not run, its node was made.
    public var pluggedAt: Duration?

    /// For how long it has been there; nil if that is unknown.
    public var age: Duration? {
        pluggedAt.map { max(.zero, SerialPorts.timeSinceStart() - $0) }
    }

    /// The node and the links to it.
    public var paths: [String] { [path, byIDPath, byPathPath].compactMap(\.self) }

    /// The place of the USB device: `location` without the interface. Ports of one device have it in common.
    public var deviceLocation: String? {
        guard isUSB, let location, let colon = location.lastIndex(of: ":") else { return nil }
        return String(location[..<colon])
    }

    /// The name of the link in `/dev/serial/by-path`: the location, and the number of the port where an adapter has
    /// several on one interface.
    var byPathName: Substring? {
        byPathPath.flatMap { path in path.lastIndex(of: "/").map { path[path.index(after: $0)...] } }
    }

    /// A port that is known by no more than its node and its folder in `/sys`.
    public init(path: String, systemPath: String, isUSB: Bool) {
        self.path = path
        self.systemPath = systemPath
        self.isUSB = isUSB
    }
}

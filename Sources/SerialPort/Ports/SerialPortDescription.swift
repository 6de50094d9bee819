internal import Machine

/// A serial port of this machine, as udev knows it.
///
/// All text that comes from a device is safe to show: control characters are visible escapes.
public struct SerialPortDescription: Hashable, Sendable {
    /// The device node, such as `/dev/ttyACM0`.
    public var path: String

    /// The link in `/dev/serial/by-id`, named after maker, product and serial number.
    public var byIDPath: String?

    /// The link in `/dev/serial/by-path`, named after the place where the device is plugged in; it is the same with
    /// every version of udev.
    package var byPathPath: String? { byPathPaths.first }

    /// All links in `/dev/serial/by-path`, in the order of the alphabet. From version 257 on, udev makes a second one
    /// for USB, with the bus's version in its name, as in `-usbv2-0:1:1.0` beside `-usb-0:1:1.0`.
    package var byPathPaths: [String] = []

    /// The name of the place where the device is plugged in (udev's `ID_PATH`), which is the same for every device
    /// there.
    public var location: String?

    /// ``location`` with the version of the bus (`ID_PATH_WITH_USB_REVISION`).
    var revisedLocation: String?

    /// Whether the port is behind USB.
    public var isUSB: Bool

    /// Whether the port belongs to a modem, such as an LTE module, by its driver or by the marks of ModemManager.
    public var isModem = false

    /// Whether the port may be chosen if nobody says which port is meant: it must be behind USB, and no modem.
    package var isChosenUnnamed: Bool { isUSB && !isModem }

    /// Whether udev has described the port. If udev does not run, only `/sys` describes it, or nothing does.
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

    /// The device's folder in `/sys`, which identifies the device as long as it stays plugged in; its node if it has no
    /// such folder.
    package var systemPath: String

    /// When udev set up the device, or, if udev does not run, when its node was made; counted from the start of the
    /// machine.
    package var pluggedAt: Duration?

    /// How long the device has been there; nil if this is unknown.
    package var age: Duration? {
        pluggedAt.map { max(.zero, MonotonicClock.now - .zero - $0) }
    }

    /// The node and the links to it.
    package var paths: [String] { [path, byIDPath].compactMap(\.self) + byPathPaths }

    /// The place of the USB device: ``location`` without the interface. All ports of one device have the same.
    package var deviceLocation: String? { location.flatMap(withoutInterface) }

    /// The name of the link in `/dev/serial/by-path`: the location, and the number of the port if an adapter has
    /// several on one interface.
    var byPathName: String? { byPathPath.map(Self.lastName) }

    /// All names of the place, each of which a selector may use.
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

    /// A port of which only the node and the folder in `/sys` are known.
    package init(path: String, systemPath: String, isUSB: Bool) {
        self.path = path
        self.systemPath = systemPath
        self.isUSB = isUSB
    }
}

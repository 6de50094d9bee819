internal import CLibrary
internal import Machine

/// Programs and settings around a serial port that can get in its way.
package struct PortSurroundings: Hashable, Sendable {
    /// Whether udev's rules tell ModemManager to leave the device alone.
    package var isIgnoredByModemManager = false

    /// The driver with which udev's rules start brltty, a program for braille displays, for this device.
    package var brailleDriver: String?

    /// How long an FTDI adapter collects bytes before it sends them on, in milliseconds; nil for other adapters.
    package var latencyTimer: UInt32?

    /// The file in `/sys` that sets the latency timer.
    package var latencyTimerPath: String?
}

extension PortSurroundings {
    /// Examines the port behind a node with the help of udev and the driver; nil if udev does not know the node.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package init?(ofNode path: String) throws(SerialPortError) {
        let udev = try UdevContext()
        guard let status = fileStatus(at: path), status.isCharacterDevice else { return nil }
        let known = try SerialPorts.all(of: udev).first { $0.paths.contains(path) }
        let found =
            if let known { udev.device(systemPath: known.systemPath) } else {
                udev.device(number: UInt64(status.st_rdev))
            }
        guard let found else { return nil }
        self.init(of: found)
    }

    private init(of device: borrowing UdevDevice) {
        let usbDevice = device.parent(subsystem: "usb", type: "usb_device")
        // The mark of the whole device, the mark of the port alone, and the name of the mark before 2020.
        isIgnoredByModemManager =
            ["ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE", "ID_MM_TTY_BLACKLIST"].contains { name in
                [device.property(name), usbDevice?.property(name)].contains("1")
            }
        brailleDriver =
            usbDevice?.property("BRLTTY_BRAILLE_DRIVER") ?? device.property("BRLTTY_BRAILLE_DRIVER")
        guard let adapter = device.parent(subsystem: "usb-serial", type: nil),
            let milliseconds = adapter.attribute("latency_timer").flatMap({ UInt32($0) })
        else { return }
        latencyTimer = milliseconds
        latencyTimerPath = "\(adapter.systemPath)/latency_timer"
    }
}

/// A USB serial adapter that is plugged in, but has no port.
package struct AdapterWithoutPort: Hashable, Sendable {
    /// The USB vendor.
    package var vendorID: UInt16

    /// The USB product.
    package var productID: UInt16

    /// The name of the adapter, with control characters made visible.
    package var name: String

    /// Whether a program has taken the adapter from its driver through usbfs, as brltty does.
    package var isTaken: Bool

    /// The kernel's drivers of well-known converters, by vendor and product.
    private static let converters: [UInt32: String] = [
        0x0403_6001: "ftdi_sio", 0x0403_6010: "ftdi_sio", 0x0403_6011: "ftdi_sio", 0x0403_6014: "ftdi_sio",
        0x0403_6015: "ftdi_sio", 0x10C4_EA60: "cp210x", 0x10C4_EA70: "cp210x", 0x10C4_EA71: "cp210x",
        0x1A86_7523: "ch341", 0x1A86_5523: "ch341", 0x1A86_55D4: "ch341", 0x067B_2303: "pl2303",
    ]

    /// The kernel's driver, which would give the adapter a port; `nil` if its kind is not well known.
    package var driver: String? { Self.driver(vendorID, productID) }

    /// The adapters of well-known kinds that have no port.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package static func all() throws(SerialPortError) -> [AdapterWithoutPort] {
        let udev = try UdevContext()
        let ports = try udev.systemPaths(subsystem: "tty")
        let paths = try udev.systemPaths(subsystem: "usb")
        var adapters: [AdapterWithoutPort] = []
        for path in paths where !ports.contains(where: { $0.hasPrefix(path + "/") }) {
            guard let device = udev.device(systemPath: path),
                let vendor = device.attribute("idVendor").flatMap({ UInt16($0, radix: 16) }),
                let product = device.attribute("idProduct").flatMap({ UInt16($0, radix: 16) }),
                driver(vendor, product) != nil
            else { continue }
            let isTaken = paths.contains { other in
                other.hasPrefix(path + "/") && udev.device(systemPath: other)?.driver == "usbfs"
            }
            adapters.append(
                AdapterWithoutPort(
                    vendorID: vendor, productID: product,
                    name: DeviceText.visible(device.attribute("product") ?? "USB serial adapter"),
                    isTaken: isTaken))
        }
        return adapters
    }

    /// The kernel's driver of a converter of a well-known kind.
    package static func driver(_ vendorID: UInt16, _ productID: UInt16) -> String? {
        converters[UInt32(vendorID) << 16 | UInt32(productID)]
    }
}

internal import CLibrary
internal import CMachine
internal import Machine

/// The device nodes directly in `/dev`. A container has only the nodes that were handed into it, under any names.
struct DeviceNodes {
    static let folder = "/dev"
    /// The folder of udev's links to serial ports that are called after the device's maker, product and serial number.
    static let idFolder = "/dev/serial/by-id"
    static let placeFolder = "/dev/serial/by-path"

    /// The paths of the nodes by the numbers of their devices. Of several nodes of a device, the first in the alphabet
    /// is here.
    private let paths: [dev_t: String]

    init() {
        var paths: [dev_t: String] = [:]
        for name in FileSystem.names(in: Self.folder).sorted(by: >) {
            let path = "\(Self.folder)/\(name)"
            if let status = linkStatus(at: path), status.isCharacterDevice { paths[status.st_rdev] = path }
        }
        self.paths = paths
    }

    /// The path of a device's node; nil if the device has none here.
    ///
    /// - Parameter path: the node that the kernel made for the device.
    func path(of number: dev_t, madeAs path: String) -> String? {
        guard let status = fileStatus(at: path) else {
            return errno == ENOENT ? paths[number] : path
        }
        // Only in tests a pseudo-terminal takes the place of a device. Any other device under this name is not the
        // wanted one.
        return status.st_rdev == number || status.isPseudoTerminal ? path : paths[number]
    }

    /// The nodes whose numbers belong to drivers of serial ports, and fulfil a condition.
    func serialPorts(where isWanted: (dev_t) -> Bool) -> [SerialPortDescription] {
        let numbers = SerialNumbers()
        return paths.filter { numbers.contains($0.key) && isWanted($0.key) }.map {
            SerialPortDescription(path: $0.value, isUSB: numbers.areUSB($0.key))
        }
    }

    /// The links in a folder that lead to a node, in the order of the alphabet.
    static func links(in folder: String, to path: String) -> [String] {
        FileSystem.names(in: folder).sorted().map { "\(folder)/\($0)" }.filter {
            FileSystem.realPath(of: $0) == path
        }
    }
}

/// The numbers of the character devices that are serial ports.
private struct SerialNumbers {
    private struct Driver {
        let major: UInt32
        let minors: ClosedRange<UInt32>
    }

    /// The numbers in the kernel's list of devices: UARTs, ports of other hardware, CDC-ACM, USB converters.
    private static let customary = [
        Driver(major: 4, minors: 64...255), Driver(major: 204, minors: 0...255),
        Driver(major: 166, minors: 0...255), Driver(major: 188, minors: 0...511),
    ]
    private static let usbMajors: Set<UInt32> = [166, 188]

    private let drivers: [Driver]

    /// Reads the drivers from the kernel; if `/proc` is missing, takes the customary numbers.
    init() {
        let lines = FileSystem.smallText("/proc/tty/drivers")?.split(separator: "\n")
        drivers = lines.map { $0.compactMap(Self.driver) } ?? Self.customary
    }

    func contains(_ number: dev_t) -> Bool {
        let major = cmachine_device_major(number)
        let minor = cmachine_device_minor(number)
        return drivers.contains { $0.major == major && $0.minors.contains(minor) }
    }

    func areUSB(_ number: dev_t) -> Bool { Self.usbMajors.contains(cmachine_device_major(number)) }

    /// The driver in a line such as `acm /dev/ttyACM 166 0-255 serial`, or with a single number; nil for terminals that
    /// are no ports.
    private static func driver(_ line: Substring) -> Driver? {
        let fields = line.split(separator: " ").suffix(3)
        guard fields.count == 3, fields.last == "serial", let major = fields.first.flatMap({ UInt32($0) })
        else { return nil }
        let minors = fields[fields.startIndex + 1].split(separator: "-").map { UInt32($0) }
        guard let first = minors.first ?? nil, let last = minors.last ?? nil, first <= last else {
            return nil
        }
        return Driver(major: major, minors: first...last)
    }
}

internal import CUdev
internal import CLibrary
internal import SystemPackage

/// A connection to udev's library.
struct UdevContext: ~Copyable {
    private let context: OpaquePointer

    init() throws(SerialPortError) {
        guard let context = udev_new() else { throw Self.failure(errno) }
        self.context = context
    }

    deinit {
        udev_unref(context)
    }

    /// The folders in `/sys` of all devices of a subsystem.
    func systemPaths(subsystem: String) throws(SerialPortError) -> [String] {
        guard let enumeration = udev_enumerate_new(context) else { throw Self.failure(errno) }
        defer { udev_enumerate_unref(enumeration) }
        var result = udev_enumerate_add_match_subsystem(enumeration, subsystem)
        if result >= 0 { result = udev_enumerate_scan_devices(enumeration) }
        if result < 0 { throw Self.failure(-result) }
        var paths: [String] = []
        var next = udev_enumerate_get_list_entry(enumeration)
        while let entry = next {
            if let path = udev_list_entry_get_name(entry) { paths.append(String(cString: path)) }
            next = udev_list_entry_get_next(entry)
        }
        return paths
    }

    /// The character device with this number; nil if there is none.
    func device(number: UInt64) -> UdevDevice? {
        udev_device_new_from_devnum(context, CChar(bitPattern: UInt8(ascii: "c")), dev_t(number))
            .map { UdevDevice(owning: $0) }
    }

    /// A monitor that receives news of the devices of a subsystem, from now on.
    func monitor(subsystem: String) throws(SerialPortError) -> UdevMonitor {
        // "udev": the kernel's own news would come before udev knows what the device is and who may use it.
        guard let monitor = udev_monitor_new_from_netlink(context, "udev") else { throw Self.failure(errno) }
        let result = UdevMonitor(owning: monitor)
        var code = udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystem, nil)
        if code >= 0 { code = udev_monitor_enable_receiving(monitor) }
        if code < 0 { throw Self.failure(-code) }
        return result
    }

    /// The device with this folder in `/sys`; nil if it is not there.
    func device(systemPath: String) -> UdevDevice? {
        udev_device_new_from_syspath(context, systemPath).map { UdevDevice(owning: $0) }
    }

    fileprivate static func failure(_ code: Int32) -> SerialPortError {
        .system(operation: "list the devices of", path: "udev", code: Errno(rawValue: code))
    }
}

/// Receives the news of udev.
final class UdevMonitor {
    enum News: ~Copyable {
        /// Something happened to this device; ``UdevDevice/action`` says what.
        case device(UdevDevice)
        /// There are no news now.
        case none
        /// There were so many news that some were lost.
        case overflow
    }

    private let monitor: OpaquePointer

    /// Takes over a reference, which is released when this value is destroyed.
    fileprivate init(owning monitor: OpaquePointer) {
        self.monitor = monitor
    }

    deinit {
        udev_monitor_unref(monitor)
    }

    /// Readable when there may be news. There may be none, since news of other subsystems make it readable, too.
    var fileDescriptor: Int32 { udev_monitor_get_fd(monitor) }

    func next() throws(SerialPortError) -> News {
        while true {
            errno = 0
            if let device = udev_monitor_receive_device(monitor) {
                return .device(UdevDevice(owning: device))
            }
            let code = Errno(rawValue: errno)
            switch code {
            case .interrupted: continue
            case .noBufferSpace: return .overflow
            // A message that cannot be understood is ignored. Only a socket that has failed stays readable for ever.
            case .badFileDescriptor, .ioError, .socketNotConnected: throw UdevContext.failure(code.rawValue)
            default: return .none
            }
        }
    }
}

/// A device as udev describes it.
struct UdevDevice: ~Copyable {
    private let device: OpaquePointer

    /// Takes over a reference, which is released when this value is destroyed.
    init(owning device: OpaquePointer) {
        self.device = device
    }

    deinit {
        udev_device_unref(device)
    }

    var systemPath: String { Self.string(udev_device_get_syspath(device)) ?? "" }
    /// The event of a device from a monitor, such as `add` or `remove`; `nil` for other devices.
    var action: String? { Self.string(udev_device_get_action(device)) }
    var number: dev_t { udev_device_get_devnum(device) }
    var node: String? { Self.string(udev_device_get_devnode(device)) }
    var driver: String? { Self.string(udev_device_get_driver(device)) }
    var links: [Substring] { (property("DEVLINKS") ?? "").split(separator: " ") }

    /// The driver of the device directly above this one.
    var parentDriver: String? {
        udev_device_get_parent(device).flatMap { Self.string(udev_device_get_driver($0)) }
    }

    /// A value that udev's rules have set.
    func property(_ name: String) -> String? {
        Self.string(udev_device_get_property_value(device, name))
    }

    /// Whether udev's rules have set a value whose name begins with `prefix`.
    func hasProperty(prefix: String) -> Bool {
        var next = udev_device_get_properties_list_entry(device)
        while let entry = next {
            if Self.string(udev_list_entry_get_name(entry))?.hasPrefix(prefix) == true { return true }
            next = udev_list_entry_get_next(entry)
        }
        return false
    }

    /// The content of a file in the device's folder in `/sys`.
    func attribute(_ name: String) -> String? {
        Self.string(udev_device_get_sysattr_value(device, name))
    }

    /// The nearest device above this one that has the subsystem and the type; any type if `type` is nil.
    func parent(subsystem: String, type: String?) -> UdevDevice? {
        // The library lends the parent for the life of this device; the copy has a reference of its own.
        guard let parent = udev_device_get_parent_with_subsystem_devtype(device, subsystem, type) else {
            return nil
        }
        return udev_device_ref(parent).map { UdevDevice(owning: $0) }
    }

    private static func string(_ characters: UnsafePointer<CChar>?) -> String? {
        characters.map { String(cString: $0) }
    }
}

internal import CLibrary
internal import Machine
internal import SerialPort

/// One of several devices that a command is about.
struct TrayDevice: Hashable, Sendable {
    /// The number of the device, from 1: in the order of the command line, or with `--all` the longest present first.
    let index: Int
    /// Selects the port of the device.
    let selector: PortSelector
    /// What udev knows about the port; `nil` if the port does not exist, or is no serial port of this machine.
    let description: SerialPortDescription?

    /// The name of the device in messages: its port as the user named it, or as `--all` found it.
    var name: String { DeviceText.visible(selector.description) }
}

extension TrayDevice {
    /// The only device of a command.
    ///
    /// - Parameters:
    ///   - selector: the port as the user named it, or else the node that was opened.
    ///   - node: the node that udev is asked about; `nil` if udev is not asked.
    static func only(_ selector: PortSelector, describedAt node: String?) -> TrayDevice {
        // If udev does not answer, the device has no description.
        let description = node.flatMap { try? SerialPorts.port(atNode: $0) }
        return TrayDevice(index: 1, selector: selector, description: description)
    }

    /// The same devices, numbered from 1.
    static func numbered(_ devices: [TrayDevice]) -> [TrayDevice] {
        devices.enumerated().map { index, device in
            TrayDevice(index: index + 1, selector: device.selector, description: device.description)
        }
    }

    /// Whether there is nothing at the moment that could be opened.
    var isAbsent: Bool {
        switch selector.kind {
        case .network: false
        case .node(let path): access(path, F_OK) != 0
        default: description == nil
        }
    }
}

extension TrayDevice {
    /// The devices that the selectors stand for.
    ///
    /// - Parameter all: whether a selector that several devices match stands for all of them.
    /// - Throws: a failure if there is no device, or if one is named twice.
    static func find(_ ports: [PortSelector], all: Bool) throws(Failure) -> [TrayDevice] {
        let present = try Failure.ofPort(try SerialPorts.all())
        var devices: [TrayDevice] = []
        var names: [String: String] = [:]
        func add(_ selector: PortSelector, _ description: SerialPortDescription?) throws(Failure) {
            let device = TrayDevice(index: devices.count + 1, selector: selector, description: description)
            let identity = device.identity
            if let other = names[identity] {
                // Several selectors may find the same device, but nobody names it twice on purpose.
                guard !all else { return }
                throw .usage(.namedTwice(device, as: other))
            }
            names[identity] = device.name
            devices.append(device)
        }
        for selector in ports {
            let matches = present.filter(selector.matches)
            if all, selector.isPattern, !matches.isEmpty {
                for port in matches { try add(PortSelector(.node(port.path)), port) }
            } else {
                try add(selector, matches.count == 1 ? matches.first : nil)
            }
        }
        if ports.isEmpty {
            for port in present where port.isChosenUnnamed { try add(PortSelector(.node(port.path)), port) }
        }
        guard !devices.isEmpty else {
            throw .portRequest(.noMatch(nil, present: present))
        }
        return devices
    }

    /// A text that is the same for all names of a device.
    private var identity: String {
        if let description { return description.path }
        guard case .node(let path) = selector.kind else { return selector.description }
        return FileSystem.realPath(of: path) ?? selector.description
    }
}

extension PortSelector {
    /// Whether several devices may match the selector.
    fileprivate var isPattern: Bool {
        switch kind {
        case .node, .network: false
        case .usb, .serialNumber, .location: true
        }
    }
}

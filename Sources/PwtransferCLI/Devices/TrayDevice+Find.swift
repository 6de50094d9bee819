internal import CLibrary
internal import SerialPort

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
        guard case .node(let path) = selector.kind, let real = realpath(path, nil) else {
            return selector.description
        }
        defer { free(real) }
        return String(cString: real)
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

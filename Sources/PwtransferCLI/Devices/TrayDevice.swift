internal import CLibrary
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

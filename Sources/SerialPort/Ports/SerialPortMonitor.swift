/// What happened to a serial port.
public enum SerialPortChange: Hashable, Sendable {
    /// It is there now.
    case plugged(SerialPortDescription)

    /// It was there, and is described differently now.
    case changed(SerialPortDescription)

    /// It is gone; this is what it was.
    case unplugged(SerialPortDescription)
}

/// The serial ports of this machine, and what happens to them.
package final class SerialPortMonitor {
    private let udev: UdevContext
    private let monitor: UdevMonitor
    /// By the folder in `/sys`: all that a device which was removed can still be asked for.
    private var present: [String: SerialPortDescription] = [:]
    private var changes: [SerialPortChange] = []

    /// Begins to listen, then lists the ports, so that none is missed in between.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package init() throws(SerialPortError) {
        udev = try UdevContext()
        monitor = try udev.monitor(subsystem: "tty")
        try listAgain()
        changes = []
    }

    /// The ports that are there, as far as ``nextChange()`` has reported them; the last one plugged in at the end.
    package var ports: [SerialPortDescription] { SerialPorts.sorted(present.values) }

    /// The descriptor to give to `poll(2)`: readable when there may be a change.
    package var fileDescriptor: Int32 { monitor.fileDescriptor }

    /// The next change; nil if nothing happened since.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked any more.
    package func nextChange() throws(SerialPortError) -> SerialPortChange? {
        while changes.isEmpty {
            switch try monitor.next() {
            case .none: return nil
            case .overflow: try listAgain()
            case .device(let device):
                let path = device.systemPath
                // What a removed device was cannot be asked: its parents may be gone, or others.
                update(path, to: device.action == "remove" ? nil : SerialPortDescription(of: device))
            }
        }
        return changes.removeFirst()
    }

    private func listAgain() throws(SerialPortError) {
        var found: [String: SerialPortDescription] = [:]
        for port in try SerialPorts.all(of: udev) { found[port.systemPath] = port }
        for path in present.keys where found[path] == nil { update(path, to: nil) }
        for (path, port) in found { update(path, to: port) }
    }

    private func update(_ systemPath: String, to port: SerialPortDescription?) {
        let previous = present[systemPath]
        present[systemPath] = port
        switch (previous, port) {
        case (nil, let port?): changes.append(.plugged(port))
        case (let previous?, nil): changes.append(.unplugged(previous))
        case (let previous?, let port?) where previous != port: changes.append(.changed(port))
        default: break
        }
    }
}

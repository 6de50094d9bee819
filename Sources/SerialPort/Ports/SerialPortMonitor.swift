internal import CLibrary
internal import CMachine
internal import Machine
internal import SystemPackage

/// A change of the serial ports.
public enum SerialPortChange: Hashable, Sendable {
    /// The port has appeared.
    case plugged(SerialPortDescription)

    /// The port was there before, and has a different description now.
    case changed(SerialPortDescription)

    /// The port is gone; this is its last description.
    case unplugged(SerialPortDescription)
}

/// The serial ports of this machine, and their changes.
///
/// The monitor learns of changes from udev. If udev does not run, as in most containers, the monitor looks again
/// whenever something happens in `/dev`, and every half second.
package final class SerialPortMonitor {
    private let udev: UdevContext
    private let monitor: UdevMonitor?
    private let unannounced: UnannouncedChanges?
    /// The ports that are there, by their folder in `/sys`: of a removed device, only this folder is still known.
    private var present: [String: SerialPortDescription] = [:]
    private var changes: [SerialPortChange] = []

    /// Begins to listen, then lists the ports, so that none is missed in between.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package init() throws(SerialPortError) {
        udev = try UdevContext()
        do throws(SerialPortError) { monitor = try udev.monitor(subsystem: "tty") } catch {
            // A process that may not open such sockets looks for changes itself.
            monitor = nil
        }
        let isAnnounced = monitor != nil && SerialPorts.areAnnounced
        unannounced = isAnnounced ? nil : try UnannouncedChanges(beside: monitor?.fileDescriptor ?? -1)
        try listAgain()
        changes = []
    }

    /// Whether udev announces the changes; also true if other ports take the place of this machine's.
    package var isAnnounced: Bool { unannounced == nil || SerialPorts.substitute != nil }

    /// The ports that are there, as far as ``nextChange()`` has taken in news; the last one plugged in is at the end.
    package var ports: [SerialPortDescription] { SerialPorts.sorted(present.values) }

    /// The descriptor to give to `poll(2)`: readable when there may be a change.
    package var fileDescriptor: Int32 { unannounced?.fileDescriptor ?? monitor?.fileDescriptor ?? -1 }

    /// The next change; nil if there is none now.
    ///
    /// - Throws: `SerialPortError.system` if udev cannot be asked any more.
    package func nextChange() throws(SerialPortError) -> SerialPortChange? {
        while changes.isEmpty {
            switch try monitor?.next() ?? .none {
            case .none:
                guard unannounced?.forget() == true else { return nil }
                try listAgain()
            case .overflow: try listAgain()
            case .device(let device):
                let path = device.systemPath
                // A removed device cannot be examined: its parents may be gone, or may be others now.
                let isGone = device.action == "remove"
                update(path, to: isGone ? nil : SerialPortDescription(of: device, among: DeviceNodes()))
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

/// Wakes up a waiting loop to look for changes that nobody announces.
private final class UnannouncedChanges {
    private static let lookingTime: Int32 = 500

    /// Readable when it is time to look for changes.
    let fileDescriptor: Int32
    private let timer: Int32
    private let nodes = NodeWatch(folders: [
        DeviceNodes.folder, DeviceNodes.idFolder, DeviceNodes.placeFolder,
    ])

    /// - Parameter other: another descriptor that also makes ``fileDescriptor`` readable; -1 for none.
    init(beside other: Int32) throws(SerialPortError) {
        timer = cmachine_open_timer(Self.lookingTime)
        fileDescriptor = cmachine_open_gathering([timer, nodes?.fileDescriptor ?? -1, other], 3)
        guard timer >= 0, fileDescriptor >= 0 else {
            let code = Errno(rawValue: -min(timer, fileDescriptor))
            throw .system(operation: "watch", path: DeviceNodes.folder, code: code)
        }
    }

    deinit {
        for descriptor in [fileDescriptor, timer] where descriptor >= 0 { FileSystem.close(descriptor) }
    }

    /// Forgets the reason for which it was time to look.
    ///
    /// - Returns: whether there was such a reason.
    func forget() -> Bool {
        var expirations: UInt64 = 0
        let isTime = read(timer, &expirations, MemoryLayout.size(ofValue: expirations)) > 0
        return nodes?.forget() == true || isTime
    }
}

internal import SerialPort
internal import SystemPackage
internal import TransferClient

/// The name of an output file with the device's part in it: `log-{serial}.bin`.
struct OutputName {
    private enum Placeholder: String, CaseIterable {
        /// The serial number of the USB device.
        case serial
        /// The last part of the port's name.
        case port
        /// The number of the device, from 1.
        case index

        var text: String { "{\(rawValue)}" }
    }

    /// As the user gave it.
    let pattern: String
    /// The option that has it.
    let option: String

    init(_ pattern: String, option: String = "-o") {
        self.pattern = pattern
        self.option = option
    }

    private var advice: String { "\(option) 'log-{serial}.bin', or with {port} or {index}" }

    /// Whether devices get names of their own by it.
    var hasPlaceholder: Bool { Placeholder.allCases.contains { pattern.contains($0.text) } }

    /// The name for each device; for one that is not there, and whose name only it could tell, why it has none.
    ///
    /// - Parameter mayAppear: whether devices that are not there are waited for.
    /// - Throws: a problem if two devices would have the same file.
    func resolve(
        for devices: [TrayDevice], mayAppear: Bool
    ) throws(Problem) -> [Result<String, Problem>] {
        guard hasPlaceholder || devices.count == 1 else {
            throw Problem(
                status: .usage, message: "\(devices.count) devices cannot all be read into \(pattern)",
                hint: "give each a file of its own: \(advice)", code: "same_output")
        }
        var results: [Result<String, Problem>] = []
        var owners: [FileIdentity: TrayDevice] = [:]
        for device in devices {
            guard let name = try name(for: device, mayAppear: mayAppear) else {
                results.append(.failure(Self.absence(of: device)))
                continue
            }
            let identity = FileIdentity(name)
            if let other = owners[identity] {
                throw Problem(
                    status: .usage,
                    message: "\(other.name) and \(device.name) would both have the file \(name)",
                    hint: "give each a file of its own: \(advice)", code: "same_output")
            }
            owners[identity] = device
            results.append(.success(name))
        }
        return results
    }

    /// The name for the only device of a command.
    func resolve(for selector: PortSelector?, mayAppear: Bool) throws(Problem) -> String {
        guard hasPlaceholder else { return pattern }
        let devices = try TrayDevice.find(selector.map { [$0] } ?? [], all: false)
        guard devices.count == 1, let name = try resolve(for: devices, mayAppear: mayAppear).first else {
            let present = devices.compactMap(\.description)
            throw Problem(.severalMatch(selector, present, present: present), waited: .none)
        }
        return try name.get()
    }

    /// Nothing if the device would have to be there.
    private func name(for device: TrayDevice, mayAppear: Bool) throws(Problem) -> String? {
        var name = pattern
        for placeholder in Placeholder.allCases where name.contains(placeholder.text) {
            let value: String
            switch placeholder {
            case .index: value = String(device.index)
            case .port: value = device.portName
            case .serial:
                guard let serial = device.serialNumber else {
                    guard device.isAbsent else { throw Self.withoutSerial(device) }
                    guard mayAppear else { return nil }
                    throw Problem(
                        status: .usage,
                        message: "\(device.name) is not there yet, so its serial number is not known",
                        hint: "with --wait, name the files by {port} or {index}", code: "serial_unknown")
                }
                value = serial
            }
            let begins = name.hasPrefix(placeholder.text) || name.contains("/\(placeholder.text)")
            name = name.replacing(
                placeholder.text, with: begins ? LocalName.name(value) : LocalName.safe(value))
        }
        return name
    }

    private static func withoutSerial(_ device: TrayDevice) -> Problem {
        Problem(
            status: .usage, message: "\(device.name) has no serial number for the name of its file",
            cause: "only USB devices have serial numbers, and not all of them",
            hint: "name the files by {port} or {index}", code: "serial_unknown")
    }

    private static func absence(of device: TrayDevice) -> Problem {
        guard case .node(let path) = device.selector else {
            return Problem(.noMatch(device.selector, present: []), waited: .none)
        }
        return Problem(.notFound(path: path))
    }
}

extension TrayDevice {
    fileprivate var portName: String {
        guard case .node(let path) = selector else { return selector.description }
        return FilePath(path).lastComponent?.string ?? path
    }

    fileprivate var serialNumber: String? {
        if case .usb(_, _, let serial?, _) = selector { return serial }
        return description?.serialNumber
    }
}

internal import SerialPort
internal import SystemPackage
internal import TransferClient

/// The name of an output file, in which a placeholder stands for the device: `log-{serial}.bin`.
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

    /// The name as the user gave it.
    let pattern: String
    /// The option that gives the name.
    let option: String

    init(_ pattern: String, option: String = "-o") {
        self.pattern = pattern
        self.option = option
    }

    /// Whether the name differs between devices.
    var hasPlaceholder: Bool { Placeholder.allCases.contains { pattern.contains($0.text) } }

    /// The name for each device; a failure for an absent device whose name needs its serial number.
    ///
    /// - Parameter mayAppear: whether the command waits for absent devices.
    /// - Throws: a failure if two devices would have the same file.
    func resolve(
        for devices: [TrayDevice], mayAppear: Bool
    ) throws(Failure) -> [Result<String, Failure>] {
        guard hasPlaceholder || devices.count == 1 else {
            throw .usage(.oneOutput(devices: devices.count, pattern: pattern, option: option))
        }
        var results: [Result<String, Failure>] = []
        var owners: [FileIdentity: TrayDevice] = [:]
        for device in devices {
            guard let name = try name(for: device, mayAppear: mayAppear) else {
                results.append(.failure(Self.absence(of: device)))
                continue
            }
            let identity = FileIdentity(name)
            if let other = owners[identity] {
                throw .usage(.sameOutput(other, device, path: name, option: option))
            }
            owners[identity] = device
            results.append(.success(name))
        }
        return results
    }

    /// The names of all files of these devices. An absent device whose name needs its serial number has none.
    func names(for devices: [TrayDevice], mayAppear: Bool) throws(Failure) -> [String] {
        guard hasPlaceholder else { return [pattern] }
        return try resolve(for: devices, mayAppear: mayAppear).compactMap { try? $0.get() }
    }

    /// The name for the only device of a command.
    func resolve(for selector: PortSelector?, mayAppear: Bool) throws(Failure) -> String {
        guard hasPlaceholder else { return pattern }
        let devices = try TrayDevice.find(selector.map { [$0] } ?? [], all: false)
        guard devices.count == 1, let name = try resolve(for: devices, mayAppear: mayAppear).first else {
            let present = devices.compactMap(\.description)
            throw .portRequest(.severalMatch(selector, present, present: present))
        }
        return try name.get()
    }

    /// The name for a device; `nil` if the device is absent and the name needs its serial number.
    ///
    /// - Throws: a failure, among others if the pattern is from a project's file, which may not name this file.
    private func name(for device: TrayDevice, mayAppear: Bool) throws(Failure) -> String? {
        var name = pattern
        for placeholder in Placeholder.allCases where name.contains(placeholder.text) {
            let value: String
            switch placeholder {
            case .index: value = String(device.index)
            case .port: value = device.portName
            case .serial:
                guard let serial = device.serialNumber else {
                    guard device.isAbsent else { throw .usage(.noSerial(device)) }
                    guard mayAppear else { return nil }
                    throw .usage(.serialNotKnownYet(device))
                }
                value = serial
            }
            let begins = name.hasPrefix(placeholder.text) || name.contains("/\(placeholder.text)")
            name = name.replacing(
                placeholder.text, with: begins ? LocalName.name(value) : LocalName.safe(value))
        }
        if hasPlaceholder, let setting = Configuration.current.projectSetting(of: pattern),
            let reason = ProjectRule.refusal(ofPath: name)
        {
            throw .configuration(.refusedToProject(setting, reason: reason))
        }
        return name
    }

    private static func absence(of device: TrayDevice) -> Failure {
        guard case .node(let path) = device.selector.kind else {
            return .portRequest(.noMatch(device.selector, present: []))
        }
        return .port(.notFound(path: path))
    }
}

extension TrayDevice {
    fileprivate var portName: String {
        guard case .node(let path) = selector.kind else { return selector.description }
        return FilePath(path).lastComponent?.string ?? path
    }

    fileprivate var serialNumber: String? {
        if case .usb(_, _, let serial?, _) = selector.kind { return serial }
        return description?.serialNumber
    }
}

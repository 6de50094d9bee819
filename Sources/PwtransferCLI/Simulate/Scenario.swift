internal import ArgumentParser
internal import CLibrary
internal import SystemPackage
internal import TransferClient

/// Several simulated devices, described by a TOML file whose format is in `Documentation/scenarios.md`.
struct Scenario {
    struct Device {
        let name: String
        let options: SimulateCommand
        let port: SimulatedPort
    }

    private static let defaultsKey = "defaults"
    private static let deviceKey = "device"
    private static let nameKey = "name"
    private static let countKey = "count"
    /// The options of the command that are about all devices.
    private static let commonKeys: Set = ["scenario", "json", "quiet", "list-faults"]
    /// The maximum number of devices; each needs a thread and a few descriptors.
    private static let countLimit = 256

    private let reader: ConfigurationFileReader
    private let options: [OptionCatalog.Option]
    private let portOptions: [OptionCatalog.Option]
    private(set) var devices: [Device] = []

    init(path: String) throws(Failure) {
        let descriptor = try Failure.ofReading(path, try FileSystem.open(path, O_RDONLY))
        try self.init(Self.content(of: descriptor, path), path: path)
    }

    init(_ bytes: [UInt8], path: String) throws(Failure) {
        portOptions = try OptionCatalog.command(SimulatedPort.self).allOptions
        options = try OptionCatalog.command(SimulateCommand.self).allOptions
            .filter { !Self.commonKeys.contains($0.key) }
        let catalog = OptionCatalog(commands: [], of: SimulateCommand.self)
        reader = ConfigurationFileReader(catalog: catalog, path: path)
        let entries = try reader.entries(of: bytes, isScenario: true)
        var defaults: [Setting] = []
        for entry in entries where entry.key == Self.defaultsKey {
            for entry in try reader.table(entry) { defaults.append(try setting(entry)) }
        }
        for entry in entries where entry.key != Self.defaultsKey {
            guard entry.key == Self.deviceKey else {
                throw unknown(entry, among: [Self.defaultsKey, Self.deviceKey])
            }
            guard case .array(let tables) = entry.value else {
                throw reader.wrongType(entry, expected: "tables, each under [[\(Self.deviceKey)]]")
            }
            for table in tables { try add(table, defaults) }
        }
        guard !devices.isEmpty else {
            throw .configuration(.noDevices(path: reader.path))
        }
    }

    /// The scenario of a file that nobody but this user and root could have written.
    init(trusting path: String) throws(Failure) {
        switch try Failure.ofReading(path, try TrustedFile.open(path)) {
        case nil: throw .file(.cannotRead(path: path, .noSuchFileOrDirectory))
        case .failure(let doubt): throw .configuration(.untrustedScenario(path: path, doubt))
        case .success(let descriptor): try self.init(Self.content(of: descriptor, path), path: path)
        }
    }

    /// Closes the file.
    private static func content(of descriptor: Int32, _ path: String) throws(Failure) -> [UInt8] {
        defer { FileSystem.close(descriptor) }
        return try Failure.ofReading(path, try ConfigurationFiles.content(of: descriptor))
    }

    private mutating func add(_ table: TOMLEntry, _ defaults: [Setting]) throws(Failure) {
        var settings: [Setting] = []
        var name: String?
        var count = 1
        for entry in try reader.table(table) {
            switch entry.key {
            case Self.nameKey:
                guard case .string(let text) = entry.value else {
                    throw reader.wrongType(entry, expected: "the name of the device")
                }
                try reader.checkName(text, of: "device", at: entry)
                name = text
            case Self.countKey:
                guard case .number(let text) = entry.value, let number = Int(text),
                    (1...Self.countLimit).contains(number)
                else {
                    throw reader.wrongType(entry, expected: "how many there are, 1 to \(Self.countLimit)")
                }
                count = number
            default: settings.append(try setting(entry))
            }
        }
        settings += defaults.filter { setting in !settings.contains { $0.key == setting.key } }
        for number in 1...count {
            let index = devices.count + 1
            let base = name ?? Self.deviceKey
            let suffix = name == nil ? "-\(index)" : count > 1 ? "-\(number)" : ""
            try add(named: base + suffix, index, settings, at: reader.origin(table, nil))
        }
    }

    private mutating func add(
        named name: String, _ index: Int, _ settings: [Setting], at place: Origin
    ) throws(Failure) {
        guard !devices.contains(where: { $0.name == name }) else {
            throw .configuration(.sameName(name, place))
        }
        guard devices.count < Self.countLimit else {
            throw .configuration(.tooManyDevices(limit: Self.countLimit, place))
        }
        func parse<Command: ParsableCommand>(
            _ options: [OptionCatalog.Option], as _: Command.Type
        ) throws(Failure) -> Command {
            let words = settings.filter { setting in options.contains { $0.key == setting.key } }
                .flatMap(\.arguments).map {
                    $0.replacing("{name}", with: name).replacing("{index}", with: String(index))
                }
            do { return try Command.parse(words) } catch {
                throw .configuration(.device(name, complaint: Command.message(for: error), place))
            }
        }
        devices.append(
            Device(
                name: name, options: try parse(options, as: SimulateCommand.self),
                port: try parse(portOptions, as: SimulatedPort.self)))
    }

    private func setting(_ entry: TOMLEntry) throws(Failure) -> Setting {
        let options = options + portOptions
        guard let option = options.first(where: { $0.key == entry.key }) else {
            throw unknown(entry, among: options.map(\.key) + [Self.nameKey, Self.countKey])
        }
        return Setting(
            key: option.key, value: try reader.value(entry, of: option),
            origin: reader.origin(entry, nil))
    }

    private func unknown(_ entry: TOMLEntry, among keys: [String]) -> Failure {
        .configuration(
            .unknownKey(
                entry.key, in: "", reader.origin(entry, nil),
                nearest: NearestName.find(entry.key, in: keys),
                command: "simulate"))
    }
}

internal import ArgumentParser
internal import CLibrary
internal import SystemPackage
internal import TransferClient

/// Several simulated devices, described by a TOML file whose format is in `Documentation/scenarios.md`.
struct Scenario {
    struct Device {
        let name: String
        let options: SimulateCommand
    }

    private static let defaultsKey = "defaults"
    private static let deviceKey = "device"
    private static let nameKey = "name"
    private static let countKey = "count"
    /// The options of the command that are about all devices.
    private static let commonKeys: Set = ["scenario", "json", "quiet", "list-faults"]
    /// The maximum number of devices; each needs a thread and a few descriptors.
    private static let countLimit = 256

    let devices: [Device]

    init(path: String) throws(Failure) {
        try self.init(Self.read(path), path: path)
    }

    init(_ bytes: [UInt8], path: String) throws(Failure) {
        let options = try OptionCatalog.command(SimulateCommand.self).allOptions
        let catalog = OptionCatalog(commands: [], of: SimulateCommand.self)
        var builder = Builder(
            reader: ConfigurationFileReader(catalog: catalog, path: path),
            options: options.filter { !Self.commonKeys.contains($0.key) })
        devices = try builder.build(bytes)
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do throws(Errno) {
            let descriptor = try FileSystem.open(path, O_RDONLY)
            defer { FileSystem.close(descriptor) }
            return try ConfigurationFiles.content(of: descriptor)
        } catch {
            throw .file(.cannotRead(path: path, error))
        }
    }

    private struct Builder {
        let reader: ConfigurationFileReader
        let options: [OptionCatalog.Option]
        private var devices: [Device] = []

        init(reader: ConfigurationFileReader, options: [OptionCatalog.Option]) {
            self.reader = reader
            self.options = options
        }

        mutating func build(_ bytes: [UInt8]) throws(Failure) -> [Device] {
            let entries = try reader.entries(of: bytes, isScenario: true)
            var defaults: [Setting] = []
            for entry in entries where entry.key == defaultsKey {
                for entry in try reader.table(entry) { defaults.append(try setting(entry)) }
            }
            for entry in entries where entry.key != defaultsKey {
                guard entry.key == deviceKey else { throw unknown(entry, among: [defaultsKey, deviceKey]) }
                guard case .array(let tables) = entry.value else {
                    throw reader.wrongType(entry, expected: "tables, each under [[\(deviceKey)]]")
                }
                for table in tables { try add(table, defaults) }
            }
            guard !devices.isEmpty else {
                throw .configuration(.noDevices(path: reader.path))
            }
            return devices
        }

        private mutating func add(_ table: TOMLEntry, _ defaults: [Setting]) throws(Failure) {
            var settings: [Setting] = []
            var name: String?
            var count = 1
            for entry in try reader.table(table) {
                switch entry.key {
                case nameKey:
                    guard case .string(let text) = entry.value else {
                        throw reader.wrongType(entry, expected: "the name of the device")
                    }
                    try reader.checkName(text, of: "device", at: entry)
                    name = text
                case countKey:
                    guard case .number(let text) = entry.value, let number = Int(text),
                        (1...countLimit).contains(number)
                    else {
                        throw reader.wrongType(entry, expected: "how many there are, 1 to \(countLimit)")
                    }
                    count = number
                default: settings.append(try setting(entry))
                }
            }
            settings += defaults.filter { setting in !settings.contains { $0.key == setting.key } }
            for number in 1...count {
                let index = devices.count + 1
                let base = name ?? deviceKey
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
            guard devices.count < countLimit else {
                throw .configuration(.tooManyDevices(limit: countLimit, place))
            }
            let words = settings.flatMap(\.arguments).map {
                $0.replacing("{name}", with: name).replacing("{index}", with: String(index))
            }
            do {
                devices.append(Device(name: name, options: try SimulateCommand.parse(words)))
            } catch {
                throw .configuration(.device(name, complaint: SimulateCommand.message(for: error), place))
            }
        }

        private func setting(_ entry: TOMLEntry) throws(Failure) -> Setting {
            guard let option = options.first(where: { $0.key == entry.key }) else {
                throw unknown(entry, among: options.map(\.key) + [nameKey, countKey])
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
}

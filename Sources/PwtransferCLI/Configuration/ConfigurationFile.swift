/// What a configuration file says.
struct ConfigurationFile {
    /// The values, and the names of resources, for every board or for one.
    struct Section {
        var settings: [Setting] = []
        var resources: [NamedResource] = []
    }

    let path: String
    /// Whether the file belongs to a project; such a file may not set everything.
    var isProject = false
    var general = Section()
    var boards: [(name: String, section: Section)] = []
    /// The mistakes of the file. The first of them ends every command but `config check`.
    var mistakes: [Failure] = []
}

/// Reads configuration files, and refuses unknown keys and values of wrong types.
struct ConfigurationFileReader {
    private static let resourcesKey = "resources"
    private static let boardsKey = "boards"

    let catalog: OptionCatalog
    let path: String
    /// Whether the file belongs to a project; such a file may not set everything.
    var isProject = false

    func read(_ bytes: [UInt8]) throws(Failure) -> ConfigurationFile {
        let entries = try entries(of: bytes, isScenario: false)
        var file = ConfigurationFile(path: path, isProject: isProject)
        let boards = entries.first { $0.key == Self.boardsKey }
        let others = entries.filter { $0.key != Self.boardsKey }
        file.general = section(of: others, board: nil, &file.mistakes)
        for board in attempt(&file.mistakes, { () throws(Failure) in try boards.map(table) ?? [] }) ?? [] {
            let inBoard = attempt(&file.mistakes) { () throws(Failure) in
                try checkName(board.key, of: "board", at: board)
                return try table(board)
            }
            guard let inBoard else { continue }
            file.boards.append((board.key, section(of: inBoard, board: board.key, &file.mistakes)))
        }
        return file
    }

    /// Adds the failure of `body` to the mistakes instead of ending, so that all mistakes are found.
    private func attempt<Value>(_ mistakes: inout [Failure], _ body: () throws(Failure) -> Value) -> Value? {
        do throws(Failure) { return try body() } catch {
            mistakes.append(error)
            return nil
        }
    }

    /// The entries of a TOML file.
    ///
    /// - Throws: a failure that names the line with the syntax error.
    func entries(of bytes: [UInt8], isScenario: Bool) throws(Failure) -> [TOMLEntry] {
        do throws(TOMLSyntaxError) { return try TOMLDocument.entries(of: bytes) } catch {
            let place = error.line.map { "\(path):\($0)" } ?? path
            throw .configuration(.syntax(place: place, error.message, isScenario: isScenario))
        }
    }

    private func section(
        of entries: [TOMLEntry], board: String?, _ mistakes: inout [Failure]
    ) -> ConfigurationFile.Section {
        var section = ConfigurationFile.Section()
        for entry in entries {
            if entry.key == Self.resourcesKey {
                section.resources += resources(in: entry, board: board, &mistakes)
                continue
            }
            let command = catalog.commands.first { $0.name == entry.key }
            let options = (command?.allOptions ?? catalog.generalOptions).filter { option in
                !Configuration.isAboutConfiguration(option.key)
                    || (option.key == Configuration.boardKey && command == nil && board == nil)
            }
            let values = attempt(&mistakes) { () throws(Failure) in
                command == nil ? [entry] : try table(entry)
            }
            section.settings += (values ?? []).compactMap { value in
                attempt(&mistakes) { () throws(Failure) in
                    try setting(value, among: options, command: command?.name, board: board)
                }
            }
        }
        return section
    }

    private func setting(
        _ entry: TOMLEntry, among options: [OptionCatalog.Option], command: String?, board: String?
    ) throws(Failure) -> Setting {
        guard let option = options.first(where: { $0.key == entry.key }) else {
            throw unknownKey(entry, among: options.map(\.key), command: command, board: board)
        }
        let value = try value(entry, of: option)
        return Setting(
            key: option.key, command: command, value: value, origin: origin(entry, board),
            refusal: isProject ? ProjectRule.refusal(of: value, for: option) : nil)
    }

    /// The value of an entry for an option, if it has a type that the option takes.
    func value(_ entry: TOMLEntry, of option: OptionCatalog.Option) throws(Failure) -> Setting.Value {
        switch entry.value {
        case .boolean(let isOn) where option.isFlag: return .flag(count: isOn ? 1 : 0)
        case .boolean(let isOn) where option.isValueOptional:
            return .words(isOn ? [OptionalValue.alone(option.key)].compactMap(\.self) : [])
        case .number(let text) where option.isFlag && option.isRepeating:
            if let count = Int(text), (0...9).contains(count) { return .flag(count: count) }
        case .string(let text) where !option.isFlag, .number(let text) where !option.isFlag:
            return .words([text])
        case .array(let items) where option.isRepeating && !option.isFlag:
            let words = items.compactMap { item -> String? in
                switch item.value {
                case .string(let text), .number(let text): text
                default: nil
                }
            }
            if words.count == items.count { return .words(words) }
        default: break
        }
        let expected =
            if option.isFlag {
                option.isRepeating ? "true, false or how often, 0 to 9" : "true or false"
            } else if option.isRepeating {
                "a text, a number or an array of them"
            } else {
                "a text or a number"
            }
        throw wrongType(entry, expected: expected)
    }

    private func resources(
        in entry: TOMLEntry, board: String?, _ mistakes: inout [Failure]
    ) -> [NamedResource] {
        let items = attempt(&mistakes) { () throws(Failure) in try table(entry) } ?? []
        return items.compactMap { item in
            attempt(&mistakes) { () throws(Failure) in
                try checkName(item.key, of: "resource", at: item)
                guard case .number(let text) = item.value, let number = UInt32(text) else {
                    throw wrongType(item, expected: "the number of the resource, 0 to 4294967295")
                }
                return NamedResource(name: item.key, number: number, origin: origin(item, board))
            }
        }
    }

    func table(_ entry: TOMLEntry) throws(Failure) -> [TOMLEntry] {
        guard case .table(let entries) = entry.value else { throw wrongType(entry, expected: "a table") }
        return entries
    }

    func checkName(_ name: String, of kind: String, at entry: TOMLEntry) throws(Failure) {
        guard ConfiguredName.isValid(name) else {
            throw .configuration(.name(name, of: kind, origin(entry, nil)))
        }
    }

    func origin(_ entry: TOMLEntry, _ board: String?) -> Origin {
        .file(path: path, line: entry.line, board: board)
    }

    func wrongType(_ entry: TOMLEntry, expected: String) -> Failure {
        .configuration(.type(entry, expected: expected, origin(entry, nil)))
    }

    private func unknownKey(
        _ entry: TOMLEntry, among keys: [String], command: String?, board: String?
    ) -> Failure {
        let tables = command == nil ? [Self.resourcesKey] + (board == nil ? [Self.boardsKey] : []) : []
        let commands = command == nil ? catalog.commands.map(\.name) : []
        let place = [board.map { "board \($0)" }, command.map { "[\($0)]" }].compactMap(\.self)
        let suffix = place.isEmpty ? "" : " in \(place.joined(separator: ", "))"
        return .configuration(
            .unknownKey(
                entry.key, in: suffix, origin(entry, nil),
                nearest: NearestName.find(entry.key, in: keys + tables + commands), command: command ?? "read"
            ))
    }
}

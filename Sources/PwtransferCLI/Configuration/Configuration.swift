internal import ArgumentParser
internal import FoundationEssentials

/// What the environment and the configuration files say about the options of the commands.
///
/// The command line comes first, then the environment, the profile of the board, the project file, the user's file.
/// Within a profile or a file, a value for one command takes precedence over a value for all commands.
struct Configuration: Sendable {
    static let boardKey = "board"
    /// The command that shows the configuration, and its subcommand that checks the files.
    static let commandName = "config"
    static let checkName = "check"
    static let variablePrefix = "PWTRANSFER_"
    /// The variable that belongs to no option: it names the scenario whose devices take the place of all ports.
    static let simulatedPortsVariable = variablePrefix + "SIMULATED_PORTS"

    /// The configuration of the command that runs.
    @TaskLocal static var current = Configuration()
    /// Whether a command line is parsed only to judge the value of one option. Then what options need beside
    /// themselves, or exclude, does not count.
    @TaskLocal static var judgesOnlyValues = false

    let catalog: OptionCatalog
    /// The environment variables that have our prefix and a value.
    let variables: [String: String]
    /// The files, the one with the most precedence first.
    let files: [ConfigurationFile]
    /// The board whose profile is used, and where its name comes from; `nil` as origin stands for the command line.
    private(set) var board: (name: String, origin: Origin?)?

    /// A configuration without any values.
    init(of root: RootType = NoCommand.self) {
        catalog = OptionCatalog(commands: [], of: root)
        variables = [:]
        files = []
    }

    /// - Parameters:
    ///   - boardName: the board that the command line names.
    ///   - hasBoard: whether the command is about a board at all.
    init(
        catalog: OptionCatalog, environment: [String: String], files: [ConfigurationFiles.File],
        boardName: String? = nil, hasBoard: Bool = true
    ) throws(Failure) {
        self.catalog = catalog
        variables = environment.filter { $0.key.hasPrefix(Self.variablePrefix) && !$0.value.isEmpty }
        var read: [ConfigurationFile] = []
        for file in files {
            read.append(
                try ConfigurationFileReader(catalog: catalog, path: file.path, isProject: file.isProject)
                    .read(file.bytes))
        }
        self.files = read
        try checkVariables()
        if let boardName {
            board = (boardName, nil)
        } else if hasBoard, let setting = try setting(Self.boardKey), case .words(let words) = setting.value,
            let name = words.last
        {
            board = (name, setting.origin)
        }
        if let board, !boardNames.contains(board.name) {
            throw .configuration(.unknownBoard(board.name, board.origin, known: boardNames))
        }
    }

    /// Reads the configuration for a command line.
    static func load(
        for arguments: [String], environment: [String: String], of root: RootType
    ) throws(Failure) -> Configuration {
        guard !arguments.isEmpty, !InformationRequest.isExact(arguments, of: root) else {
            return Configuration(of: root)
        }
        let fileKey = ConfigurationFiles.optionKey
        var choice = CommandLineScan.value(of: fileKey, in: arguments).map { ($0, "--\(fileKey)") }
        let variable = variable(for: fileKey)
        if choice == nil, let path = environment[variable], !path.isEmpty { choice = (path, variable) }
        let files = try ConfigurationFiles.read(
            choice: choice, folder: choice == nil ? try ConfigurationFiles.currentFolder() : "",
            environment: environment)
        let isConfigured = !files.isEmpty || environment.keys.contains { $0.hasPrefix(variablePrefix) }
        let boardName = CommandLineScan.value(of: boardKey, in: arguments)
        // It takes a few milliseconds to collect the options of the program, so this is done only if they are needed.
        guard isConfigured || boardName != nil || arguments.first == commandName
        else {
            return Configuration(of: root)
        }
        let catalog = try OptionCatalog(of: root)
        let scan = CommandLineScan(arguments, catalog)
        let hasBoard = scan?.options.contains { $0.key == boardKey } ?? false
        let configuration = try Configuration(
            catalog: catalog, environment: environment, files: files,
            boardName: hasBoard ? boardName : nil, hasBoard: hasBoard)
        // `config check` reports all mistakes of the files instead of ending at the first.
        let isCheck = arguments.starts(with: [commandName, checkName])
        if !isCheck, let mistake = configuration.files.lazy.flatMap(\.mistakes).first { throw mistake }
        return configuration
    }

    /// Whether a key chooses the configuration instead of being part of it.
    static func isAboutConfiguration(_ key: String) -> Bool {
        key == boardKey || key == ConfigurationFiles.optionKey
    }

    static func variable(for key: String) -> String {
        variablePrefix + key.uppercased().replacing("-", with: "_")
    }

    /// Whether the environment asks for JSON output. This is needed where the configuration cannot be used.
    static func asksForJSON(_ environment: [String: String]) -> Bool {
        ["1", "true"].contains(environment[variable(for: "json")] ?? "")
    }

    /// The value of an option that is not on the command line; `nil` if nothing sets the option.
    ///
    /// - Parameter command: the command whose own values take precedence over those for all commands.
    func setting(_ key: String, command: String? = nil) throws(Failure) -> Setting? {
        let option =
            if let command {
                catalog.commands.first { $0.name == command }?.allOptions.first { $0.key == key }
            } else {
                catalog.generalOptions.first { $0.key == key }
            }
        guard let option else { return nil }
        let isStandalone = command.map(catalog.isStandalone) ?? false
        let scopes: [String?] = command == nil ? [nil] : isStandalone ? [command] : [command, nil]
        if !isStandalone, let setting = try environmentSetting(option) { return setting }
        for section in sections {
            for scope in scopes {
                if let setting = section.settings.last(where: { $0.key == key && $0.command == scope }) {
                    return setting
                }
            }
        }
        return nil
    }

    /// The sections in use, the one with the most precedence first.
    private var sections: [ConfigurationFile.Section] {
        let profiles = files.flatMap(\.boards).filter { $0.name == board?.name }
        return profiles.map(\.section) + files.map(\.general)
    }

    /// The setting of a project's file that has this word as its value; `nil` if there is none. Whether the setting is
    /// in use is not known here.
    func projectSetting(of word: String) -> Setting? {
        files.filter(\.isProject).flatMap { [$0.general] + $0.boards.map(\.section) }.flatMap(\.settings)
            .first { $0.value == .words([word]) }
    }

    /// The named resources. If several have the same name, only the one with the most precedence is here.
    var resources: [NamedResource] {
        var resources: [NamedResource] = []
        for section in sections {
            for resource in section.resources where !resources.contains(where: { $0.name == resource.name }) {
                resources.append(resource)
            }
        }
        return resources
    }

    var boardNames: [String] {
        files.flatMap { $0.boards.map(\.name) }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    func environmentSetting(_ option: OptionCatalog.Option) throws(Failure) -> Setting? {
        let variable = Self.variable(for: option.key)
        guard let text = variables[variable] else { return nil }
        let value: Setting.Value
        switch (option.isFlag, text) {
        case (false, "true") where option.isValueOptional:
            value = .words([OptionalValue.alone(option.key)].compactMap(\.self))
        case (false, "false") where option.isValueOptional: value = .words([])
        case (false, _): value = .words(catalog.words(of: option, in: text))
        case (true, "1"), (true, "true"): value = .flag(count: 1)
        case (true, "0"), (true, "false"): value = .flag(count: 0)
        case (true, _):
            guard option.isRepeating, let count = Int(text), (0...9).contains(count) else {
                throw .configuration(.flag(variable: variable, text: text))
            }
            value = .flag(count: count)
        }
        return Setting(key: option.key, value: value, origin: .environment(variable: variable))
    }

    /// Refuses a variable whose name is nearly one of ours. Others with our prefix may belong to other programs.
    private func checkVariables() throws(Failure) {
        let known = catalog.generalOptions.map { Self.variable(for: $0.key) } + [Self.simulatedPortsVariable]
        for variable in variables.keys.sorted() where !known.contains(variable) {
            guard let nearest = NearestName.find(variable, in: known, distanceLimit: 2) else { continue }
            throw .configuration(.unknownVariable(variable, nearest: nearest))
        }
    }
}

/// Takes the place of the root command where there is none.
private struct NoCommand: ParsableCommand {}

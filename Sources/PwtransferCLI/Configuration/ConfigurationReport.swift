internal import SerialPort

/// All values and their origins, as tables or as JSON.
struct ConfigurationReport {
    private struct Row {
        let key: String
        let command: String?
        /// The value as on the command line; for a flag `true`, `false`, or how often the flag is given.
        let value: String?
        let origin: Origin
        /// Why the value is refused; `nil` if it is used.
        let refusal: String?

        init(_ option: OptionCatalog.Option, _ setting: Setting?) {
            key = option.key
            command = setting?.command
            origin = setting?.origin ?? .builtIn
            refusal = setting?.refusal
            switch setting?.value {
            case .words(let words): value = words.joined(separator: " ")
            case .flag(let count): value = option.isRepeating ? "\(count)" : "\(count > 0)"
            case nil: value = option.defaultText ?? (option.isFlag ? "false" : nil)
            }
        }
    }

    private let configuration: Configuration
    private var rows: [Row] = []

    init(of configuration: Configuration) throws(Failure) {
        self.configuration = configuration
        for option in configuration.catalog.generalOptions
        where !Configuration.isAboutConfiguration(option.key) {
            rows.append(Row(option, try configuration.setting(option.key)))
        }
        for command in configuration.catalog.commands {
            for option in command.allOptions where !Configuration.isAboutConfiguration(option.key) {
                guard let setting = try configuration.setting(option.key, command: command.name),
                    setting.command != nil
                else { continue }
                rows.append(Row(option, setting))
            }
        }
    }

    /// The event of `config show --json`.
    var event: JSONEvent {
        let settings = rows.map { row -> JSONObject in
            [
                "key": row.key, "command": row.command, "value": row.value, "origin": row.origin.json,
                "refused": row.refusal,
            ]
        }
        let resources = configuration.resources.map { resource -> JSONObject in
            ["name": resource.name, "number": resource.number, "origin": resource.origin.json]
        }
        // The board has no origin if the command line names it.
        let board = configuration.board.map { board -> JSONObject in
            ["name": board.name, "origin": board.origin.map(\.json)]
        }
        return JSONEvent(
            "configuration",
            [
                "files": configuration.files.map(\.path), "board": board, "settings": settings,
                "resources": resources,
            ])
    }

    var lines: [String] {
        let files = configuration.files.isEmpty ? ["none"] : configuration.files.map(\.path)
        var lines = files.enumerated().map { index, path in
            (index == 0 ? "files: " : "       ") + DeviceText.visible(path)
        }
        if let board = configuration.board {
            let origin = board.origin.map { " (\($0))" } ?? ""
            lines.append(DeviceText.visible("board: \(board.name)\(origin)"))
        }
        lines.append("")
        lines += Self.table(
            [["KEY", "VALUE", "ORIGIN"]]
                + rows.map { row in
                    [
                        (row.command.map { "\($0)." } ?? "") + row.key, row.value ?? "-",
                        "\(row.origin)" + (row.refusal.map { " - refused: \($0)" } ?? ""),
                    ]
                })
        if !configuration.resources.isEmpty {
            lines.append("")
            lines += Self.table(
                [["RESOURCE", "NUMBER", "ORIGIN"]]
                    + configuration.resources.map { [$0.name, "\($0.number)", "\($0.origin)"] })
        }
        return lines
    }

    private static func table(_ rows: [[String]]) -> [String] {
        TextTable.lines(rows.map { $0.map(DeviceText.visible) })
    }
}

extension Origin {
    fileprivate var json: JSONObject {
        switch self {
        case .builtIn: ["kind": "built-in"]
        case .environment(let name): ["kind": "environment", "variable": name]
        case .file(let path, let line, let board):
            ["kind": "file", "path": path, "line": line, "board": board]
        }
    }
}

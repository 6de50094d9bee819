internal import SerialPort

/// All values and their origins, as tables or as JSON.
struct ConfigurationReport {
    private let document: Document

    init(of configuration: Configuration) throws(Failure) {
        var settings: [Document.Setting] = []
        for option in configuration.catalog.generalOptions
        where !Configuration.isAboutConfiguration(option.key) {
            settings.append(Document.Setting(option, try configuration.setting(option.key)))
        }
        for command in configuration.catalog.commands {
            for option in command.allOptions where !Configuration.isAboutConfiguration(option.key) {
                guard let setting = try configuration.setting(option.key, command: command.name),
                    setting.command != nil
                else { continue }
                settings.append(Document.Setting(option, setting))
            }
        }
        document = Document(
            files: configuration.files.map(\.path),
            board: configuration.board.map {
                Document.Board(name: $0.name, origin: $0.origin.map(Document.Source.init))
            },
            settings: settings,
            resources: configuration.resources.map {
                Document.Resource(name: $0.name, number: $0.number, origin: .init($0.origin))
            })
    }

    var event: some JSONEvent { document }

    var lines: [String] {
        let files = document.files.isEmpty ? ["none"] : document.files
        var lines = zip(["files:"] + Array(repeating: "", count: files.count), files).map { label, path in
            (label.isEmpty ? "      " : label) + " " + DeviceText.visible(path)
        }
        if let board = document.board {
            lines.append("board: \(board.name)" + (board.origin.map { " (\($0.text))" } ?? ""))
        }
        lines.append("")
        lines += Self.table(
            [["KEY", "VALUE", "ORIGIN"]]
                + document.settings.map { setting in
                    [
                        (setting.command.map { "\($0)." } ?? "") + setting.key, setting.value ?? "-",
                        setting.origin.text + (setting.refused.map { " - refused: \($0)" } ?? ""),
                    ]
                })
        if !document.resources.isEmpty {
            lines.append("")
            lines += Self.table(
                [["RESOURCE", "NUMBER", "ORIGIN"]]
                    + document.resources.map { [$0.name, String($0.number), $0.origin.text] })
        }
        return lines
    }

    private static func table(_ rows: [[String]]) -> [String] {
        TextTable.lines(rows.map { $0.map(DeviceText.visible) })
    }
}

/// The event of `config show --json`.
private struct Document: JSONEvent {
    let type = "configuration"
    let files: [String]
    let board: Board?
    let settings: [Setting]
    let resources: [Resource]

    struct Board: Encodable {
        let name: String
        /// `nil` if the command line names the board.
        let origin: Source?
    }

    struct Setting: Encodable {
        let key: String
        let command: String?
        /// The value as on the command line; for a flag `true`, `false`, or how often the flag is given.
        let value: String?
        let origin: Source
        /// Why the value is refused; `nil` if it is used.
        let refused: String?

        init(_ option: OptionCatalog.Option, _ setting: PwtransferCLI.Setting?) {
            key = option.key
            command = setting?.command
            origin = Source(setting?.origin ?? .builtIn)
            refused = setting?.refusal
            switch setting?.value {
            case .words(let words): value = words.joined(separator: " ")
            case .flag(let count): value = option.isRepeating ? "\(count)" : "\(count > 0)"
            case nil: value = option.defaultText ?? (option.isFlag ? "false" : nil)
            }
        }
    }

    struct Resource: Encodable {
        let name: String
        let number: UInt32
        let origin: Source
    }

    struct Source: Encodable {
        let kind: String
        var variable: String?
        var path: String?
        var line: Int?
        var board: String?
        /// The whole origin in words.
        let text: String

        private enum CodingKeys: CodingKey { case kind, variable, path, line, board }

        init(_ origin: Origin) {
            text = origin.description
            switch origin {
            case .builtIn: kind = "built-in"
            case .environment(let name):
                kind = "environment"
                variable = name
            case .file(let file, let number, let name):
                kind = "file"
                path = file
                line = number
                board = name
            }
        }
    }
}

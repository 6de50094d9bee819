internal import TransferClient

extension Problem {
    init(_ mistake: ConfigurationMistake) {
        switch mistake {
        case .notAccepted(let setting, let text, let isCheck):
            self.init(
                .configuration, "\(setting.origin): \(text.message)", cause: text.cause,
                hint: "correct it there, or "
                    + (isCheck ? "leave it out" : "give --\(setting.key) on the command line"))
        case .refusedToProject(let setting, let reason):
            self.init(
                .configuration, "\(setting.origin): \(setting.key) is not taken from a project's file",
                cause: reason,
                hint:
                    "give --\(setting.key) on the command line, or set it in your own file or the environment"
            )
        case .chosenFile(let path, let origin, let error):
            self.init(
                .configuration, "\(path): \(error.description)",
                cause: "\(origin) names this configuration file",
                hint: "correct the name, or \(Self.withoutFiles)")
        case .untrustedFile(let path, let doubt):
            let option = "--\(ConfigurationFiles.optionKey)"
            self.init(
                .configuration, "\(path) is not used", cause: Self.text(of: doubt),
                hint:
                    "name it with \(option) \(ShellWord.quoted(path)) if you trust it; \(option) \(ConfigurationFiles.none) goes without it"
            )
        case .untrustedScenario(let path, let doubt):
            self.init(
                .configuration, "\(path) is not used", cause: Self.text(of: doubt),
                hint:
                    "use a file that only you can write to, or `unset \(Configuration.simulatedPortsVariable)`"
            )
        case .unreadable(let path, let error):
            self.init(
                .configuration, "cannot read \(path): \(error.description)", cause: Self.limit(error),
                hint: "correct its permissions, or \(Self.withoutFiles)")
        case .flag(let variable, let text):
            self.init(
                .configuration, "\(variable) is \"\(text)\"; it takes 1 or 0, true or false",
                hint: "correct it, or `unset \(variable)`")
        case .unknownVariable(let variable, let nearest):
            self.init(
                .configuration, "unknown variable \(variable); did you mean \(nearest)?",
                hint: "export \(nearest), or `unset \(variable)`")
        case .unknownBoard(let name, let origin, let known):
            self.init(
                origin == nil ? .usage : .configuration,
                (origin.map { "\($0): " } ?? "") + "there is no board \(name) in the configuration",
                cause: known.isEmpty ? "no configuration file in use has a [boards.NAME] table" : nil,
                hint: known.isEmpty
                    ? "`\(Program.name) config show` shows which files are in use"
                    : Self.nearest(name, in: known) + "the boards are: \(known.joined(separator: ", "))")
        case .syntax(let place, let message, let isScenario):
            self.init(
                .configuration, "\(place): \(message)",
                hint: "correct the file"
                    + (isScenario
                        ? ""
                        : ", or leave it out with --\(ConfigurationFiles.optionKey) \(ConfigurationFiles.none)")
            )
        case .name(let name, let kind, let origin):
            self.init(
                .configuration, "\(origin): \(name): not a name for a \(kind)", hint: ConfiguredName.rule)
        case .type(let entry, let expected, let origin):
            self.init(
                .configuration,
                "\(origin): \(entry.key) takes \(expected), not \(Self.text(of: entry.value))",
                hint: "correct the file")
        case .unknownKey(let key, let place, let origin, let nearest, let command):
            self.init(
                .configuration, "\(origin): unknown key \(key)\(place)",
                hint: nearest.map { "write \($0)" }
                    ?? "`\(Program.name) \(command) --help` lists the options; a key is an option without dashes"
            )
        case .noDevices(let path):
            self.init(
                .configuration, "\(path): there is no device in it",
                hint: "describe each device in a table of its own: [[device]]")
        case .sameName(let name, let origin):
            self.init(
                .configuration, "\(origin): there are two devices named \(name)",
                hint: "give each a name of its own")
        case .tooManyDevices(let limit, let origin):
            self.init(.configuration, "\(origin): more than \(limit) devices", hint: "use several scenarios")
        case .device(let name, let complaint, let origin):
            self.init(
                .configuration, "\(origin): device \(name): \(complaint)",
                hint: "see what is possible: \(Program.name) simulate --help")
        }
    }

    private static let withoutFiles =
        "leave configuration files out with --\(ConfigurationFiles.optionKey) \(ConfigurationFiles.none)"

    private static func text(of doubt: TrustedFile.Doubt?) -> String {
        switch doubt {
        case .link: "it is a symbolic link, which another user may have put there"
        case .owner: "it is neither yours nor root's (under sudo, you are root)"
        case .others: "others may write to it: `chmod go-w` takes that from them"
        case .folder:
            "others may put another file in its place: the folder is not yours, or others may write to it"
        case nil: "it is neither yours nor root's, or everybody may write to it"
        }
    }

    private static func text(of value: TOMLEntry.Value) -> String {
        switch value {
        case .table: "a table"
        case .array: "an array"
        case .string(let text): "the text \"\(text)\""
        case .number(let text): "the number \(text)"
        case .boolean(let isOn): "\(isOn)"
        case .time: "a date or time"
        }
    }
}

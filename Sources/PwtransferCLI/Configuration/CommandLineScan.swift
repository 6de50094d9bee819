/// The parts of a command line that must be known before the parser runs: the command and its options.
struct CommandLineScan {
    /// The command and its subcommands, such as `config` and `show`.
    let commands: [OptionCatalog.Command]
    private let names: [String]
    /// The words after the command.
    private let words: [String]

    /// `nil` if the line names no command.
    init?(_ arguments: [String], _ catalog: OptionCatalog) {
        var commands: [OptionCatalog.Command] = []
        var candidates = catalog.commands
        for argument in arguments {
            guard let next = candidates.first(where: { $0.name == argument || $0.aliases.contains(argument) })
            else { break }
            commands.append(next)
            candidates = next.subcommands
        }
        guard !commands.isEmpty else { return nil }
        self.commands = commands
        names = Array(arguments.prefix(commands.count))
        words = Array(arguments.dropFirst(commands.count))
    }

    /// The value of an option.
    ///
    /// - Parameters:
    ///   - key: the long name of the option, without dashes.
    ///   - letter: the short name of the option, if it has one.
    static func value(of key: String, or letter: Character? = nil, in arguments: [String]) -> String? {
        let words = arguments.prefix { $0 != "--" }
        let names = ["--\(key)"] + (letter.map { ["-\($0)"] } ?? [])
        let isOption = { (word: String) in names.contains { word == $0 || word.hasPrefix("\($0)=") } }
        guard let index = words.lastIndex(where: isOption) else { return nil }
        let word = words[index]
        if let equals = word.firstIndex(of: "=") { return String(word[word.index(after: equals)...]) }
        return index + 1 < words.endIndex ? words[index + 1] : nil
    }

    /// The options of the innermost command.
    var options: [OptionCatalog.Option] { commands.last?.options ?? [] }

    /// The name of the outermost command, which is its table in a configuration file.
    var commandName: String { commands.first?.name ?? "" }

    func gives(_ option: OptionCatalog.Option) -> Bool {
        words.prefix { $0 != "--" }.contains { word in
            if word.hasPrefix("--") { return option.names.contains(String(word.prefix { $0 != "=" })) }
            guard word.hasPrefix("-") else { return false }
            return word.dropFirst().prefix { $0 != "=" }.contains { option.names.contains("-\($0)") }
        }
    }

    /// The line with more options, as if the user had typed them right after the command.
    func adding(_ settings: some Sequence<Setting>) -> [String] {
        names + settings.flatMap(\.arguments) + words
    }
}

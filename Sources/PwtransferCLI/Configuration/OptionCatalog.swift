internal import ArgumentParser
internal import FoundationEssentials

/// The commands and their options, as the argument parser describes them. An option that is added to a command can be
/// configured without any more code.
struct OptionCatalog: Sendable {
    struct Option: Equatable, Sendable {
        /// The long name without dashes, which is the key in a configuration file.
        let key: String
        /// The names with dashes, as on the command line.
        let names: [String]
        let isFlag: Bool
        /// Whether the value may be left out, as with `--wait`.
        var isValueOptional = false
        /// Whether the option can be given more than once.
        let isRepeating: Bool
        /// The default, in the words of the help.
        let defaultText: String?
        var fileForm = FileForm.none

        /// How the value of an option names a file of this machine.
        enum FileForm: Sendable {
            case none
            case path
            /// The path follows an equals sign, as in `3=flash.bin`.
            case pathAfterEqualsSign
        }
    }

    struct Command: Sendable {
        let name: String
        let aliases: [String]
        let options: [Option]
        let positionalCount: Int
        let subcommands: [Command]

        func option(_ key: String) -> Option? { options.first { $0.key == key } }

        /// The options of this command and of its subcommands.
        var allOptions: [Option] { subcommands.reduce(options) { $0 + $1.allOptions } }
    }

    /// The commands that do not talk to devices. Settings for all commands do not apply to these.
    private static let standaloneCommands: Set = ["simulate"]

    /// The options whose environment variables hold several values, separated by commas.
    private static let listKeys: Set = ["port"]

    let root: RootType
    let commands: [Command]

    /// The words that the text of an environment variable stands for.
    func words(of option: Option, in text: String) -> [String] {
        option.isRepeating && Self.listKeys.contains(option.key)
            ? text.split(separator: ",").compactMap(Self.withoutBlanks) : [text]
    }

    private static func withoutBlanks(_ text: Substring) -> String? {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return String(text[first...last])
    }

    /// Whether only the settings for this very command apply to it.
    func isStandalone(_ command: String) -> Bool { Self.standaloneCommands.contains(command) }

    /// The options that can be configured for all commands at once.
    let generalOptions: [Option]

    init(commands: [Command], of root: RootType) {
        self.root = root
        self.commands = commands
        var options: [Option] = []
        for command in commands where !Self.standaloneCommands.contains(command.name) {
            for option in command.allOptions where !options.contains(where: { $0.key == option.key }) {
                options.append(option)
            }
        }
        generalOptions = options
    }

    /// The commands of a program.
    init(of root: RootType) throws(Failure) {
        self.init(commands: try Self.command(root).subcommands, of: root)
    }

    /// A command as the parser describes it.
    static func command(_ type: any ParsableCommand.Type) throws(Failure) -> Command {
        do {
            let description = Data(type._dumpHelp().utf8)
            return Command(try JSONDecoder().decode(ToolDescription.self, from: description).command)
        } catch {
            throw .unknownOptions(error)
        }
    }
}

extension OptionCatalog.Command {
    fileprivate init(_ description: ToolDescription.Command) {
        name = description.commandName
        aliases = description.aliases ?? []
        let arguments = description.arguments ?? []
        options = arguments.compactMap(OptionCatalog.Option.init)
        positionalCount = arguments.count { $0.kind == "positional" && !$0.isOptional }
        subcommands = (description.subcommands ?? []).filter { $0.commandName != "help" }.map(Self.init)
    }
}

extension OptionCatalog.Option {
    /// `nil` if this is no option, or one that takes any number of words, which `--key=word` cannot express.
    fileprivate init?(_ description: ToolDescription.Argument) {
        guard description.kind != "positional", description.parsingStrategy ?? "default" == "default",
            let key = description.names?.first(where: { $0.kind == "long" })?.name,
            !["help", "version"].contains(key)
        else { return nil }
        self.key = key
        names = (description.names ?? []).map { $0.kind == "long" ? "--\($0.name)" : "-\($0.name)" }
        isFlag = description.kind == "flag"
        isValueOptional = description.valueName?.hasPrefix("=") ?? false
        isRepeating = description.isRepeating
        defaultText = description.defaultValue ?? Self.defaultText(in: description.abstract ?? "")
        if description.completionKind?.file != nil {
            fileForm = .path
        } else if description.valueName?.contains("=file") == true {
            fileForm = .pathAfterEqualsSign
        }
    }

    /// Reads `(default: TEXT)` at the end of a help text.
    private static func defaultText(in abstract: String) -> String? {
        let mark = "(default: "
        guard abstract.hasSuffix(")"), let start = abstract.firstRange(of: mark)?.upperBound else {
            return nil
        }
        return String(abstract[start...].dropLast())
    }
}

/// The fields that we use of the output of `--experimental-dump-help` (ArgumentParserToolInfo, version 0).
private struct ToolDescription: Decodable {
    let command: Command

    struct Command: Decodable {
        let commandName: String
        let aliases: [String]?
        let arguments: [Argument]?
        let subcommands: [Command]?
    }

    struct Argument: Decodable {
        let kind: String
        let isOptional: Bool
        let isRepeating: Bool
        let parsingStrategy: String?
        let names: [Name]?
        let abstract: String?
        let defaultValue: String?
        let valueName: String?
        let completionKind: CompletionKind?
    }

    struct CompletionKind: Decodable {
        struct File: Decodable {}

        let file: File?
    }

    struct Name: Decodable {
        let kind: String
        let name: String
    }
}

internal import ArgumentParser
internal import FoundationEssentials

/// The commands and their options, as the argument parser itself describes them: an option that is added to a command can be
/// configured without another line of code.
struct OptionCatalog: Sendable {
    struct Option: Equatable, Sendable {
        /// The long name without dashes, which is the key in a configuration file.
        let key: String
        /// How it can stand on the command line, with dashes.
        let names: [String]
        let isFlag: Bool
        /// Whether its value may be left out, as of `--wait`.
        var isValueOptional = false
        /// Whether it can be given more than once.
        let isRepeating: Bool
        /// What holds without it, in the words of the help.
        let defaultText: String?
        var fileForm = FileForm.none

        /// How its value names a file on this side.
        enum FileForm: Sendable {
            case none
            case path
            /// As in `3=flash.bin`.
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

        /// Its own options and those of the commands in it.
        var allOptions: [Option] { subcommands.reduce(options) { $0 + $1.allOptions } }
    }

    /// Stands in for a device: what is configured for talking to devices does not apply to it.
    private static let standaloneCommands: Set = ["simulate"]

    /// Their variables hold several values with commas between them.
    private static let listKeys: Set = ["port"]

    let root: RootType
    let commands: [Command]

    /// The words that a variable's text stands for.
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

    /// Whether a command takes only what is configured for it by name.
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
    /// Options that take any number of words cannot be given as one word, and are left out.
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

/// The part that is used here of what `--experimental-dump-help` prints (ArgumentParserToolInfo, version 0).
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

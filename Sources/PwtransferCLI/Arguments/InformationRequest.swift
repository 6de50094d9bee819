internal import ArgumentParser

/// Command lines that ask about the program instead of asking it to do something.
///
/// Only these exact forms do. The parser finds a request for help in other lines as well, such as in `-channel`, which has
/// the letter of `-h`; a script must not take that for success.
enum InformationRequest {
    static let help: Set = ["-h", "--help", "--help-all"]
    static let completeHelp = "--help-all"
    static let version = "--version"
    static let helpCommand = "help"
    static let completionScript = "--generate-completion-script"

    static func isExact(_ arguments: [String], of root: RootType) -> Bool {
        guard let first = arguments.first, let last = arguments.last else { return false }
        let rest = arguments.dropFirst()
        switch first {
        // The shells' completion scripts ask so, with the whole line behind it.
        case let word where word.hasPrefix("---completion"): return true
        case helpCommand: return isCommand(rest, of: root)
        case version, "--experimental-dump-help": return rest.isEmpty
        case completionScript: return rest.count == 1
        default: return help.contains(last) && isCommand(arguments.dropLast(), of: root)
        }
    }

    /// The help that a command line asks for; `nil` if it asks for anything else.
    static func helpText(_ arguments: [String], of root: RootType) -> String? {
        guard isExact(arguments, of: root), let first = arguments.first, let last = arguments.last else {
            return nil
        }
        if first == helpCommand { return HelpText.text(of: root.path(arguments.dropFirst()), in: root) }
        guard help.contains(last) else { return nil }
        return HelpText.text(of: root.path(arguments), in: root, isComplete: last == completeHelp)
    }

    /// Whether these words are a command, all of them; no words are the program itself.
    private static func isCommand(_ words: some Collection<String>, of root: RootType) -> Bool {
        root.path(words).count == words.count
    }
}

/// The command that all others are in. It is handed down from the top: none of the others knows it.
typealias RootType = any (ParsableCommand & SendableMetatype).Type

extension ParsableCommand {
    /// The commands in this one that the first words name, the outermost first.
    static func path(_ words: some Collection<String>) -> [any ParsableCommand.Type] {
        guard let name = words.first,
            let command = configuration.subcommands.first(where: { $0.configuration.commandName == name })
        else { return [] }
        return [command] + command.path(words.dropFirst())
    }

    /// The names of the commands in this one.
    static var subcommandNames: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName }
    }
}

internal import ArgumentParser

/// Command lines that ask about the program instead of asking it to do something.
///
/// Only these exact forms count. The parser also finds a request for help in other lines, such as in `-channel`,
/// which contains the letter of `-h`. A script would take the help and its exit code 0 for success.
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
        // The completion scripts of the shells start the program like this, followed by the whole line.
        case let word where word.hasPrefix("---completion"): return true
        case helpCommand: return isCommand(rest, of: root)
        case version, "--experimental-dump-help": return rest.isEmpty
        case completionScript: return rest.count == 1
        default: return help.contains(last) && isCommand(arguments.dropLast(), of: root)
        }
    }

    /// The help that a command line asks for; `nil` if the line asks for something else.
    static func helpText(_ arguments: [String], of root: RootType) -> String? {
        guard isExact(arguments, of: root), let first = arguments.first, let last = arguments.last else {
            return nil
        }
        if first == helpCommand { return HelpText.text(of: root.path(arguments.dropFirst()), in: root) }
        guard help.contains(last) else { return nil }
        return HelpText.text(of: root.path(arguments), in: root, isComplete: last == completeHelp)
    }

    /// Whether all of these words together name a command. No words name the program itself.
    private static func isCommand(_ words: some Collection<String>, of root: RootType) -> Bool {
        root.path(words).count == words.count
    }
}

/// The type of the command that contains all others. `run` hands it down, so that no other command knows it.
typealias RootType = any (ParsableCommand & SendableMetatype).Type

extension ParsableCommand {
    /// The commands within this one that the first words name, the outermost first.
    static func path(_ words: some Collection<String>) -> [any ParsableCommand.Type] {
        guard let name = words.first,
            let command = configuration.subcommands.first(where: { $0.configuration.commandName == name })
        else { return [] }
        return [command] + command.path(words.dropFirst())
    }

    static var subcommandNames: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName }
    }
}

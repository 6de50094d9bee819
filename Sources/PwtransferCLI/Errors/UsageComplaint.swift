internal import ArgumentParser
internal import CLibrary
internal import SerialPort

/// Explains a usage error by the parser's text and by the names of commands and options.
struct UsageComplaint {
    /// What is wrong, as a sentence without a full stop.
    private(set) var message: String
    private(set) var cause: String?
    /// The command that shows the help.
    let hint: String

    /// Explains a usage error.
    init(_ error: any Error, _ arguments: [String], of root: RootType) {
        let usage = UsageText(root.message(for: error), arguments: arguments)
        let path = root.path(arguments)
        message = usage.message
        cause = usage.cause
        hint = Self.helpHint(path)
        if let unknown = Self.unknownCommand(arguments, of: root) {
            (message, cause) = unknown
        } else if let word = Self.oneDashWord(in: arguments), usage.isUnknownLetter {
            blame(word, path)
        } else if path.first?.usageString().contains("<resource> <file>") == true,
            message.hasSuffix("'<resource>'"),
            let file = arguments.first(where: { message.contains("'\($0)'") }), access(file, F_OK) == 0
        {
            cause = "\(DeviceText.visible(file)) is a file; the resource comes before it"
        } else if cause == nil, let suspected = OptionalValue.suspected(in: arguments) {
            cause = "a value of \(suspected.option) stands behind an equals sign: \(suspected.joined)"
        }
    }

    /// Explains a line that the parser takes for a request for help or for the version, although it asks for more.
    init(withoutWork arguments: [String], of root: RootType) {
        let isAboutHelp = arguments.first == InformationRequest.helpCommand
        let words = isAboutHelp ? Array(arguments.dropFirst()) : arguments
        let path = root.path(words)
        hint = Self.helpHint(path)
        message = "the command line asks for help and for something else"
        let options = words.prefix { $0 != "--" }
        let asking = options.first {
            InformationRequest.help.contains($0) || $0 == InformationRequest.version
        }
        if let unknown = Self.unknownCommand(words, of: root) {
            (message, cause) = unknown
        } else if let asking {
            message = "\(asking) is not alone on the command line"
            cause = "nothing else is done along with it"
        } else if let word = Self.oneDashWord(in: words) {
            blame(word, path)
        } else if isAboutHelp, path.count < words.count {
            message = "\(words[path.count]) is no command"
        } else if path.count == words.count {
            message = (words + ["a command is missing"]).joined(separator: ": ")
            cause = "it is one of \((path.last ?? root).subcommandNames.joined(separator: ", "))"
        }
    }

    /// The first longer word with one dash in front: an option that lacks a dash, or the name of a file.
    private static func oneDashWord(in arguments: [String]) -> String? {
        arguments.prefix { $0 != "--" }.first { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.count > 2 }
    }

    private mutating func blame(_ word: String, _ path: [any ParsableCommand.Type]) {
        message = "there is no option \(word)"
        let option = "-" + word.prefix { $0 != "=" }
        let help = path.last?.helpMessage() ?? ""
        let isMeant = help.split { $0.isWhitespace || $0 == "," }.contains { $0 == option }
        cause = isMeant ? "did you mean \(option)?" : "a name that begins with a dash is written ./\(word)"
    }

    private static func helpHint(_ path: [any ParsableCommand.Type]) -> String {
        ([Program.name] + path.prefix(1).compactMap { $0.configuration.commandName } + ["--help"])
            .joined(separator: " ")
    }

    /// Explains the first word that should name a command, and does not.
    private static func unknownCommand(
        _ arguments: [String], of root: RootType
    ) -> (message: String, suggestion: String?)? {
        let words = arguments.prefix { !$0.hasPrefix("-") }
        let path = root.path(words)
        let parent = path.last ?? root
        guard words.count > path.count, words.first != InformationRequest.helpCommand,
            !parent.configuration.subcommands.isEmpty
        else { return nil }
        let name = words[path.count]
        return (
            "there is no command \(words.prefix(path.count + 1).joined(separator: " "))",
            NearestName.find(name, in: parent.subcommandNames).map { "did you mean \($0)?" }
        )
    }
}

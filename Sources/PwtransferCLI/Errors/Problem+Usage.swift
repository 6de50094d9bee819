internal import ArgumentParser
internal import CLibrary
internal import SerialPort

extension Problem {
    /// A usage error.
    init(usage error: any Error, arguments: [String]) {
        let usage = UsageText(RootCommand.message(for: error), arguments: arguments)
        self.init(
            status: .usage, message: usage.message, cause: usage.cause,
            hint: Self.helpHint(RootCommand.path(arguments)))
        if let unknown = Self.unknownCommand(arguments) {
            message = unknown.message
            cause = unknown.suggestion
        } else if let word = OneDashWord.first(in: arguments), usage.isUnknownLetter {
            blame(word)
        } else if RootCommand.path(arguments).first == WriteCommand.self, message.hasSuffix("'<resource>'"),
            let file = arguments.first(where: { message.contains("'\($0)'") }), access(file, F_OK) == 0
        {
            cause = "\(DeviceText.visible(file)) is a file; the resource comes before it"
        } else if cause == nil, let suspected = OptionalValue.suspected(in: arguments) {
            cause = "a value of \(suspected.option) stands behind an equals sign: \(suspected.joined)"
        }
    }

    /// A value that stands where the parser would take it for something else.
    init(_ misplaced: OptionalValue.Misplaced) {
        self.init(
            status: .usage,
            message: "\(misplaced.option) \(DeviceText.visible(misplaced.word)) can be read in two ways",
            cause: "a value of \(misplaced.option) stands behind an equals sign, since it may be left out",
            hint:
                "\(misplaced.joined); or, without a value for \(misplaced.option), put it behind the other words"
        )
    }

    /// A command line that the parser takes for a request for help or the like, though it is none.
    static func withoutWork(_ arguments: [String]) -> Problem {
        let isAboutHelp = arguments.first == InformationRequest.helpCommand
        let words = isAboutHelp ? Array(arguments.dropFirst()) : arguments
        let path = RootCommand.path(words)
        var problem = Problem(status: .usage, message: "", hint: helpHint(path))
        let options = words.prefix { $0 != "--" }
        let asking = options.first {
            InformationRequest.help.contains($0) || $0 == InformationRequest.version
        }
        if let unknown = unknownCommand(words) {
            problem.message = unknown.message
            problem.cause = unknown.suggestion
        } else if let asking {
            problem.message = "\(asking) is not alone on the command line"
            problem.cause = "nothing else is done along with it"
        } else if let word = OneDashWord.first(in: words) {
            problem.blame(word)
        } else if isAboutHelp, path.count < words.count {
            problem.message = "\(words[path.count]) is no command"
        } else if path.count == words.count {
            let parent = path.last ?? RootCommand.self
            problem.message = (words + ["a command is missing"]).joined(separator: ": ")
            problem.cause = "it is one of \(parent.subcommandNames.joined(separator: ", "))"
        } else {
            problem.message = "the command line asks for help and for something else"
        }
        return problem
    }

    private mutating func blame(_ word: OneDashWord) {
        message = "there is no option \(word.text)"
        cause = word.suggestion ?? "a name that begins with a dash is written ./\(word.text)"
    }

    private static func helpHint(_ path: [any ParsableCommand.Type]) -> String {
        ([Program.name] + path.prefix(1).compactMap { $0.configuration.commandName } + ["--help"])
            .joined(separator: " ")
    }

    /// The words up to one that should be the name of a command and is none.
    private static func unknownCommand(_ arguments: [String]) -> (message: String, suggestion: String?)? {
        let words = arguments.prefix { !$0.hasPrefix("-") }
        let path = RootCommand.path(words)
        let parent = path.last ?? RootCommand.self
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

/// A word with one dash in front that is more than a letter: an option with a dash too few, or the name of a file.
private struct OneDashWord {
    let text: String
    private let command: [any ParsableCommand.Type]

    /// The first one on a command line.
    static func first(in arguments: [String]) -> OneDashWord? {
        let word = arguments.prefix { $0 != "--" }.first {
            $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.count > 2
        }
        return word.map { OneDashWord(text: $0, command: RootCommand.path(arguments)) }
    }

    /// The option that was probably meant.
    var suggestion: String? {
        let name = "-" + text.prefix { $0 != "=" }
        let help = command.last?.helpMessage() ?? ""
        return help.split { $0.isWhitespace || $0 == "," }.contains { $0 == name }
            ? "did you mean \(name)?" : nil
    }
}

internal import ArgumentParser

extension Problem {
    /// A command line that makes no sense.
    init(usage error: any Error, arguments: [String]) {
        let usage = UsageText(RootCommand.message(for: error), arguments: arguments)
        let words = arguments.prefix { !$0.hasPrefix("-") }
        guard let command = Self.command(words.first, in: RootCommand.self) else {
            let isCommand = !words.isEmpty
            self.init(
                status: .usage, message: isCommand ? "there is no command \(words[0])" : usage.message,
                cause: isCommand ? Self.suggestion(words[0], in: RootCommand.self) : usage.cause,
                hint: "\(Program.name) --help")
            return
        }
        var message = usage.message
        var cause = usage.cause
        if !command.configuration.subcommands.isEmpty, words.count > 1,
            Self.command(words[1], in: command) == nil
        {
            message = "there is no command \(words[0]) \(words[1])"
            cause = Self.suggestion(words[1], in: command)
        }
        self.init(
            status: .usage, message: message, cause: cause, hint: "\(Program.name) \(words[0]) --help")
    }

    private static func command(
        _ name: String?, in parent: any ParsableCommand.Type
    ) -> (any ParsableCommand.Type)? {
        parent.configuration.subcommands.first { $0.configuration.commandName == name }
    }

    private static func suggestion(_ name: String, in parent: any ParsableCommand.Type) -> String? {
        let names = parent.configuration.subcommands.compactMap { $0.configuration.commandName }
        return NearestName.find(name, in: names).map { "did you mean \($0)?" }
    }
}

internal import ArgumentParser

extension Problem {
    /// A command line that makes no sense.
    init(usage error: any Error, arguments: [String]) {
        let message = RootCommand.message(for: error)
        let lines = message.split(separator: "\n", maxSplits: 1)
        let commands = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        let first = arguments.first { !$0.hasPrefix("-") } ?? ""
        let isKnown = commands.contains(first)
        var text = lines.first.map { Self.withoutFullStop($0) } ?? "the command line makes no sense"
        if !isKnown, !first.isEmpty, arguments.first == first { text = "there is no command \(first)" }
        self.init(
            status: .usage, message: text,
            cause: isKnown ? nil : NearestName.find(first, in: commands).map { "did you mean \($0)?" },
            hint: isKnown ? "\(Program.name) \(first) --help" : "\(Program.name) --help")
    }

    private static func withoutFullStop(_ line: Substring) -> String {
        line.hasSuffix(".") ? String(line.dropLast()) : String(line)
    }
}

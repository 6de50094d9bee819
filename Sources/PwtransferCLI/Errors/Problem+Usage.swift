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
            cause: isKnown ? nil : Self.similar(to: first, in: commands).map { "did you mean \($0)?" },
            hint: isKnown ? "\(Program.name) \(first) --help" : "\(Program.name) --help")
    }

    private static func withoutFullStop(_ line: Substring) -> String {
        line.hasSuffix(".") ? String(line.dropLast()) : String(line)
    }

    /// The name that is spelled most like a word, if one is spelled so at all.
    private static func similar(to word: String, in names: [String]) -> String? {
        let candidates = names.map { ($0, distance(word, $0)) }.filter { $0.1 <= 2 && $0.1 < word.count }
        return candidates.min { $0.1 < $1.1 }?.0
    }

    /// How many characters must be put in, left out, or replaced to make one word of the other.
    private static func distance(_ left: String, _ right: String) -> Int {
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}

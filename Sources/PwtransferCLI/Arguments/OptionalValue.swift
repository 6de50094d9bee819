/// Options whose value may be left out, as in `--wait` and `--wait=TIME`. The parser has no such options.
///
/// In the declaration of such an option, the name of the value begins with an equals sign.
enum OptionalValue {
    /// The value that each option has if the user leaves it out.
    private static let values = [
        "--wait": WaitLimit.unlimited, "--reconnect": WaitLimit.unlimited,
        "--trace": TraceTarget.standardError, "--device-output": LogSource.line.rawValue,
    ]

    /// The value that an option, here without its dashes, has if the user leaves the value out.
    static func alone(_ key: String) -> String? { values["--\(key)"] }

    /// The arguments with the values that were left out: `--wait` becomes `--wait=forever`, and so on.
    static func completing(_ arguments: some Collection<String>) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let options = arguments[..<end].map { word in values[word].map { "\(word)=\($0)" } ?? word }
        return options + arguments[end...]
    }

    /// An option and its value as a user types them.
    static func joined(_ option: String, _ value: String) -> String {
        option + (values[option] == nil ? " " : "=") + value
    }

    /// Turns `--wait <=time>` in a text of the parser into `--wait[=<time>]`, which is how a user types the option.
    static func asTyped(_ text: String) -> String {
        // A space makes up for the additional bracket, so that the columns stay aligned.
        text.replacing(/\ <=([a-z|]+)>( (?= ))?/) { "[=<\($0.1)>]" }
    }

    /// An option and the next word, where the user probably meant the word as the value of the option.
    struct Misplaced {
        let option: String
        let word: String

        /// The option and its value as the user should type them.
        var joined: String { "\(option)=\(ShellWord.quoted(word))" }
    }

    /// The first option whose next word is probably its value, not an argument of the command.
    static func misplaced(in arguments: some Collection<String>) -> Misplaced? {
        pairs(arguments).first { pair in
            switch pair.option {
            case "--trace": pair.word.contains(".") && !pair.word.hasPrefix("/")
            case "--device-output": LogSource(rawValue: pair.word) != nil
            default: WaitLimit(argument: pair.word) != nil
            }
        }
    }

    /// The first option that any word follows. Only for command lines that are usage errors anyway.
    static func suspected(in arguments: some Collection<String>) -> Misplaced? { pairs(arguments).first }

    private static func pairs(_ arguments: some Collection<String>) -> [Misplaced] {
        let words = arguments.prefix { $0 != "--" }
        return zip(words, words.dropFirst()).compactMap { first, second in
            guard !second.hasPrefix("-"),
                let option = values.first(where: { first == $0.key || first == "\($0.key)=\($0.value)" })?.key
            else { return nil }
            return Misplaced(option: option, word: second)
        }
    }
}

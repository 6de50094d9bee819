/// Options whose value may be left out, which the parser does not know: `--wait` and `--wait=TIME`.
///
/// Where they are declared, the name of their value begins with an equals sign.
enum OptionalValue {
    /// The value that each option has when it is given alone.
    private static let values = [
        "--wait": WaitLimit.unlimited, "--reconnect": WaitLimit.unlimited,
        "--trace": TraceTarget.standardError, "--device-output": LogSource.line.rawValue,
    ]

    /// The value that an option without dashes stands for if it is given alone.
    static func alone(_ key: String) -> String? { values["--\(key)"] }

    /// The arguments with `--wait` alone as `--wait=forever`, and so on.
    static func completing(_ arguments: some Collection<String>) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let options = arguments[..<end].map { word in values[word].map { "\(word)=\($0)" } ?? word }
        return options + arguments[end...]
    }

    /// A text of the parser with `--wait[=<time>]`, as it is typed, in place of `--wait <=time>`.
    static func asTyped(_ text: String) -> String {
        // A space makes up for the additional bracket, so that columns stay.
        text.replacing(/\ <=([a-z|]+)>( (?= ))?/) { "[=<\($0.1)>]" }
    }

    /// What was probably meant where a value stands behind its option as a word of its own.
    struct Misplaced {
        let option: String
        let word: String

        /// As it should be typed.
        var joined: String { "\(option)=\(ShellWord.quoted(word))" }
    }

    /// The first option that has a word behind it which is its value rather than an argument of the command.
    static func misplaced(in arguments: some Collection<String>) -> Misplaced? {
        pairs(arguments).first { pair in
            switch pair.option {
            case "--trace": pair.word.contains(".") && !pair.word.hasPrefix("/")
            case "--device-output": LogSource(rawValue: pair.word) != nil
            default: WaitLimit(argument: pair.word) != nil
            }
        }
    }

    /// The first option that has any word behind it, for a command line that is a usage error otherwise.
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

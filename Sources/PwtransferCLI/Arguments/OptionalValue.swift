/// Options whose value may be left out, which the parser does not know: `--wait` and `--wait=TIME`.
enum OptionalValue {
    /// What an option stands for that is given alone.
    private static let values = [
        "--wait": WaitLimit.unlimited, "--reconnect": WaitLimit.unlimited,
        "--trace": TraceTarget.standardError,
    ]

    /// The arguments with `--wait` alone as `--wait=forever`, and so on.
    static func completing(_ arguments: some Collection<String>) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let options = arguments[..<end].map { word in values[word].map { "\(word)=\($0)" } ?? word }
        return options + arguments[end...]
    }
}

/// How a fault is written: `NAME[=VALUE][,KEY=VALUE][,FLAG]...`
struct FaultForm<Content>: Sendable {
    typealias Reader = @Sendable (inout FaultArguments) throws(FaultTextError) -> Content

    let name: String
    /// What stands behind the name.
    let arguments: String
    /// What the fault does, in a few words.
    let summary: String
    private let read: Reader

    init(_ name: String, _ arguments: String, _ summary: String, _ read: @escaping Reader) {
        self.name = name
        self.arguments = arguments
        self.summary = summary
        self.read = read
    }

    /// The fault of these arguments; `nil` if there is nothing behind the name.
    func parse(_ text: Substring?) throws(FaultTextError) -> Content {
        var arguments = try FaultArguments(name: name, text: text, form: self.arguments)
        let content = try read(&arguments)
        try arguments.finish(takesValue: !self.arguments.isEmpty)
        return content
    }
}

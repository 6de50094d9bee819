internal import ArgumentParser
internal import FoundationEssentials
internal import Machine
internal import SerialPort

/// What a shell offers for an unfinished word. The program looks it up while the user types.
extension CompletionKind {
    /// Words that are known before the program runs, but may contain colons, which the parser's own lists do not quote.
    static func words(_ words: @escaping @Sendable () -> [CompletionWord]) -> CompletionKind {
        .custom { _, _, _ in words().compactMap { $0.text(for: .requesting) } }
    }

    /// The serial ports that are plugged in, by node and by selector, and the terminals in the folder of an unfinished
    /// path.
    static let livePorts = CompletionKind.custom { _, _, prefix in
        (LiveCompletion.ports() + LiveCompletion.terminals(inFolderOf: prefix)).compactMap(\.text)
    }

    /// The resources that the configuration names, including those of a board that the same line names.
    static let resourceNames = CompletionKind.custom { words, _, _ in
        (LiveCompletion.configuration(of: words)?.resources ?? []).compactMap {
            LiveCompletion($0.name, "resource \($0.number)").text
        }
    }

    /// The boards that have a profile in the configuration.
    static let boardNames = CompletionKind.custom { words, _, _ in
        // The line may end in half the name of a board; no such board exists.
        let words = words.prefix { $0 != "--\(Configuration.boardKey)" }
        return (LiveCompletion.configuration(of: words)?.boardNames ?? []).compactMap {
            LiveCompletion($0, "board").text
        }
    }
}

/// A word that the user can type, and its meaning.
///
/// A word whose lookup fails is left out: a message would disturb the line that the user is typing.
private struct LiveCompletion {
    let word: String
    let meaning: String

    init(_ word: String, _ meaning: String) {
        self.word = word
        self.meaning = meaning
    }

    /// The word in the form that the shell's script reads; `nil` for a word that has no such form.
    var text: String? { CompletionWord(word, meaning).text(for: .requesting) }

    static func ports() -> [LiveCompletion] {
        guard let ports = try? SerialPorts.all() else { return [] }
        return ports.flatMap { port in
            let selector = port.selector(among: ports)
            let words = selector.kind == .node(port.path) ? [port.path] : [port.path, selector.description]
            return words.map { LiveCompletion($0, PortText.title(of: port)) }
        }
    }

    /// The terminals, and links to terminals, in the folder of an unfinished path. `ports` offers those in `/dev`.
    static func terminals(inFolderOf prefix: String) -> [LiveCompletion] {
        guard let slash = prefix.lastIndex(of: "/") else { return [] }
        let folder = String(prefix[...slash])
        guard folder != "/dev/", let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { return [] }
        return names.sorted().map { folder + $0 }.filter { fileStatus(at: $0)?.isCharacterDevice ?? false }
            .map {
                LiveCompletion($0, "terminal")
            }
    }

    /// The configuration that a command line would use.
    static func configuration(of words: some Collection<String>) -> Configuration? {
        try? Configuration.load(
            for: Array(words.dropFirst()), environment: ProcessInfo.processInfo.environment,
            of: Configuration.current.catalog.root)
    }
}

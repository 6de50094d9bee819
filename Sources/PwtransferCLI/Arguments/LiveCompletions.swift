internal import ArgumentParser
internal import FoundationEssentials
internal import Machine
internal import SerialPort

/// What a shell offers for a word that is being typed, looked up at that moment.
extension CompletionKind {
    /// Words that are known before the program runs, but may contain colons, which the parser's own lists do not quote.
    static func words(_ words: @escaping @Sendable () -> [CompletionWord]) -> CompletionKind {
        .custom { _, _, _ in words().compactMap { $0.text(for: .requesting) } }
    }

    /// The serial ports that are plugged in, by node and by selector; in a folder that is being typed, its terminals.
    static let livePorts = CompletionKind.custom { _, _, prefix in
        (LiveCompletion.ports() + LiveCompletion.terminals(inFolderOf: prefix)).compactMap(\.text)
    }

    /// The resources that the configuration names, including those of a board that is named on the same line.
    static let resourceNames = CompletionKind.custom { words, _, _ in
        (LiveCompletion.configuration(of: words)?.resources ?? []).compactMap {
            LiveCompletion($0.name, "resource \($0.number)").text
        }
    }

    /// The boards that the configuration has a profile of.
    static let boardNames = CompletionKind.custom { words, _, _ in
        // The line may end in half a name, of which there is no board.
        let words = words.prefix { $0 != "--\(Configuration.boardKey)" }
        return (LiveCompletion.configuration(of: words)?.boardNames ?? []).compactMap {
            LiveCompletion($0, "board").text
        }
    }
}

/// A word that can stand on the command line, and what it means.
///
/// A word whose lookup fails is left out: messages would disturb the line that is being typed.
private struct LiveCompletion {
    let word: String
    let meaning: String

    init(_ word: String, _ meaning: String) {
        self.word = word
        self.meaning = meaning
    }

    /// The word as the script of the shell takes it; `nil` if it cannot be given to it.
    var text: String? { CompletionWord(word, meaning).text(for: .requesting) }

    static func ports() -> [LiveCompletion] {
        guard let ports = try? SerialPorts.all() else { return [] }
        return ports.flatMap { port in
            let selector = port.selector(among: ports)
            let words = selector == .node(port.path) ? [port.path] : [port.path, selector.description]
            return words.map { LiveCompletion($0, PortText.title(of: port)) }
        }
    }

    /// The terminals, and links to some, in the folder of a path that is being typed. Those in `/dev` are `ports`.
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

    /// What would be the configuration of a line.
    static func configuration(of words: some Collection<String>) -> Configuration? {
        try? Configuration.load(
            for: Array(words.dropFirst()), environment: ProcessInfo.processInfo.environment,
            of: Configuration.current.catalog.root)
    }
}

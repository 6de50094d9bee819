internal import ArgumentParser
internal import FoundationEssentials
internal import Machine
internal import SerialPort

/// What a shell offers for an unfinished word. The program looks it up while the user types.
///
/// A word whose lookup fails is left out: a message would disturb the line that the user is typing.
extension CompletionKind {
    /// Words that are known before the program runs, but may contain colons, which the parser's own lists do not quote.
    static func words(_ words: @escaping @Sendable () -> [CompletionWord]) -> CompletionKind {
        live { _, _ in words() }
    }

    /// The serial ports that are plugged in, by node and by selector, and the terminals in the folder of an unfinished
    /// path.
    static let livePorts = live { _, prefix in ports() + terminals(inFolderOf: prefix) }

    /// The resources that the configuration names, including those of a board that the same line names.
    static let resourceNames = live { line, _ in
        (configuration(of: line)?.resources ?? []).map { CompletionWord($0.name, "resource \($0.number)") }
    }

    /// The boards that have a profile in the configuration.
    static let boardNames = live { line, _ in
        // The line may end in half the name of a board; no such board exists.
        let line = line.prefix { $0 != "--\(Configuration.boardKey)" }
        return (configuration(of: line)?.boardNames ?? []).map { CompletionWord($0, "board") }
    }

    /// - Parameter words: returns the words to offer, given the command line and its unfinished word.
    private static func live(
        _ words: @escaping @Sendable (_ line: [String], _ prefix: String) -> [CompletionWord]
    ) -> CompletionKind {
        .custom { line, _, prefix in words(line, prefix).compactMap { $0.text(for: .requesting) } }
    }

    private static func ports() -> [CompletionWord] {
        guard let ports = try? SerialPorts.all() else { return [] }
        return ports.flatMap { port in
            let selector = port.selector(among: ports)
            let words = selector.kind == .node(port.path) ? [port.path] : [port.path, selector.description]
            return words.map { CompletionWord($0, PortText.title(of: port)) }
        }
    }

    /// The terminals, and links to terminals, in the folder of an unfinished path. `ports` offers those in `/dev`.
    private static func terminals(inFolderOf prefix: String) -> [CompletionWord] {
        guard let slash = prefix.lastIndex(of: "/") else { return [] }
        let folder = String(prefix[...slash])
        guard folder != "/dev/", let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { return [] }
        return names.sorted().map { folder + $0 }.filter { fileStatus(at: $0)?.isCharacterDevice ?? false }
            .map { CompletionWord($0, "terminal") }
    }

    /// The configuration that a command line would use.
    private static func configuration(of line: some Collection<String>) -> Configuration? {
        try? Configuration.load(
            for: Array(line.dropFirst()), environment: ProcessInfo.processInfo.environment,
            of: Configuration.current.catalog.root)
    }
}

internal import Machine
internal import SerialPort
internal import SystemPackage

/// What a project file may not set. The author of a project is not the user, and must not decide which files of the
/// user are written or where data are sent.
enum ProjectRule {
    /// The options that a project may not set at all, by their keys, with the reasons.
    private static let refusedKeys = [
        "overwrite": "a project does not decide that your files are replaced",
        "remove-after": "a project does not decide that files of your devices are removed",
        "scenario": "a scenario names files and addresses, which a project does not choose freely",
    ]
    private static let portKey = "port"
    /// The address at which a simulated device listens. The option of `doctor` with this key is a time.
    private static let listenKey = "listen"

    /// Why a project file may not set this value; `nil` if it may.
    static func refusal(of value: Setting.Value, for option: OptionCatalog.Option) -> String? {
        if value != .flag(count: 0), let reason = refusedKeys[option.key] { return reason }
        guard case .words(let words) = value else { return nil }
        return words.lazy.compactMap { word -> String? in
            if option.key == portKey { return refusal(ofPort: word) }
            if option.key == listenKey { return refusal(ofListening: word) }
            return path(in: word, of: option).flatMap(refusal(ofPath:))
        }.first
    }

    private static func refusal(ofPort text: String) -> String? {
        guard case .network(let endpoint)? = (try? PortSelector(parsing: text))?.kind,
            !(endpoint.host.map(isThisMachine) ?? true)
        else { return nil }
        return "a project does not decide that data go to another machine"
    }

    private static func refusal(ofListening text: String) -> String? {
        guard let address = try? TCPAddress(parsing: text), !isThisMachine(address.host) else { return nil }
        return "a project does not decide that other machines reach files of this one"
    }

    private static func isThisMachine(_ host: String) -> Bool {
        let isNumeric = host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        return host == "localhost" || host == "::1" || host.hasPrefix("127.") && isNumeric
    }

    /// The path in the value of an option; `nil` if the value names no file.
    private static func path(in word: String, of option: OptionCatalog.Option) -> String? {
        switch option.fileForm {
        case .none: nil
        case .path: word == "-" ? nil : word
        case .pathAfterEqualsSign:
            word.firstIndex(of: "=").map { FileWithAccess(word[word.index(after: $0)...])?.path ?? word }
        }
    }

    /// Why a project file may not name this file; `nil` if it may. A name with a placeholder is looked at again when
    /// the placeholder is replaced.
    static func refusal(ofPath text: String) -> String? {
        let path = FilePath(text)
        let isInside = path.isRelative && path.components.allSatisfy { $0.kind != .parentDirectory }
        guard isInside else { return "a project names only files in the folder in which the command runs" }
        guard path.components.allSatisfy({ $0.kind == .currentDirectory || !$0.string.hasPrefix(".") }) else {
            return "a project names no hidden files, which other programs may act on"
        }
        var part = FilePath()
        for component in path.components {
            part.append(component)
            if linkStatus(at: part.string)?.isSymbolicLink ?? false {
                return "it leads through a symbolic link, \(part)"
            }
        }
        return nil
    }
}

/// Where a value came from.
enum Origin: Equatable {
    case builtIn
    /// An environment variable.
    case environment(variable: String)
    /// A line of a file; in the profile of a board, if one is named.
    case file(path: String, line: Int, board: String? = nil)
}

extension Origin: CustomStringConvertible {
    var description: String {
        switch self {
        case .builtIn: "built in"
        case .environment(let variable): variable
        case .file(let path, let line, nil): "\(path):\(line)"
        case .file(let path, let line, let board?): "\(path):\(line) (board \(board))"
        }
    }
}

/// An option that was given a value outside of the command line.
struct Setting: Equatable {
    enum Value: Equatable {
        /// What an option is given, once for each word.
        case words([String])
        /// How often a flag is given.
        case flag(count: Int)
    }

    /// The long name of the option, without dashes.
    let key: String
    /// The only command that it is meant for.
    var command: String?
    let value: Value
    let origin: Origin
    /// Why the file must not set it, if so.
    var refusal: String?

    /// The same as words on the command line.
    var arguments: [String] {
        switch value {
        case .words(let words): words.map { "--\(key)=\($0)" }
        case .flag(let count): Array(repeating: "--\(key)", count: count)
        }
    }
}

/// A resource that has a name.
struct NamedResource: Equatable {
    let name: String
    let number: UInt32
    let origin: Origin
}

/// The names that the user gives to resources and boards.
enum ConfiguredName {
    static let rule = "a name begins with a letter, and has only letters, digits, '-', '_' and '.'"

    /// Whether it cannot be confused with a number or a path, and needs no quotes in a shell.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first,
            ("a"..."z").contains(first) || ("A"..."Z").contains(first)
        else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
            default: false
            }
        }
    }
}

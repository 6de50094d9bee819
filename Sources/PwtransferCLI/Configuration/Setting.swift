/// Where a value came from.
enum Origin: Equatable {
    case builtIn
    case environment(variable: String)
    /// A line of a file, and the board if the line is in a profile.
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

/// A value of an option that comes from the environment or from a file.
struct Setting: Equatable {
    enum Value: Equatable {
        /// The words for an option, which is given once with each word.
        case words([String])
        /// How often a flag is given.
        case flag(count: Int)
    }

    /// The long name of the option, without dashes.
    let key: String
    /// The command that the value is for; `nil` for all commands.
    var command: String?
    let value: Value
    let origin: Origin
    /// Why the file must not set this value; `nil` if it may.
    var refusal: String?

    /// The setting as words of a command line.
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

    /// Whether a name needs no quotes in a shell, and cannot be confused with a number or a path.
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

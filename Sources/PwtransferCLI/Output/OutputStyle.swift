internal import ArgumentParser
internal import CLibrary

/// How prose shows progress.
enum ProgressStyle: Sendable {
    case none, plain, bar
}

/// The form in which a command reports what happens.
struct OutputStyle: Sendable {
    /// The name of the command, such as `read`.
    var command: String
    /// Whether events are JSON instead of prose.
    var isJSON = false
    /// Whether standard output carries data, so that JSON goes to standard error.
    var isDataOnOutput = false
    /// Whether nothing but the result is reported.
    var isQuiet = false
    /// How often `-v` was given.
    var verbosity = 0
    /// How prose shows progress. JSON shows progress unless this is `none`.
    var progress = ProgressStyle.none
    /// The colors for standard error.
    var palette = Palette(.auto)

    /// The command whose data may go to standard output.
    static let dataCommand = "read"

    /// Whether this value of `-o`, or a missing one, stands for standard output.
    static func isStandardOutput(_ path: String?) -> Bool {
        path.map { ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains($0) } ?? true
    }

    /// A style without progress.
    init(command: String, isJSON: Bool = false) {
        self.command = command
        self.isJSON = isJSON
    }

    /// The style that a command line asks for, guessed because the line cannot be parsed.
    init(guessedFrom arguments: [String], in configuration: Configuration) {
        let options = arguments.prefix { $0 != "--" }
        command = options.first { !$0.hasPrefix("-") } ?? ""
        isJSON = options.contains("--json") || configuration.asksFor("json", command: command)
        isDataOnOutput =
            command == Self.dataCommand
            && Self.isStandardOutput(CommandLineScan.value(of: "output", or: "o", in: arguments))
    }

    /// The style that the options of a command ask for.
    init(_ options: OutputOptions, command: String, isDataOnOutput: Bool = false) {
        self.command = command
        self.isDataOnOutput = isDataOnOutput
        isJSON = options.json
        isQuiet = options.quiet
        verbosity = options.verbose
        progress = Self.progress(options)
        palette = Palette(options.color ?? .auto)
    }

    private static func progress(_ options: OutputOptions) -> ProgressStyle {
        guard !options.quiet else { return .none }
        switch options.progress {
        case .none?: return .none
        case .plain: return .plain
        // A terminal that understands no control sequences shows no bar, even if the user asks for one.
        case .bar: return Console.isDumb ? .plain : .bar
        case .auto, nil: return Console.isErrorTerminal && !Console.isDumb ? .bar : .plain
        }
    }
}

extension Configuration {
    /// Whether the configuration sets a flag. A setting that is not accepted is reported elsewhere.
    fileprivate func asksFor(_ flag: String, command: String) -> Bool {
        do throws(Failure) {
            guard let setting = try setting(flag, command: command) else { return false }
            return !setting.arguments.isEmpty
        } catch {
            return false
        }
    }
}

extension Palette {
    /// - Parameter isTerminal: whether the texts go to a terminal; those of most commands go to standard error.
    init(_ choice: OutputOptions.ColorChoice, isTerminal: Bool = Console.isErrorTerminal) {
        switch choice {
        case .always: isColored = true
        case .never: isColored = false
        case .auto:
            // By no-color.org, NO_COLOR takes effect if it is set and not empty, whatever its value.
            let isRefused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
            isColored = isTerminal && !Console.isDumb && !isRefused
        }
    }
}

/// A command that reports what it does, in the form that the user asked for.
protocol TellingCommand: ParsableCommand {
    var outputStyle: OutputStyle { get }

    /// Does the work of the command. The program calls this method, not the parser's own `run()`.
    func run(telling output: Output) throws(Failure)
}

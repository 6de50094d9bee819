internal import ArgumentParser

/// What a command prints while it runs.
struct OutputOptions: ParsableArguments {
    enum Progress: String, ExpressibleByArgument, CaseIterable {
        case auto, bar, plain, none
    }

    enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print settings and decisions; twice, each repeat and loss.")
    var verbose: Int

    @Option(
        help: ArgumentHelp(
            """
            How to show progress: a bar needs a terminal, plain is a line for each tenth or 5 seconds. \
            (default: auto)
            """, visibility: .rare))
    var progress: Progress?

    @Option(
        help: ArgumentHelp("Whether to use colors; auto heeds NO_COLOR. (default: auto)", visibility: .rare))
    var color: ColorChoice?

    @Flag(
        help: """
            Print JSON, one object a line, on standard output; on standard error if standard output carries data.
            """)
    var json = false

    @OptionGroup var logOptions: LogOptions
    @OptionGroup var captureOptions: CaptureOptions

    func validate() throws {
        guard !quiet || verbose == 0 else {
            throw ValidationError("--quiet and --verbose exclude each other")
        }
        guard !json || (progress != .bar && progress != .plain) else {
            throw ValidationError("with --json there is no --progress bar or plain, only auto or none")
        }
    }
}

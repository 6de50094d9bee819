internal import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Shows and checks the configuration.",
        discussion: """
            Every option can be set by an environment variable (PWTRANSFER_CHUNK_TIMEOUT=5s), by the profile of a board, \
            by .pwtransfer.toml in this folder or the nearest above, and by pwtransfer/config.toml in XDG_CONFIG_HOME or \
            ~/.config; the first of these that sets it counts, and the command line counts before all.
            """,
        subcommands: [ShowConfigurationCommand.self, CheckConfigurationCommand.self])
}

struct ShowConfigurationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows each value, and where it comes from.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var configurationOptions: ConfigurationOptions

    func run() throws {
        let report = try ConfigurationReport(of: .current)
        if json { Console.print(try report.json) } else { report.lines.forEach(Console.print) }
    }
}

struct CheckConfigurationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks every value, also of boards and commands that are not in use."
    )

    @OptionGroup var configurationOptions: ConfigurationOptions

    func run() throws {
        let problems = try Configuration.current.problems()
        for problem in problems.dropLast() { Console.report(problem, Palette(choice: .auto)) }
        if let last = problems.last { throw last }
        let files = Configuration.current.files
        files.forEach { Console.print("\($0.path): no errors") }
        if files.isEmpty { Console.print("no configuration file") }
    }
}

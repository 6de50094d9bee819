internal import ArgumentParser
internal import SerialPort

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Configuration.commandName, abstract: "Shows and checks the configuration.",
        discussion: """
            Every option can be set by an environment variable (PWTRANSFER_CHUNK_TIMEOUT=5s), by the profile of a board, \
            by .pwtransfer.toml in this folder or the nearest above, and by pwtransfer/config.toml in XDG_CONFIG_HOME or \
            ~/.config. The first of these that sets it takes precedence, and the command line before all.
            """,
        subcommands: [ShowConfigurationCommand.self, CheckConfigurationCommand.self])
}

struct ShowConfigurationCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows each value, and where it comes from.")

    @Flag(help: "Print JSON: one event with everything between the first and the last.")
    var json = false

    @OptionGroup var configurationOptions: ConfigurationOptions

    var outputStyle: OutputStyle { OutputStyle(command: "config", isJSON: json) }

    func run(telling output: Output) throws(Failure) {
        let report = try ConfigurationReport(of: .current)
        if json { output.emit(report.event) } else { report.lines.forEach(Console.printProse) }
    }
}

struct CheckConfigurationCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: Configuration.checkName,
        abstract: "Checks every value, also of boards and commands that are not in use."
    )

    @Flag(help: "Print JSON: one event with all files and mistakes between the first and the last.")
    var json = false

    @OptionGroup var configurationOptions: ConfigurationOptions

    var outputStyle: OutputStyle { OutputStyle(command: "config", isJSON: json) }

    func run(telling output: Output) throws(Failure) {
        let problems = try Configuration.current.problems()
        let words = problems.map { Problem($0) }
        let files = Configuration.current.files.map(\.path)
        output.emit(
            JSONEvent("configuration_check", ["files": files, "mistakes": words.map(\.json)]))
        // The last mistake is reported as the failure of the command.
        if !json { for problem in words.dropLast() { Console.report(problem, Palette(.auto)) } }
        if let last = problems.last { throw last }
        guard !json else { return }
        files.forEach { Console.print("\(DeviceText.visible($0)): no errors") }
        if files.isEmpty { Console.print("no configuration file") }
    }
}

internal import ArgumentParser

/// Which configuration is used. `Configuration` reads both options before the parser does.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Use the profile of this board, from the configuration. (default: none)", valueName: "name"),
        completion: .boardNames)
    var board: String?

    @Option(
        help: ArgumentHelp(
            "The configuration file, or none. (default: .pwtransfer.toml here or above, and the user's own)",
            valueName: "file", visibility: .rare),
        completion: .file(extensions: ["toml"]))
    var config: String?

    func validate() throws {
        guard board?.isEmpty != true else { throw ValidationError("--board is empty") }
        guard config?.isEmpty != true else { throw ValidationError("--config is empty") }
    }
}

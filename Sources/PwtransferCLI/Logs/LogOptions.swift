internal import ArgumentParser

/// What is shown of the device's log, and how it is decoded.
struct LogOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Print on standard error what the firmware prints between frames or logs in frames.",
            visibility: .rare))
    var deviceOutput = false

    @Option(
        name: .customLong("token-database"),
        help: ArgumentHelp(
            """
            Decode the tokens in the device's log by this file: the firmware's ELF file, a token database as CSV or binary, \
            or a directory of *.pw_tokenizer.csv; may be repeated.
            """, valueName: "file", visibility: .rare),
        completion: .file())
    var tokenDatabases: [String] = []
}

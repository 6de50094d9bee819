internal import ArgumentParser
internal import PigweedRPC

/// The source of a device's log.
enum LogSource: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// The bytes beside the RPCs on the line, which the device sends unasked.
    case line
    /// The log service of the device, which is asked.
    case rpc
    /// Both.
    case all

    /// Whether messages from this place belong to the source.
    func includes(_ place: DeviceOutputPlace) -> Bool {
        switch place {
        case .logFrame, .betweenFrames: self != .rpc
        case .logService: self != .line
        }
    }
}

/// The options that say which log messages are shown, and how they are decoded.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Print on standard error what the firmware logs: on the line, between frames or in frames of its own; by RPC, which \
            asks for it (pw.log.Logs.Listen); or both. Alone, it is line.
            """, valueName: "=line|rpc|all", visibility: .rare))
    var deviceOutput: LogSource?

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

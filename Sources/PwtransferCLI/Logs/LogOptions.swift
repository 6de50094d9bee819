internal import ArgumentParser
internal import PigweedRPC

/// Where a device logs.
enum LogSource: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// On the line of its RPCs, on its own.
    case line
    /// In a service that it is asked for.
    case rpc
    /// In both ways.
    case all

    /// Whether what comes at a place counts.
    func includes(_ place: DeviceOutputPlace) -> Bool {
        switch place {
        case .logFrame, .betweenFrames: self != .rpc
        case .logService: self != .line
        }
    }
}

/// What is shown of the device's log, and how it is decoded.
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

internal import TransferClient

/// What to do with the device's log.
struct LogPlan {
    /// Where messages are printed.
    enum Destination {
        /// Nowhere: messages are only judged.
        case none
        /// As events, together with those of the transfer.
        case events
        /// On standard output, with the time.
        case output
    }

    var destination: Destination
    /// Where messages come from.
    var source: LogSource
    var expectation: LogExpectation?
    /// A file that gets all lines, too.
    var file: RecordFile?
    /// Whether lines on standard output are colored.
    var isColored = false
    /// The name at the beginning of each line, if there are several devices.
    var name: String?
}

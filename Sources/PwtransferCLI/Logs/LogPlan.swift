internal import TransferClient

/// What is done with the device's log.
struct LogPlan {
    /// Where the lines of a message go.
    enum Destination {
        /// Nowhere, but for what is expected.
        case none
        /// Among what is told of the transfer.
        case events
        /// To standard output, with the time.
        case output
    }

    var destination: Destination
    /// Which of the device's messages count.
    var source: LogSource
    var expectation: LogExpectation?
    /// A file for the lines as well.
    var file: RecordFile?
    /// Whether standard output shows colors.
    var isColored = false
    /// The device's name at the beginning of each line, where there are several.
    var name: String?
}

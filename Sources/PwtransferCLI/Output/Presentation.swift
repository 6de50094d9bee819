internal import TransferClient

/// Tells events in its own way.
protocol Presentation: Sendable {
    /// When progress must be told; `nil` for never.
    var progressSchedule: ProgressSchedule? { get }

    /// Tells an event.
    ///
    /// - Parameters:
    ///   - port: of the transfer that it belongs to.
    ///   - elapsed: since the program began.
    mutating func tell(_ event: CommandEvent, of port: String?, elapsed: Duration)

    /// Tells the end of the command; nothing follows.
    mutating func conclude(_ result: CommandResult)
}

/// When progress is told.
struct ProgressSchedule: Hashable, Sendable {
    /// The longest time between two times.
    var interval: Duration
    /// Whether each tenth of the transfer is told as well.
    var tellsTenths = false
}

/// How a command ended.
struct CommandResult: Sendable {
    /// Why it failed; `nil` if it did not.
    var problem: Problem?
    /// The last that is known of its transfer, if it had exactly one.
    var report: TransferReport?
    /// Bytes that all its transfers moved.
    var moved: UInt64 = 0
    /// Since the program began.
    var elapsed: Duration
    /// By what the data on the device were shown to be right; `nil` if nothing showed that.
    var verified: VerificationMeans?
    /// Whether nothing was written, since the device has it already.
    var isSkipped = false

    var exitCode: Int32 { (problem?.status ?? .done).rawValue }
}

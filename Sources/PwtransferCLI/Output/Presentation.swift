internal import TransferClient

/// Reports events in one form, such as prose or JSON.
protocol Presentation: Sendable {
    /// When progress must be printed; `nil` for never.
    var progressSchedule: ProgressSchedule? { get }

    /// Reports that several devices are about to take part.
    mutating func begin(_ devices: [TrayDevice])

    /// Reports an event.
    ///
    /// - Parameters:
    ///   - port: the port of the transfer that the event belongs to.
    ///   - device: the device that the event is about, if there is one.
    ///   - elapsed: the time since the program began.
    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration)

    /// Reports the end of one of several devices.
    mutating func conclude(_ result: DeviceResult)

    /// Reports the end of the command; nothing follows.
    mutating func conclude(_ result: CommandResult)
}

/// When progress is reported.
struct ProgressSchedule: Hashable, Sendable {
    /// The time between two reports.
    var interval: Duration
    /// Whether each tenth of the transfer is reported as well.
    var tellsTenths = false
}

/// How a command ended.
struct CommandResult: Sendable {
    /// Why the command failed; `nil` if it succeeded.
    var problem: Problem?
    /// The last report of the transfer, if there was exactly one transfer.
    var report: TransferReport?
    /// The number of bytes that all transfers moved.
    var moved: UInt64 = 0
    /// The time since the program, or the work with the device, began.
    var elapsed: Duration
    /// How many devices took part; `nil` if none did.
    var devices: (count: Int, failed: Int)?
    /// How the data on the device were verified; `nil` if they were not.
    var verified: VerificationMeans?
    /// Whether nothing was written, because the device has the data already.
    var isSkipped = false

    /// How many messages were dropped, because nobody read them.
    var droppedMessages = 0

    /// The dropped messages in a sentence; `nil` if there were none.
    var droppedText: String? {
        droppedMessages > 0
            ? "messages that were dropped, since nobody read them in time: \(droppedMessages)" : nil
    }

    var verdict: Verdict { problem?.verdict ?? .pass }

    var exitCode: Int32 { (problem?.status ?? .done).rawValue }

    /// The duration of the transfer, if there was exactly one; otherwise of everything.
    var time: Duration { report?.duration ?? elapsed }
}

/// How the work with one of several devices ended.
struct DeviceResult: Sendable {
    let device: TrayDevice
    /// The port that was opened; `nil` if none was.
    var port: String?
    var outcome: CommandResult
}

internal import TransferClient

/// Prints events in its own way.
protocol Presentation: Sendable {
    /// When progress must be printed; `nil` for never.
    var progressSchedule: ProgressSchedule? { get }

    /// Several devices are about to take part.
    mutating func begin(_ devices: [TrayDevice])

    /// Reports an event.
    ///
    /// - Parameters:
    ///   - port: of the transfer that it belongs to.
    ///   - device: that it is about, where there are several.
    ///   - elapsed: since the program began.
    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration)

    /// Reports the end of one of several devices; nothing about it follows.
    mutating func conclude(_ result: DeviceResult)

    /// Reports the end of the command; nothing follows.
    mutating func conclude(_ result: CommandResult)
}

extension Presentation {
    mutating func begin(_ devices: [TrayDevice]) {}
    mutating func conclude(_ result: DeviceResult) {}
}

/// When progress is printed.
struct ProgressSchedule: Hashable, Sendable {
    /// The longest time between two times.
    var interval: Duration
    /// Whether each tenth of the transfer is printed as well.
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
    /// Since the program, or the work with the device, began.
    var elapsed: Duration
    /// How many devices took part, if it was about a tray of them.
    var devices: Devices?

    struct Devices: Hashable, Sendable {
        var count: Int
        var failed: Int
    }
    /// How the data on the device were verified; `nil` if they were not.
    var verified: VerificationMeans?
    /// Whether nothing was written, since the device has it already.
    var isSkipped = false

    /// How many messages were dropped, since nobody read them.
    var droppedMessages = 0

    /// The same as a sentence; `nil` if there were none.
    var droppedText: String? {
        droppedMessages > 0
            ? "messages that were dropped, since nobody read them in time: \(droppedMessages)" : nil
    }

    var verdict: Verdict { problem?.verdict ?? .pass }

    var exitCode: Int32 { (problem?.status ?? .done).rawValue }

    /// Of the transfer, if there was exactly one, or of everything.
    var time: Duration { report?.duration ?? elapsed }
}

/// How the work with one of several devices ended.
struct DeviceResult: Sendable {
    let device: TrayDevice
    /// The port as it was opened; `nil` if it was not.
    var port: String?
    var outcome: CommandResult
}

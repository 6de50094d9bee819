/// A decoded message of a device's log.
public struct LogMessage: Hashable, Sendable {
    /// How serious a message is, with the numbers of Pigweed's `pw_log`.
    public enum Level: UInt32, Comparable, Sendable {
        /// Details that only the firmware's developers need.
        case debug = 1
        /// The firmware works as it should.
        case info = 2
        /// Something unusual happened.
        case warning = 3
        /// Something failed.
        case error = 4
        /// A failure that the device cannot work around.
        case critical = 5
        /// The firmware stops.
        case fatal = 7

        /// The less serious level is the lesser one.
        public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    /// The text of the message. If it could not be decoded, the text is `$` and the message in base64.
    public var text: String
    /// The level; `nil` if the device did not send it.
    public var level: Level?
    /// The part of the firmware that sent the message; `nil` if the device did not say.
    public var module: String?
    /// The source file; `nil` if the device did not send it.
    public var file: String?
    /// The line in the source file; `nil` if the device did not send it.
    public var line: UInt32?
    /// The thread that logged the message; `nil` if the device did not send it.
    public var thread: String?
    /// When the message was logged, in ticks whose length and beginning the firmware chooses; `nil` if the device did
    /// not send the time.
    public var ticks: Int64?
    /// If this is no message but a gap in the log: how many messages are missing. `nil` for a message of the device.
    public var lostCount: UInt32?
}

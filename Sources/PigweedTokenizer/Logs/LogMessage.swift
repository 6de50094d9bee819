/// A message of a device's log, decoded.
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

    /// What it says. A message that could not be decoded is `$` and its base64.
    public var text: String
    /// `nil` if the device did not send it.
    public var level: Level?
    /// The part of the firmware that it comes from; `nil` if the device did not send it.
    public var module: String?
    /// The source file; `nil` if the device did not send it.
    public var file: String?
    /// The line in the source file; `nil` if the device did not send it.
    public var line: UInt32?
    /// How many messages are missing here; `nil` for a message of the device.
    public var lostCount: UInt32?

    /// A message.
    package init(
        text: String, level: Level? = nil, module: String? = nil, file: String? = nil, line: UInt32? = nil
    ) {
        self.text = text
        self.level = level
        self.module = module
        self.file = file
        self.line = line
    }
}

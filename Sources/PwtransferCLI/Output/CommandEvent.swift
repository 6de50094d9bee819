internal import PigweedTokenizer
internal import PigweedTransfer
internal import TransferClient

/// What happens in a command. Presentations tell it, each in its own way: prose for people, JSON for programs.
enum CommandEvent: Sendable {
    /// The port is open.
    case portOpened
    /// The device took the transfer on.
    case accepted(ProtocolVersion)
    /// How far the transfer is.
    case progress(TransferSnapshot)
    /// The transfer is over, whether it succeeded or not; the result of the command follows.
    case transferEnded(TransferReport, isDone: Bool)
    /// A transfer that only checks another one is over.
    case checkEnded(TransferReport)
    /// A file was compared with what is on the device.
    case verification(Verification)
    /// Nothing was transferred, since nothing would change; why.
    case skipped(String)
    /// Something that the user should know.
    case note(Note, String)
    /// What the program does, for those who want to know more.
    case log(LogLevel, String)
    /// What the device logs.
    case deviceOutput(LogMessage)
    /// A line of `--trace`; as JSON, the frame is an event of its own.
    case trace(String)

    /// What kind of note it is; scripts may rely on the names.
    enum Note: String, Sendable {
        case portChosen = "port_chosen"
        case notLookedAt = "not_looked_at"
        case waitingForPort = "waiting_for_port"
        case waitingForPermission = "waiting_for_permission"
        case waitingForOtherProgram = "waiting_for_other_program"
        case waitingForConnection = "waiting_for_connection"
        case settingRefused = "setting_refused"
        case legacyProtocol = "legacy_protocol"
        case streamReopened = "stream_reopened"
        case restarted
        case slowedDown = "slowed_down"
        case readBeganAgain = "read_began_again"
        case deviceBusy = "device_busy"
        case inputFormat = "input_format"
        case connectionLost = "connection_lost"
        case waitingForDevice = "waiting_for_device"
        case reconnected
        case deviceReset = "device_reset"
        case goingOn = "going_on"
        case triedAgain = "tried_again"
        case startingOver = "starting_over"
        case noFiles = "no_files"
        case removed
        case removedBefore = "removed_before"
        case fileBegins = "file_begins"
        case fileSkipped = "file_skipped"
        case fileFailed = "file_failed"
        case folderRead = "folder_read"
        case recordingFailed = "recording_failed"
        case captureCutOff = "capture_cut_off"
        case readingBack = "reading_back"
        case notCompared = "not_compared"
        case linesLeftOut = "lines_left_out"
        case logServiceMissing = "log_service_missing"
        case messagesLost = "messages_lost"
        case tokensUnknown = "tokens_unknown"
        case databaseRowsSkipped = "database_rows_skipped"
    }
}

/// How much a log entry matters.
enum LogLevel: String, Comparable, Sendable {
    /// Told with `-v`: settings and decisions, a few in a transfer.
    case info
    /// Told with `-vv`: each repeat and each loss.
    case debug

    /// Whether it is told with so many `-v`.
    func isTold(at verbosity: Int) -> Bool { verbosity >= (self == .info ? 1 : 2) }

    static func < (left: LogLevel, right: LogLevel) -> Bool { left == .info && right == .debug }
}

/// How far a transfer is at one moment.
struct TransferSnapshot: Hashable, Sendable {
    /// What happens at the moment.
    enum Phase: String, Hashable, Sendable {
        /// The device prepares, for example erases flash, or is not there: nothing was heard of it yet.
        case waiting
        /// As before, but the device was heard.
        case preparing
        /// Data move.
        case moving
        /// All data were sent; the device has not confirmed the last ones.
        case finishing
    }

    var phase: Phase
    /// Bytes that the other side has confirmed, or that were stored here.
    var moved: UInt64 = 0
    /// All bytes, if known.
    var total: UInt64?
    /// Bytes a second, smoothed; `nil` until there is something to measure.
    var rate: Double?
    /// Since the transfer began.
    var elapsed: Duration
    /// Since this phase began.
    var phaseTime: Duration
    /// Losses that were noticed since data began to move.
    var linkErrors = 0

    /// How long the rest takes at the present rate; `nil` if nobody knows.
    var timeLeft: Duration? {
        guard let total, let rate, rate >= 1, moved <= total else { return nil }
        return .seconds(Int64(min(Double(total - moved) / rate, 1e9).rounded(.up)))
    }

    /// Whole percent; `nil` if the total is not known.
    var percent: Int? {
        guard let total else { return nil }
        guard total > 0 else { return 100 }
        return Int(min(100, moved.multipliedFullWidth(by: 100).low / total))
    }
}

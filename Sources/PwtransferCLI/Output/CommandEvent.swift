internal import PigweedTokenizer
internal import PigweedTransfer
internal import TransferClient

/// Something that happens in a command. Each presentation reports it in its own form: prose for people, JSON for
/// programs.
enum CommandEvent: Sendable {
    /// The port is open.
    case portOpened
    /// The device has accepted the transfer.
    case accepted(ProtocolVersion)
    /// The progress of the transfer.
    case progress(TransferSnapshot)
    /// The transfer has ended, successfully or not; the result of the command follows.
    case transferEnded(TransferReport, isDone: Bool)
    /// A transfer that only checks another one has ended.
    case checkEnded(TransferReport)
    /// A file was compared with the data on the device.
    case verification(Verification)
    /// Nothing was transferred, because nothing would change; the text says why.
    case skipped(String)
    /// Something that the user should know.
    case note(Note, String)
    /// A detail of what the program does.
    case log(LogLevel, String)
    /// A message of the device's log.
    case deviceOutput(LogMessage)
    /// A line of `--trace`; as JSON, the frame is an event of its own.
    case trace(String)

    /// The kind of a note; scripts may rely on the names.
    enum Note: String, Sendable {
        case simulatedPorts = "simulated_ports"
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

/// How detailed a log entry is.
enum LogLevel: String, Sendable {
    /// Settings and decisions, a few in each transfer; reported with `-v`.
    case info
    /// Each repeat and each loss; reported with `-vv`.
    case debug

    /// Whether entries of this level are reported with this number of `-v`.
    func isTold(at verbosity: Int) -> Bool { verbosity >= (self == .info ? 1 : 2) }
}

/// The progress of a transfer at one moment.
struct TransferSnapshot: Hashable, Sendable {
    /// What the transfer is doing.
    enum Phase: String, Hashable, Sendable {
        /// The device has not answered the start: it prepares, for example erases flash, or is not there.
        case waiting
        /// The device has refused the start so far, since it is busy with other transfers.
        case busy
        /// The device took the transfer on, but allows no data yet.
        case preparing
        /// Data move.
        case moving
        /// All data were sent; the device has not confirmed the last ones.
        case finishing

        /// Whether no data have moved yet.
        var isBeforeData: Bool { self == .waiting || self == .busy || self == .preparing }

        /// - Parameter isBusy: whether the device's last word was that it is busy.
        init(_ report: TransferReport, isBusy: Bool) {
            switch report.wait {
            case .acceptance: self = isBusy ? .busy : .waiting
            case .parameters: self = .preparing
            case .completion where report.request.direction == .write: self = .finishing
            default: self = .moving
            }
        }
    }

    var phase: Phase
    /// Bytes that the other side has confirmed, or that were stored here.
    var moved: UInt64 = 0
    /// All bytes, if known.
    var total: UInt64?
    /// Bytes a second, smoothed; `nil` until there is something to measure.
    var rate: Double?
    /// The time since the transfer began.
    var elapsed: Duration
    /// The time since this phase began.
    var phaseTime: Duration
    /// The losses that were noticed. Repeats before the first data do not count.
    var linkErrors = 0

    /// How long the rest will take at the present rate; `nil` if that is unknown.
    var timeLeft: Duration? {
        guard let total, let rate, rate >= 1, moved <= total else { return nil }
        return .seconds(Int64(min(Double(total - moved) / rate, 1e9).rounded(.up)))
    }

    /// The progress in whole percent; `nil` if the total is not known.
    var percent: Int? {
        guard let total else { return nil }
        guard total > 0 else { return 100 }
        return Int(min(100, moved.multipliedFullWidth(by: 100).low / total))
    }
}

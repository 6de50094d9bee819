/// The kind of a failure: `error.code` of `--json`, finer than the exit code. Scripts rely on the names.
enum ErrorCode: String, CaseIterable, Sendable {
    // The command line, the configuration, and this machine.
    case usage, configuration, interrupted
    case internalError = "internal_error"
    case systemLimit = "system_limit"
    // The port.
    case noDevice = "no_device"
    case portNotFound = "port_not_found"
    case portPermissionDenied = "port_permission_denied"
    case portBusy = "port_busy"
    case portError = "port_error"
    case notATerminal = "not_a_terminal"
    case baudRejected = "baud_rejected"
    case modemLinesUnsupported = "modem_lines_unsupported"
    case disconnected
    case notReconnected = "not_reconnected"
    case cannotStartOver = "cannot_start_over"
    case beginningLost = "beginning_lost"
    case reconnectedInVain = "reconnected_in_vain"
    case invalidAddress = "invalid_address"
    case connectionFailed = "connection_failed"
    case connectionClosedByServer = "connection_closed_by_server"
    case noTelnetAnswer = "no_telnet_answer"
    case telnetOptionRefused = "telnet_option_refused"
    case lineSettingRefused = "line_setting_refused"
    case linkOccupied = "link_occupied"
    case linkFailed = "link_failed"
    // Several devices.
    case deviceNamedTwice = "device_named_twice"
    case devicesMissing = "devices_missing"
    case tooManyDevices = "too_many_devices"
    case sameOutput = "same_output"
    case serialUnknown = "serial_unknown"
    case streamForSeveral = "stream_for_several"
    case devicesFailed = "devices_failed"
    // Files on this side.
    case portAsFile = "port_as_file"
    case badInput = "bad_input"
    case cannotReadInput = "cannot_read_input"
    case inputChanged = "input_changed"
    case inputEmpty = "input_empty"
    case inputCannotGoBack = "input_cannot_go_back"
    case cannotCreateOutput = "cannot_create_output"
    case cannotWriteOutput = "cannot_write_output"
    case outputExists = "output_exists"
    case outputExchanged = "output_exchanged"
    case outputCannotGoBack = "output_cannot_go_back"
    case outputInUse = "output_in_use"
    case partialFileDiffers = "partial_file_differs"
    case outputNotRead = "output_not_read"
    case tokenDatabase = "token_database"
    // The device.
    case noAnswer = "no_answer"
    case deviceSilent = "device_silent"
    case noProgress = "no_progress"
    case deadline
    case deviceStatus = "device_status"
    case deviceStorageFull = "device_storage_full"
    case noTransferService = "no_transfer_service"
    case noService = "no_service"
    case callRefused = "call_refused"
    case endlessAnswer = "endless_answer"
    case sessionLost = "session_lost"
    case sessionLostOffsetRefused = "session_lost_offset_refused"
    case offsetNotSupported = "offset_not_supported"
    case cannotGoBack = "cannot_go_back"
    case onlyLegacySupported = "only_legacy_supported"
    case notPossibleInLegacy = "not_possible_in_legacy"
    case tooLarge = "too_large"
    case protocolViolation = "protocol_violation"
    case cancelled
    case noChecksum = "no_checksum"
    case verificationFailed = "verification_failed"
    case verificationSizeDiffers = "verification_size_differs"
    case failureLogged = "failure_logged"
    case notLogged = "not_logged"
    case noLogService = "no_log_service"
    case notReset = "not_reset"
    // Files of the device.
    case fileNotFound = "file_not_found"
    case isFolder = "is_folder"
    case noResourceID = "no_resource_id"
    case listNotUnderstood = "list_not_understood"
    case listDamaged = "list_damaged"
    case unsafeName = "unsafe_name"
    case nameUsedTwice = "name_used_twice"
    case sizeDiffers = "size_differs"
    case filesNotRead = "files_not_read"
    // What `doctor` found.
    case severalPorts = "several_ports"
    case doctorPort = "doctor_port"
    case doctorHolder = "doctor_holder"
    case doctorPermission = "doctor_permission"
    case doctorBaud = "doctor_baud"
    case doctorBytes = "doctor_bytes"
    case doctorRPC = "doctor_rpc"
    case doctorService = "doctor_service"
}

extension ErrorCode {
    /// The row of a code in the guide.
    struct Row {
        /// The exit codes that come with this code. The first one is the default.
        let statuses: [ExitStatus]
        let meaning: String

        fileprivate init(_ statuses: ExitStatus..., meaning: String) {
            self.statuses = statuses
            self.meaning = meaning
        }
    }

    /// The exit status of a failure with this code, unless the failure has its own.
    var status: ExitStatus { row.statuses[0] }

    /// The only table of exit codes and meanings. The guide and the tests use it.
    var row: Row {
        switch self {
        case .usage: Row(.usage, meaning: "the command line makes no sense")
        case .configuration: Row(.configuration, meaning: "a configuration file or a variable is wrong")
        case .interrupted: Row(.interrupted(signal: 0), meaning: "a signal ended the command")
        case .internalError: Row(.internalError, meaning: "a fault of this program")
        case .systemLimit: Row(.configuration, meaning: "too many open files or processes, or no memory")
        case .noDevice: Row(.noDevice, meaning: "no port matches, or several do")
        case .portNotFound: Row(.noDevice, meaning: "there is no such port")
        case .portPermissionDenied: Row(.noPermission, meaning: "you may not use the port")
        case .portBusy: Row(.temporary, meaning: "another program uses the port")
        case .portError:
            Row(
                .linkBroke, .usage, .noPermission, .configuration,
                meaning: "the system refuses something about the port")
        case .notATerminal: Row(.usage, meaning: "the port is no serial port")
        case .baudRejected: Row(.usage, meaning: "the adapter cannot produce the rate")
        case .modemLinesUnsupported: Row(.usage, meaning: "the port has no DTR and RTS to set")
        case .disconnected: Row(.linkBroke, meaning: "the device went away")
        case .notReconnected: Row(.linkBroke, meaning: "the device did not come back in time")
        case .cannotStartOver:
            Row(.linkBroke, meaning: "a pipe cannot begin again after the device came back")
        case .beginningLost:
            Row(.linkBroke, meaning: "the device may have lost what an earlier write had brought")
        case .reconnectedInVain:
            Row(.linkBroke, meaning: "the device came back again and again, without progress")
        case .invalidAddress: Row(.usage, meaning: "the network address makes no sense")
        case .connectionFailed: Row(.noDevice, meaning: "the network address cannot be reached")
        case .connectionClosedByServer: Row(.temporary, meaning: "the server of the port turned us away")
        case .noTelnetAnswer: Row(.temporary, meaning: "the server of the port does not negotiate")
        case .telnetOptionRefused: Row(.usage, meaning: "the server of the port refuses a telnet option")
        case .lineSettingRefused: Row(.usage, meaning: "the server of the port refuses a setting")
        case .linkOccupied: Row(.cannotWriteOutput, meaning: "`--link` names something that is no link")
        case .linkFailed: Row(.cannotWriteOutput, meaning: "`--link` cannot be made")
        case .deviceNamedTwice: Row(.usage, meaning: "two ports are the same device")
        case .devicesMissing: Row(.noDevice, meaning: "fewer devices are there than `--devices` says")
        case .tooManyDevices: Row(.noDevice, meaning: "more devices are there than `--devices` says")
        case .sameOutput: Row(.usage, meaning: "several devices would have the same file")
        case .serialUnknown: Row(.usage, meaning: "a file is named by a serial number that is not known")
        case .streamForSeveral: Row(.usage, meaning: "a stream cannot be written to several devices")
        case .devicesFailed:
            Row(
                .temporary, .linkBroke, .noDevice, .deviceRefused, .deviceFailed, .verificationFailed,
                .noPermission, .cannotWriteOutput, .noInput, .usage, .configuration, .internalError,
                meaning: "several devices took part, and some failed: the exit code that weighs most")
        case .portAsFile: Row(.usage, meaning: "a file of the command is the port itself")
        case .badInput: Row(.badInput, meaning: "the file is no capture")
        case .cannotReadInput: Row(.noInput, meaning: "the input is missing or cannot be read")
        case .inputChanged: Row(.noInput, meaning: "the input changed meanwhile")
        case .inputEmpty: Row(.noInput, meaning: "the input is empty, without `--allow-empty`")
        case .inputCannotGoBack: Row(.noInput, meaning: "a pipe cannot give again what was lost")
        case .cannotCreateOutput: Row(.cannotWriteOutput, meaning: "the output cannot be created")
        case .cannotWriteOutput: Row(.cannotWriteOutput, meaning: "the output cannot be written")
        case .outputExists: Row(.cannotWriteOutput, meaning: "the file exists, without `--overwrite`")
        case .outputExchanged: Row(.cannotWriteOutput, meaning: "another program exchanged the output")
        case .outputCannotGoBack: Row(.cannotWriteOutput, meaning: "a pipe cannot take back what it got")
        case .outputInUse: Row(.cannotWriteOutput, meaning: "another run reads into the same file")
        case .partialFileDiffers:
            Row(.cannotWriteOutput, meaning: "the device has other data than the partial file")
        case .outputNotRead: Row(.temporary, meaning: "nobody read standard output in time")
        case .tokenDatabase: Row(.badInput, .noInput, meaning: "a token database cannot be used")
        case .noAnswer: Row(.temporary, meaning: "the device does not answer")
        case .deviceSilent: Row(.temporary, meaning: "the device fell silent")
        case .noProgress: Row(.temporary, meaning: "the device talks, and nothing gets through")
        case .deadline: Row(.temporary, meaning: "`--deadline` is over")
        case .deviceStatus:
            Row(.deviceRefused, .temporary, meaning: "the device answered with `error.status`")
        case .deviceStorageFull: Row(.deviceRefused, meaning: "the device has no room for the data")
        case .noTransferService: Row(.deviceRefused, meaning: "the device has no pw_transfer service")
        case .noService: Row(.deviceRefused, meaning: "the device has no service for this call")
        case .callRefused:
            Row(.deviceRefused, .temporary, meaning: "the device's RPC server refused the call")
        case .endlessAnswer: Row(.deviceRefused, meaning: "the device's answer does not end")
        case .sessionLost: Row(.temporary, meaning: "the device forgot the transfer")
        case .sessionLostOffsetRefused:
            Row(.temporary, meaning: "it forgot the transfer, and cannot continue it")
        case .offsetNotSupported: Row(.deviceRefused, meaning: "the device begins only at the start")
        case .cannotGoBack: Row(.temporary, meaning: "the device asks for data that are gone")
        case .onlyLegacySupported: Row(.deviceRefused, meaning: "the device speaks only the legacy protocol")
        case .notPossibleInLegacy: Row(.usage, meaning: "the legacy protocol cannot do this")
        case .tooLarge: Row(.usage, meaning: "the data are too large for the protocol")
        case .protocolViolation: Row(.deviceRefused, meaning: "the device broke the protocol")
        case .cancelled: Row(.internalError, meaning: "the transfer was cancelled")
        case .noChecksum: Row(.deviceRefused, meaning: "the device reports no checksum to compare")
        case .verificationFailed:
            Row(.verificationFailed, meaning: "the device has other bytes than the file")
        case .verificationSizeDiffers: Row(.verificationFailed, meaning: "the device has more or fewer bytes")
        case .failureLogged: Row(.deviceFailed, meaning: "the device logged what `--fail-on` stands for")
        case .notLogged: Row(.temporary, meaning: "the device did not log what `--expect` stands for")
        case .noLogService:
            Row(.deviceRefused, .temporary, meaning: "the device does not give its log by RPC")
        case .notReset: Row(.deviceRefused, meaning: "the device does not restart at 1200 baud")
        case .fileNotFound: Row(.deviceRefused, meaning: "the device has no such file")
        case .isFolder: Row(.usage, meaning: "the path is a folder of the device")
        case .noResourceID: Row(.deviceRefused, meaning: "the device's file has no resource")
        case .listNotUnderstood: Row(.deviceRefused, meaning: "the device's list of files makes no sense")
        case .listDamaged: Row(.temporary, meaning: "the device's list of files arrives damaged")
        case .unsafeName: Row(.deviceRefused, meaning: "the device's file has no name")
        case .nameUsedTwice: Row(.deviceRefused, meaning: "the device lists two files of a name")
        case .sizeDiffers:
            Row(.temporary, meaning: "a file was not removed, since the device lists another size")
        case .filesNotRead:
            Row(
                .temporary, .linkBroke, .deviceRefused, .cannotWriteOutput, .usage, .internalError,
                .configuration, .interrupted(signal: 0),
                meaning: "files of a folder were not read: the exit code that weighs most")
        case .severalPorts: Row(.noDevice, meaning: "`doctor`: several ports match")
        case .doctorPort:
            Row(
                .noDevice, .usage, .linkBroke, .temporary, .noPermission, .configuration,
                meaning: "`doctor`: the port does not work")
        case .doctorHolder: Row(.temporary, meaning: "`doctor`: another program uses the port")
        case .doctorPermission: Row(.noPermission, meaning: "`doctor`: you may not use the port")
        case .doctorBaud: Row(.usage, meaning: "`doctor`: the rate or DTR and RTS cannot be set")
        case .doctorBytes: Row(.temporary, .linkBroke, meaning: "`doctor`: no frames come, or no bytes")
        case .doctorRPC: Row(.temporary, meaning: "`doctor`: the device does not answer")
        case .doctorService: Row(.deviceRefused, meaning: "`doctor`: the device has no pw_transfer service")
        }
    }

    /// What a script should do next, for codes where neither the exit code nor the device's status decides it.
    var ownVerdict: Verdict? {
        switch self {
        case .deviceStorageFull, .noChecksum, .noResourceID: .station
        default: nil
        }
    }
}

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
    case pathNotConfirmed = "path_not_confirmed"
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
    /// The exit status of a failure with this code, unless the failure has its own.
    var status: ExitStatus { row.statuses[0] }

    /// The exit codes that come with this code, the first of which is the default, and what the code means. This is the
    /// only table of them, from which the guide is made.
    var row: (statuses: [ExitStatus], meaning: String) {
        switch self {
        case .usage: ([.usage], "the command line makes no sense")
        case .configuration: ([.configuration], "a configuration file or a variable is wrong")
        case .interrupted: ([.interrupted(signal: 0)], "a signal ended the command")
        case .internalError: ([.internalError], "a fault of this program")
        case .systemLimit: ([.configuration], "too many open files or processes, or no memory")
        case .noDevice: ([.noDevice], "no port matches, or several do")
        case .portNotFound: ([.noDevice], "there is no such port")
        case .portPermissionDenied: ([.noPermission], "you may not use the port")
        case .portBusy: ([.temporary], "another program uses the port")
        case .portError:
            (
                [.linkBroke, .usage, .noPermission, .configuration],
                "the system refuses something about the port"
            )
        case .notATerminal: ([.usage], "the port is no serial port")
        case .baudRejected: ([.usage], "the adapter cannot produce the rate")
        case .modemLinesUnsupported: ([.usage], "the port has no DTR and RTS to set")
        case .disconnected: ([.linkBroke], "the device went away")
        case .notReconnected: ([.linkBroke], "the device did not come back in time")
        case .cannotStartOver: ([.linkBroke], "a pipe cannot begin again after the device came back")
        case .beginningLost: ([.linkBroke], "the device may have lost what an earlier write had brought")
        case .reconnectedInVain: ([.linkBroke], "the device came back again and again, without progress")
        case .invalidAddress: ([.usage], "the network address makes no sense")
        case .connectionFailed: ([.noDevice], "the network address cannot be reached")
        case .connectionClosedByServer: ([.temporary], "the server of the port turned us away")
        case .noTelnetAnswer: ([.temporary], "the server of the port does not negotiate")
        case .telnetOptionRefused: ([.usage], "the server of the port refuses a telnet option")
        case .lineSettingRefused: ([.usage], "the server of the port refuses a setting")
        case .linkOccupied: ([.cannotWriteOutput], "`--link` names something that is no link")
        case .linkFailed: ([.cannotWriteOutput], "`--link` cannot be made")
        case .deviceNamedTwice: ([.usage], "two ports are the same device")
        case .devicesMissing: ([.noDevice], "fewer devices are there than `--devices` says")
        case .tooManyDevices: ([.noDevice], "more devices are there than `--devices` says")
        case .sameOutput: ([.usage], "several devices would have the same file")
        case .serialUnknown: ([.usage], "a file is named by a serial number that is not known")
        case .streamForSeveral: ([.usage], "a stream cannot be written to several devices")
        case .devicesFailed:
            (
                [
                    .temporary, .linkBroke, .noDevice, .deviceRefused, .deviceFailed, .verificationFailed,
                    .noPermission, .cannotWriteOutput, .noInput, .usage, .configuration, .internalError,
                ], "several devices took part, and some failed: the exit code that weighs most"
            )
        case .portAsFile: ([.usage], "a file of the command is the port itself")
        case .badInput: ([.badInput], "the file is no capture")
        case .cannotReadInput: ([.noInput], "the input is missing or cannot be read")
        case .inputChanged: ([.noInput], "the input changed meanwhile")
        case .inputEmpty: ([.noInput], "the input is empty, without `--allow-empty`")
        case .inputCannotGoBack: ([.noInput], "a pipe cannot give again what was lost")
        case .cannotCreateOutput: ([.cannotWriteOutput], "the output cannot be created")
        case .cannotWriteOutput: ([.cannotWriteOutput], "the output cannot be written")
        case .outputExists: ([.cannotWriteOutput], "the file exists, without `--overwrite`")
        case .outputExchanged: ([.cannotWriteOutput], "another program exchanged the output")
        case .outputCannotGoBack: ([.cannotWriteOutput], "a pipe cannot take back what it got")
        case .outputInUse: ([.cannotWriteOutput], "another run reads into the same file")
        case .partialFileDiffers: ([.cannotWriteOutput], "the device has other data than the partial file")
        case .outputNotRead: ([.temporary], "nobody read standard output in time")
        case .tokenDatabase: ([.badInput, .noInput], "a token database cannot be used")
        case .noAnswer: ([.temporary], "the device does not answer")
        case .deviceSilent: ([.temporary], "the device fell silent")
        case .noProgress: ([.temporary], "the device talks, and nothing gets through")
        case .deadline: ([.temporary], "`--deadline` is over")
        case .deviceStatus: ([.deviceRefused, .temporary], "the device answered with `error.status`")
        case .deviceStorageFull: ([.deviceRefused], "the device has no room for the data")
        case .noTransferService: ([.deviceRefused], "the device has no pw_transfer service")
        case .noService: ([.deviceRefused], "the device has no service for this call")
        case .callRefused: ([.deviceRefused, .temporary], "the device's RPC server refused the call")
        case .endlessAnswer: ([.deviceRefused], "the device's answer does not end")
        case .sessionLost: ([.temporary], "the device forgot the transfer")
        case .sessionLostOffsetRefused: ([.temporary], "it forgot the transfer, and cannot continue it")
        case .offsetNotSupported: ([.deviceRefused], "the device begins only at the start")
        case .cannotGoBack: ([.temporary], "the device asks for data that are gone")
        case .onlyLegacySupported: ([.deviceRefused], "the device speaks only the legacy protocol")
        case .notPossibleInLegacy: ([.usage], "the legacy protocol cannot do this")
        case .tooLarge: ([.usage], "the data are too large for the protocol")
        case .protocolViolation: ([.deviceRefused], "the device broke the protocol")
        case .cancelled: ([.internalError], "the transfer was cancelled")
        case .noChecksum: ([.deviceRefused], "the device reports no checksum to compare")
        case .verificationFailed: ([.verificationFailed], "the device has other bytes than the file")
        case .verificationSizeDiffers: ([.verificationFailed], "the device has more or fewer bytes")
        case .failureLogged: ([.deviceFailed], "the device logged what `--fail-on` stands for")
        case .notLogged: ([.temporary], "the device did not log what `--expect` stands for")
        case .noLogService: ([.deviceRefused, .temporary], "the device does not give its log by RPC")
        case .notReset: ([.deviceRefused], "the device does not restart at 1200 baud")
        case .fileNotFound: ([.deviceRefused], "the device has no such file")
        case .isFolder: ([.usage], "the path is a folder of the device")
        case .noResourceID: ([.deviceRefused], "the device's file has no resource")
        case .pathNotConfirmed: ([.temporary], "after a restart, the path may stand for another file")
        case .listNotUnderstood: ([.deviceRefused], "the device's list of files makes no sense")
        case .listDamaged: ([.temporary], "the device's list of files arrives damaged")
        case .unsafeName: ([.deviceRefused], "the device's file has no name")
        case .nameUsedTwice: ([.deviceRefused], "the device lists two files of a name")
        case .sizeDiffers: ([.temporary], "a file was not removed, since the device lists another size")
        case .filesNotRead:
            (
                [
                    .temporary, .linkBroke, .deviceRefused, .cannotWriteOutput, .usage, .internalError,
                    .configuration, .interrupted(signal: 0),
                ], "files of a folder were not read: the exit code that weighs most"
            )
        case .severalPorts: ([.noDevice], "`doctor`: several ports match")
        case .doctorPort:
            (
                [.noDevice, .usage, .linkBroke, .temporary, .noPermission, .configuration],
                "`doctor`: the port does not work"
            )
        case .doctorHolder: ([.temporary], "`doctor`: another program uses the port")
        case .doctorPermission: ([.noPermission], "`doctor`: you may not use the port")
        case .doctorBaud: ([.usage], "`doctor`: the rate or DTR and RTS cannot be set")
        case .doctorBytes: ([.temporary, .linkBroke], "`doctor`: no frames come, or no bytes")
        case .doctorRPC: ([.temporary], "`doctor`: the device does not answer")
        case .doctorService: ([.deviceRefused], "`doctor`: the device has no pw_transfer service")
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

internal import PigweedRPC
internal import PigweedTokenizer
internal import SerialPort
internal import SystemPackage
internal import TransferClient
internal import WireCapture

/// Why a command failed. Only the outermost layer turns a failure into words, as a ``Problem``.
indirect enum Failure: Error {
    /// The parser rejects the command line.
    case commandLine(UsageComplaint)
    case usage(UsageMistake)
    case configuration(ConfigurationMistake)
    /// The parser's description of the program's options cannot be read.
    case unknownOptions(any Error)
    /// The system lacks something that the program needs. The attempt is a phrase such as `make a pipe`.
    case system(attempt: String, Errno)
    /// A signal came. The occasion is a clause such as "before it began".
    case stopped(signal: Int32, occasion: String? = nil)
    /// A second signal ended the program, perhaps with a transfer that the device still knows.
    case stoppedAtOnce(signal: Int32, isTransferring: Bool)

    case port(SerialPortError)
    case portRequest(PortRequestError)
    /// Several ports match, and `doctor` does not know which one is meant.
    case severalPorts(count: Int, PortSelector?)
    case unhealthy(Diagnosis)
    case devicesMissing(present: [TrayDevice], absent: [TrayDevice], wanted: Int)
    case tooManyDevices([TrayDevice], wanted: Int)
    case devices(FailedDevices)

    /// The command cannot use a file that an option names.
    case file(FileError, option: String = "-o")
    /// The temporary copy of a stream, which must be read more than once, cannot be made.
    case spool(FileError)
    case outputNotRead(stoppedBy: Int32?)
    case capture(CaptureError, name: String)
    case tokens(TokenFileError, path: String)

    /// - Parameter isResumable: whether the next run can continue the transfer.
    case transfer(TransferError, isResumable: Bool = false)
    case status(ResourceStatusError, resource: UInt32)
    case noChecksum(resource: UInt32)
    case verification(Verification)
    case failureLogged(String)
    case notLogged(within: Duration, messages: Int)
    case noLogService(Status)
    /// The device was not restarted: the call failed, the port failed, or the device ignores the rate of 1200 baud.
    case notRebooted(CallError)
    case notReset(SerialPortError, ResetMethod)
    case touchIgnored(port: String)
    /// The device was restarted, and its port did not come back.
    case notBack(PortRequestError)
    case deviceFiles(DeviceFilesError, subject: String, path: String?)
    case noResource(path: String)
    /// The device lists another size for a file than was read, so that the file was not removed.
    case sizeDiffers(path: String, listed: UInt64, read: UInt64)
    case listIncomplete(brokenMessages: Int)
    case unsafeName(id: UInt32)
    case nameUsedTwice(path: String, id: UInt32)
    case folder(UnreadFiles)

    /// The command waited for this long, in vain.
    case waited(Duration, Failure)
    /// Nothing was written, because a verification would not have been possible.
    case notVerifiable(Failure)
    /// The data were written, but not verified. `isSameResource` is false if another resource was to be read back.
    case notVerified(Failure, isSameResource: Bool)
    /// The data were written, but the device did not log what it should.
    case writtenOnly(Failure)
    /// A recording is incomplete; everything else succeeded.
    case notRecorded(FileError, option: String)
    /// A simulated device failed; the text is its name.
    case ofDevice(String, Failure)
}

/// Command lines that the parser accepts, and the command does not.
enum UsageMistake {
    case misplacedValue(OptionalValue.Misplaced)
    case notUnicode(String)
    case unknownResource(String, known: [NamedResource])
    case severalDevices(Int)
    case namedTwice(TrayDevice, as: String)
    case oneOutput(devices: Int, pattern: String, option: String)
    case sameOutput(TrayDevice, TrayDevice, path: String, option: String)
    case serialNotKnownYet(TrayDevice)
    case noSerial(TrayDevice)
    case streamForSeveral(name: String)
    /// The option records into a file that has another use; `owner` says which.
    case recordsOver(owner: String, option: String, path: String)
    case portAsFile(option: String, path: String)
    case portAsRecording(path: String)
}

/// What is wrong with a configuration, in a file or in the environment, or with a scenario.
enum ConfigurationMistake {
    /// The parser does not accept a value. `isCheck` is true if `config check` found this.
    case notAccepted(Setting, UsageText, isCheck: Bool)
    case refusedToProject(Setting, reason: String)
    case chosenFile(path: String, origin: String, Errno)
    case untrustedFile(path: String, TrustedFile.Doubt?)
    /// What names devices that take the place of all ports.
    case untrustedScenario(path: String, TrustedFile.Doubt)
    case unreadable(String, Errno)
    case flag(variable: String, text: String)
    case unknownVariable(String, nearest: String)
    case unknownBoard(String, Origin?, known: [String])
    case syntax(place: String, String, isScenario: Bool)
    case name(String, of: String, Origin)
    case type(TOMLEntry, expected: String, Origin)
    case unknownKey(String, in: String, Origin, nearest: String?, command: String)
    case noDevices(path: String)
    case sameName(String, Origin)
    case tooManyDevices(limit: Int, Origin)
    case device(String, complaint: String, Origin)
}

/// Why a token database cannot be used.
enum TokenFileError {
    case unreadable(Errno)
    case notAFile
    case noDatabase(suffix: String)
    case database(TokenDatabaseError)
}

/// The devices of a tray that failed, and the problem of each.
struct FailedDevices {
    /// The failures in the order of the devices' numbers.
    var failures: [(device: TrayDevice, problem: Problem)]
    /// The number of all devices that took part.
    var count: Int
    /// Why a recording of the devices is incomplete.
    var recording: Problem?
}

/// Files of a device's folder that were not read.
struct UnreadFiles {
    var failures: [(path: String, problem: Problem)]
    var notTried: Int
    var total: Int
    /// Why the remaining files were not tried.
    var reason: String?
    /// Whether some files may have been read, but not removed as requested.
    var mayBeUnremoved = false
}

extension Failure {
    /// Returns the value. A file error becomes a failure that blames the file which `option` names.
    static func ofFile<Value>(
        _ value: @autoclosure () throws(FileError) -> Value, of option: String = "-o"
    ) throws(Failure) -> Value {
        do throws(FileError) { return try value() } catch { throw .file(error, option: option) }
    }

    /// Returns the value. An error of the system becomes the failure that the file with this name cannot be read.
    static func ofReading<Value>(
        _ path: String, _ value: @autoclosure () throws(Errno) -> Value
    ) throws(Failure) -> Value {
        do throws(Errno) { return try value() } catch { throw .file(.cannotRead(path: path, error)) }
    }

    /// Returns the value. An error of a port becomes a failure.
    static func ofPort<Value>(
        _ value: @autoclosure () throws(SerialPortError) -> Value
    ) throws(Failure) -> Value {
        do throws(SerialPortError) { return try value() } catch { throw .port(error) }
    }

    /// Returns the value. An error of the system becomes a failure of this attempt.
    static func ofSystem<Value>(
        _ attempt: String, _ value: @autoclosure () throws(Errno) -> Value
    ) throws(Failure) -> Value {
        do throws(Errno) { return try value() } catch { throw .system(attempt: attempt, error) }
    }

    /// The failure for standard output that cannot be written.
    static func output(_ code: Errno) -> Failure {
        .file(.cannotWrite(path: "standard output", code), option: ">")
    }
}

extension Failure {
    /// The status with which the device refused or ended something.
    var deviceStatus: Status? {
        switch self {
        case .transfer(let error, _):
            if case .transfer(let failure) = error.reason { failure.deviceStatus } else { nil }
        case .status(.device(let status), _), .deviceFiles(.status(let status), _, _),
            .status(.call(.refused(let status)), _), .deviceFiles(.call(.refused(let status)), _, _):
            status
        case .deviceFiles(.notFound, _, _): .notFound
        default: nil
        }
    }

    /// Whether a transfer cannot go on where an earlier run ended, but may succeed from the start: the device does not
    /// begin at the offset, or what the earlier run moved has become useless.
    var asksForStart: Bool {
        guard case .transfer(let error, _) = self else { return false }
        switch error.reason {
        case .notResumed(_, .beginningLost), .file(.partialFileDiffers), .transfer(.offsetNotSupported),
            .transfer(.notPossibleInLegacy):
            return true
        case .transfer(.device(let status)):
            return error.report.progress.moved == 0 && status != .notFound && status != .permissionDenied
        default: return false
        }
    }

    /// Whether the deadline of the command has passed.
    var isDeadline: Bool {
        guard case .transfer(let error, _) = self, case .deadline = error.reason else { return false }
        return true
    }

    /// Whether the device never answered, or fell silent.
    var isSilence: Bool {
        switch self {
        case .transfer(let error, _):
            switch error.reason {
            case .transfer(.noAnswer), .transfer(.deviceSilent): true
            default: false
            }
        case .deviceFiles(.call(.noAnswer), _, _): true
        default: false
        }
    }
}

extension TransferFailure {
    /// The status, if the device sent one.
    var deviceStatus: Status? {
        switch self {
        case .device, .cannotContinue, .streamRefused, .noTransferService, .offsetNotSupported, .cannotGoBack,
            .onlyLegacySupported:
            status
        default: nil
        }
    }
}

extension ResourceStatusError {
    /// Whether the command can continue without a status.
    var meansNoStatus: Bool {
        switch self {
        case .call(.noAnswer), .call(.refused), .call(.endless), .device, .senseless: true
        case .call: false
        }
    }
}

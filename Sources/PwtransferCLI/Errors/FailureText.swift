internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

/// What to tell the user about a transfer that failed.
struct FailureText {
    let message: String
    var cause: String?
    var hint: String?

    init(_ failure: TransferFailure, report: TransferReport) {
        let resource = Configuration.current.label(ofResource: report.request.resource)
        let subject = "resource \(resource) was not \(report.request.direction == .read ? "read" : "written")"
        let moved = Quantity.progress(report.progress)
        switch failure {
        case .device(let status):
            let text = StatusText(status, direction: report.request.direction)
            self.init(
                message: report.progress.moved == 0
                    ? "\(subject): the device refused with \(status)"
                    : "\(subject): the device ended the transfer with \(status) after \(moved)",
                cause: text.meaning, hint: text.advice)
        case .streamRefused(let status):
            self.init(
                message: "\(subject): the device refused the call with \(status)",
                cause: "its RPC server does not take the transfer service's stream now",
                hint: "restart the device and try again")
        case .noTransferService:
            self.init(
                message: "\(subject): the device has no transfer service (NOT_FOUND)",
                cause: "the firmware does not register pw_transfer, or does so on another channel",
                hint: "check the channel of the firmware: --channel")
        case .noAnswer:
            self.init(
                message: "\(subject): the device does not answer",
                cause: report.statistics.frames > 0
                    ? "it sends valid frames but no answers: another channel, or busy with other things"
                    : report.statistics.strayBytes + report.statistics.damagedFrames > 0
                        ? "bytes arrive, but no valid frame: the baud rate may be wrong"
                        : "nothing was received: wrong port or baud rate, or no firmware with pw_rpc",
                hint: """
                    check --port, --baud, --channel and --address, with: \(Program.name) doctor --talk; devices that erase \
                    flash first: --start-timeout
                    """
            )
        case .deviceSilent:
            self.init(
                message: "\(subject): the device fell silent after \(moved)",
                cause: "it crashed, was reset, or is busy for longer than the patience of this program",
                hint: "try again; for a slow device: --chunk-timeout and --retries")
        case .noProgress:
            self.init(
                message: "\(subject): the device goes on talking, but nothing gets through after \(moved)",
                cause:
                    "the line loses every repetition of some chunk; it may be too long for a buffer on the way",
                hint: "try smaller chunks: --chunk-size 128")
        default:
            self = Self.ofProtocol(failure, subject: subject, moved: moved)
        }
    }

    private init(message: String, cause: String? = nil, hint: String? = nil) {
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    private static func ofProtocol(_ failure: TransferFailure, subject: String, moved: String) -> FailureText
    {
        switch failure {
        case .streamLost:
            FailureText(
                message: "\(subject): the device no longer knows the transfer after \(moved)",
                cause: "it restarted, or another program talks to it on the same port", hint: "try again")
        case .offsetNotSupported:
            FailureText(
                message: "\(subject): the device cannot begin at an offset (UNIMPLEMENTED)",
                cause: "the resource's handler does not support --offset, or the firmware is too old",
                hint: "transfer it from the start, without --offset")
        case .onlyLegacySupported:
            FailureText(
                message: "\(subject): the device speaks only the legacy protocol (UNIMPLEMENTED)",
                cause: "its firmware is from before version 2 of pw_transfer",
                hint: "allow it with --protocol auto")
        case .notPossibleInLegacy:
            FailureText(
                message: "\(subject): the legacy protocol has neither resource 0 nor offsets",
                cause: "it names transfers by their resource alone, and 0 means none",
                hint: "use --protocol auto")
        case .deviceStorageFull:
            FailureText(
                message: "\(subject): the device has no room for more than \(moved) (RESOURCE_EXHAUSTED)",
                cause: "the data are larger than what the device keeps for this resource",
                hint: "check that it is the right file and the right resource")
        case .tooLarge:
            FailureText(
                message:
                    "\(subject): the transfer would end behind offset 4294967295, the last one of the protocol",
                cause: "devices count offsets in 32 bits", hint: "check --offset, or split the data")
        case .protocolViolation(let violation):
            FailureText(
                message: "\(subject): \(Self.sentence(violation)) after \(moved)",
                cause: "a fault of the firmware, or two programs that use the port at the same time",
                hint: "try again with no other program on the port")
        case .cancelled:
            FailureText(message: "\(subject): cancelled after \(moved)", hint: "run the command again")
        case .storageFailed:
            FailureText(
                message: "\(subject): the data could not be stored", hint: "choose another place with -o FILE"
            )
        case .sourceFailed:
            FailureText(
                message: "\(subject): the data could not be read", hint: "check the input, then try again")
        default: FailureText(message: "\(subject): \(failure.status)", hint: "try again with -vv")
        }
    }

    private static func sentence(_ violation: TransferFailure.Violation) -> String {
        switch violation {
        case .prematureSuccess: "the device reported success before all data were moved"
        case .completionWithoutStatus: "the device ended the transfer without a status"
        case .versionChanged: "the device changed the protocol version"
        case .invalidWindow: "the device moved the window to where no data can be"
        case .offsetPastEnd: "the device asked for data behind the end"
        case .chunkSizeZero: "the device asked for chunks of no bytes"
        }
    }
}

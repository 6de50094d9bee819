internal import CLibrary
internal import PigweedRPC
internal import SerialPort
internal import TransferClient

/// What a call is about, for the texts of its errors.
struct CallSubject {
    /// What did not happen, as the beginning of a sentence.
    var failure: String
    /// The service or method that the device may lack.
    var service: String
    /// Why a device may be silent although everything else works.
    var silence: String
}

extension Problem {
    init(_ error: CallError, _ subject: CallSubject) {
        let failure = subject.failure
        switch error {
        case .noAnswer(let line):
            self.init(
                status: .temporary, message: "\(failure): the device does not answer",
                cause: Self.cause(ofSilence: line, subject),
                hint: line.isTelnet
                    ? FailureText.telnetAdvice
                    : "check --port, --baud, --channel and --address, with: \(Program.name) doctor --talk; "
                        + "a slow device: --timeout",
                code: "no_answer")
        case .refused(.notFound):
            self.init(
                status: .deviceRefused,
                message: "\(failure): the device has no \(subject.service) (NOT_FOUND)",
                cause: "the firmware does not register it, or does so on another channel",
                hint: "check the channel of the firmware: --channel", code: "no_service",
                deviceStatus: .notFound)
        case .refused(let status):
            self.init(
                status: ExitStatus(ofDevice: status),
                message: "\(failure): the device refused the call with \(status)",
                cause: "its RPC server does not take \(subject.service) now",
                hint: "restart the device and try again", code: "call_refused", deviceStatus: status)
        case .endless(let count):
            self.init(
                status: .deviceRefused, message: "\(failure): the device's answer does not end",
                cause: "a fault of the firmware; it was cut off after \(count) messages",
                hint: "see the firmware's log: --device-output", code: "endless_answer")
        case .deadline(let deadline, let count):
            self.init(
                status: .temporary,
                message:
                    "\(failure): not done within \(Quantity.time(deadline)), with \(count) messages received",
                cause: count > 0 ? "the device has much to send, or does not end" : nil,
                hint: "allow more time: --deadline", code: "deadline")
        case .interrupted(let signal):
            self.init(
                status: .interrupted(signal: signal), message: "\(failure): stopped on request",
                hint: "run the same command again")
        case .cancelled, .closed:
            self.init(
                status: .interrupted(signal: SIGTERM), message: "\(failure): stopped on request",
                hint: "run the same command again")
        case .link(let linkError):
            self.init(linkError)
            message = "\(failure): \(linkError)"
        }
    }

    private static func cause(ofSilence line: CallError.Line, _ subject: CallSubject) -> String {
        if line.isTelnet { return FailureText.telnetCause }
        if line.messages > 0 { return "it began to answer, and fell silent before the end" }
        if line.frames > 0 { return "it sends valid frames, but \(subject.silence)" }
        if line.strayBytes > 0 { return "bytes arrive, but no valid frame: the baud rate may be wrong" }
        return "nothing was received: \(subject.silence), or it is the wrong port or baud rate"
    }

    /// - Parameter path: the file or folder, if there is one.
    init(_ error: DeviceFilesError, subject: String, path: String?) {
        switch error {
        case .call(let error):
            self.init(
                error,
                CallSubject(
                    failure: subject, service: "file service (pw.file.FileSystem)",
                    silence: "many devices have no file service"))
        case .isFolder:
            self.init(
                status: .usage, message: "\(subject): it is a folder",
                hint:
                    "for all files in it: \(Program.name) read \(ShellWord.quoted((path ?? "") + "/")) -o FOLDER/",
                code: "is_folder")
        case .noResource: self = .withoutResource(path ?? subject)
        case .notUnderstood(let count): self = .listNotUnderstood(subject, messages: count)
        case .notFound(let known):
            let nearest = path.flatMap { NearestName.find($0, in: known) }
            self.init(
                status: .deviceRefused, message: "\(subject): the device has no such file (NOT_FOUND)",
                cause: nearest.map { "did you mean \(DeviceText.visible($0))?" },
                hint: "see what there is: \(Program.name) ls", code: "file_not_found", deviceStatus: .notFound
            )
        case .status(let status):
            let text = Self.text(ofFileStatus: status)
            self.init(
                status: ExitStatus(ofDevice: status),
                message: "\(subject): the device answered with \(status)", cause: text.meaning,
                hint: text.advice, code: "device_status", deviceStatus: status)
        }
    }

    private static func text(ofFileStatus status: Status) -> (meaning: String, advice: String) {
        switch status {
        case .notFound: ("the device has no such file", "see what there is: \(Program.name) ls")
        case .unimplemented:
            ("the firmware does not support this for the file", "see in the firmware how the file is made")
        case .permissionDenied: ("the file is protected", "see in the firmware how the file is made")
        case .unavailable: ("the device is busy with something else", "try again later")
        case .invalidArgument, .dataLoss:
            ("the device did not understand the request", "check the path, which is case-sensitive")
        case .ok, .cancelled, .unknown, .deadlineExceeded, .alreadyExists, .resourceExhausted,
            .failedPrecondition, .aborted, .outOfRange, .internal, .unauthenticated:
            ("the device's file service failed", "see the firmware's log: --device-output")
        default: ("a status that Pigweed does not define", "see the firmware's log: --device-output")
        }
    }

    /// A list that makes no sense, or not all of it.
    static func listNotUnderstood(_ subject: String, messages: Int) -> Problem {
        Problem(
            status: .deviceRefused, message: "\(subject): \(messages) messages of the device make no sense",
            cause: "a fault of the firmware: names that are not UTF-8, or numbers that are too large",
            hint: "see in the firmware how the files are made", code: "list_not_understood")
    }

    /// A file that cannot be transferred.
    static func withoutResource(_ path: String) -> Problem {
        Problem(
            status: .deviceRefused,
            message: "\(path) cannot be transferred: the device gives it no resource id",
            cause: "the firmware lists the file for its name only",
            hint: "see its other files: \(Program.name) ls",
            code: "no_resource_id", ownVerdict: .station)
    }
}

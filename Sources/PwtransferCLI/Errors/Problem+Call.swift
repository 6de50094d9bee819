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
    init(_ error: CallError, _ subject: CallSubject, _ surroundings: Surroundings) {
        let failure = subject.failure
        switch error {
        case .noAnswer(let line):
            self.init(
                .noAnswer, "\(failure): the device does not answer",
                cause: Self.cause(ofSilence: line, subject),
                hint: line.isTelnet
                    ? FailureText.telnetAdvice
                    : Self.lineAdvice + "; a slow device: --timeout")
        case .refused(.notFound):
            self.init(
                .noService, "\(failure): the device has no \(subject.service) (NOT_FOUND)",
                cause: "the firmware does not register it, or does so on another channel",
                hint: "check the channel of the firmware: --channel", deviceStatus: .notFound)
        case .refused(let status):
            self.init(
                .callRefused, "\(failure): the device refused the call with \(status)",
                cause: "its RPC server does not take \(subject.service) now",
                hint: "restart the device and try again", status: ExitStatus(ofDevice: status),
                deviceStatus: status)
        case .endless(let count):
            self.init(
                .endlessAnswer, "\(failure): the device's answer does not end",
                cause: "a fault of the firmware; it was cut off after \(count) messages",
                hint: "see the firmware's log: --device-output")
        case .deadline(let deadline, let count):
            self.init(
                .deadline,
                "\(failure): not done within \(Quantity.time(deadline)), with \(count) messages received",
                cause: count > 0 ? "the device has much to send, or does not end" : nil,
                hint: "allow more time: --deadline")
        case .interrupted(let signal): self.init(failure, stoppedBy: signal)
        case .cancelled, .closed: self.init(failure, stoppedBy: SIGTERM)
        case .link(let linkError):
            self.init(linkError, surroundings)
            message = "\(failure): \(linkError)"
        }
    }

    static let lineAdvice =
        "check --port, --baud, --channel and --address, with: \(Program.name) doctor --talk"

    private init(_ failure: String, stoppedBy signal: Int32) {
        self.init(
            .interrupted, "\(failure): stopped on request", hint: "run the same command again",
            status: .interrupted(signal: signal))
    }

    private static func cause(ofSilence line: CallError.Line, _ subject: CallSubject) -> String {
        if line.isTelnet { return FailureText.telnetCause }
        if line.messages > 0 { return "it began to answer, and fell silent before the end" }
        if line.frames > 0 { return "it sends valid frames, but \(subject.silence)" }
        if line.strayBytes > 0 { return "bytes arrive, but no valid frame: the baud rate may be wrong" }
        return "nothing was received: \(subject.silence), or it is the wrong port or baud rate"
    }

    /// - Parameter path: the file or folder of the call, if it was about one.
    init(_ error: DeviceFilesError, subject: String, path: String?, _ surroundings: Surroundings) {
        switch error {
        case .call(let error):
            self.init(
                error,
                CallSubject(
                    failure: subject, service: "file service (pw.file.FileSystem)",
                    silence: "many devices have no file service"), surroundings)
        case .isFolder:
            self.init(
                .isFolder, "\(subject): it is a folder",
                hint:
                    "for all files in it: \(Program.name) read \(ShellWord.quoted((path ?? "") + "/")) -o FOLDER/"
            )
        case .noResource: self.init(withoutResource: path ?? subject)
        case .otherResource:
            self.init(
                .pathNotConfirmed, "\(subject): the path stands for another resource than before",
                cause: "the device may have restarted, and may have given its files other numbers",
                hint: "read the file once more: --overwrite")
        case .notUnderstood(let count): self.init(listNotUnderstood: subject, messages: count)
        case .notFound(let known):
            let nearest = path.flatMap { NearestName.find($0, in: known) }
            self.init(
                .fileNotFound, "\(subject): the device has no such file (NOT_FOUND)",
                cause: nearest.map { "did you mean \(DeviceText.visible($0))?" },
                hint: "see what there is: \(Program.name) ls", deviceStatus: .notFound)
        case .status(let status):
            self.init(subject, status, Self.text(ofFileStatus: status))
        }
    }

    /// The problem that the device answered with a status.
    private init(_ subject: String, _ status: Status, _ text: (meaning: String, advice: String)) {
        self.init(
            .deviceStatus, "\(subject): the device answered with \(status)", cause: text.meaning,
            hint: text.advice, status: ExitStatus(ofDevice: status), deviceStatus: status)
    }

    /// - Parameter resource: the resource in words.
    init(_ error: ResourceStatusError, resource: String, _ surroundings: Surroundings) {
        let failure = "the status of resource \(resource) is not known"
        switch error {
        case .call(let error):
            self.init(
                error,
                CallSubject(
                    failure: failure, service: "GetResourceStatus",
                    silence: "many devices do not implement GetResourceStatus"), surroundings)
        case .device(let status): self.init(failure, status, Self.text(ofResourceStatus: status))
        case .senseless:
            self.init(
                .protocolViolation, "\(failure): the answer makes no sense",
                cause: "a fault of the firmware, or two programs that use the port at the same time",
                hint: "try again with no other program on the port")
        }
    }

    private static func text(ofResourceStatus status: Status) -> (meaning: String, advice: String) {
        switch status {
        case .unimplemented:
            (
                "the resource's handler does not implement it, as is usual",
                "transfer the resource to see what is in it"
            )
        case .unavailable: ("the device is busy with a transfer or another request", "try again later")
        case .notFound:
            (
                StatusMeaning(status, direction: .read, naming: \.option).cause,
                StatusMeaning(status, direction: .read, naming: \.option).advice
            )
        default: ("the device's handler failed", "see the firmware's log: --device-output")
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

    /// The problem that some messages of a list, or all, make no sense.
    private init(listNotUnderstood subject: String, messages: Int) {
        self.init(
            .listNotUnderstood, "\(subject): \(messages) messages of the device make no sense",
            cause: "a fault of the firmware: names that are not UTF-8, or numbers that are too large",
            hint: "see in the firmware how the files are made")
    }

    /// The problem that files may be missing in a list.
    init(incompleteListWith brokenMessages: Int) {
        let subject = "the list of files is not complete"
        guard brokenMessages == 0 else {
            self.init(listNotUnderstood: subject, messages: brokenMessages)
            return
        }
        self.init(
            .listDamaged, "\(subject): frames were damaged, each time that the device was asked",
            cause: "a bad line, or several programs that print on it",
            hint: "try again, or a lower --baud on both sides")
    }

    /// The problem that a file cannot be transferred, because it has no resource.
    init(withoutResource path: String) {
        self.init(
            .noResourceID, "\(path) cannot be transferred: the device gives it no resource id",
            cause: "the firmware lists the file for its name only",
            hint: "see its other files: \(Program.name) ls")
    }
}

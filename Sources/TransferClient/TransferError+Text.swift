public import PigweedRPC
internal import PigweedTransfer
internal import SerialPort

extension TransferError {
    /// The resource of the transfer.
    public var resource: UInt32 { report.request.resource }

    /// The status of the transfer: the device's own if it sent one, else what stands for the failure; `nil` if it failed
    /// for a reason that has no status, such as a line that broke.
    public var status: Status? {
        switch reason {
        case .transfer(let failure): failure.status
        case .file: .dataLoss
        case .interrupted, .closed: .cancelled
        case .deadline: .deadlineExceeded
        case .link, .notResumed: nil
        }
    }

    /// What to do, as one sentence without a full stop.
    public var advice: String {
        switch reason {
        case .transfer(let failure): Self.advice(for: failure, report)
        case .link(.busy): "end the other program that uses the port"
        case .link(.permissionDenied): "join the group of the port, often dialout"
        case .link: "plug the device in again, then make a new manager"
        case .notResumed(_, let failure): Self.advice(for: failure)
        case .file(let error): error.isOfSource ? "check where the data come from" : "choose another place"
        case .interrupted: "try again"
        case .deadline: "allow more time"
        case .closed: "make a new manager"
        }
    }

    private static func advice(for failure: ResumeFailure) -> String {
        switch failure {
        case .portUnavailable: "plug the device in again and try again, or allow it more time (reconnect)"
        case .cannotStartOver(let error):
            error.isOfSource ? "write from memory or a file, not from a stream" : "read into memory or a file"
        case .beginningLost: "write everything"
        case .noProgress: "see what the firmware prints when it restarts (deviceOutput)"
        }
    }

    private static func advice(for failure: TransferFailure, _ report: TransferReport) -> String {
        switch failure {
        case .device(let status), .streamRefused(let status): advice(for: status, report)
        case .noAnswer:
            if report.statistics.frames > 0 {
                "check the RPC channel; the device sends frames but no answers"
            } else if report.statistics.strayBytes + report.statistics.damagedFrames > 0 {
                "check the baud rate; bytes arrive, but no valid frame"
            } else {
                "check port and baud rate; allow devices that erase flash first a longer startTimeout"
            }
        case .deviceSilent: "try again; allow a slow device a longer chunkTimeout and more retries"
        case .noProgress: "try smaller chunks (chunkSize)"
        case .noTransferService: "check the RPC channel, and that the firmware registers pw.transfer.Transfer"
        case .offsetNotSupported: "begin at offset 0"
        case .onlyLegacySupported, .notPossibleInLegacy: "allow both protocols (protocolChoice)"
        case .deviceStorageFull, .tooLarge: "check that it is the right resource for these data"
        case .streamLost, .protocolViolation, .cancelled: "try again, with no other program on the port"
        case .storageFailed, .sourceFailed: "check where the data go to or come from"
        }
    }

    private static func advice(for status: Status, _ report: TransferReport) -> String {
        let isRead = report.request.direction == .read
        return switch status {
        case .notFound: "check the number of the resource, and that the firmware registers its handler"
        case .permissionDenied: isRead ? "the resource can only be written" : "the resource can only be read"
        case .resourceExhausted:
            isRead
                ? "try again later: all transfers of the device are taken; or check the offset"
                : "try again later: all transfers of the device are taken; or it has no room for the data"
        case .unimplemented, .outOfRange: "begin at offset 0"
        case .deadlineExceeded, .aborted, .cancelled, .failedPrecondition, .internal, .unavailable:
            "try again, with no other program on the port"
        default: "see what the firmware prints (deviceOutput)"
        }
    }
}

extension TransferError: CustomStringConvertible {
    /// What failed, and what to do.
    public var description: String {
        let verb = report.request.direction == .read ? "read" : "written"
        return
            "resource \(resource) was not \(verb): \(sentence) after \(report.progress.moved) bytes; \(advice)"
    }

    private var sentence: String {
        switch reason {
        case .transfer(.device(let status)), .transfer(.streamRefused(let status)):
            "the device refused with \(status)"
        case .transfer(let failure): Self.sentence(failure)
        case .link(let error): "\(error)"
        case .notResumed(let error, let failure): "\(error), and \(Self.sentence(failure))"
        case .file(let error): "\(error)"
        case .interrupted(let signal): "stopped by signal \(signal)"
        case .deadline(let time): "not done within \(time)"
        case .closed: "the manager was closed"
        }
    }

    private static func sentence(_ failure: ResumeFailure) -> String {
        switch failure {
        case .portUnavailable(let error): "did not come back: \(error)"
        case .cannotStartOver(let error): "the transfer cannot go on there: \(error)"
        case .beginningLost: "the device may have lost what an earlier write had brought"
        case .noProgress(let reconnects): "came back \(reconnects) times in vain"
        }
    }

    private static func sentence(_ failure: TransferFailure) -> String {
        switch failure {
        case .noAnswer: "the device does not answer"
        case .deviceSilent: "the device fell silent"
        case .noProgress: "the device goes on talking, but nothing gets through"
        case .noTransferService: "the device has no transfer service on this channel"
        case .streamLost: "the device no longer knows the transfer"
        case .offsetNotSupported: "the device cannot begin at an offset"
        case .onlyLegacySupported: "the device speaks only the legacy protocol"
        case .notPossibleInLegacy: "the legacy protocol has neither resource 0 nor offsets"
        case .deviceStorageFull: "the device has no room for more"
        case .tooLarge: "it would end behind offset 4294967295, the last one of the protocol"
        case .cancelled: "cancelled"
        default: "\(failure.status)"
        }
    }
}

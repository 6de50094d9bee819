internal import CLibrary
internal import PigweedRPC
internal import SerialPort
internal import SystemPackage
internal import TransferClient

extension Problem {
    /// The words and the exit status for a failure. No other place makes them.
    init(_ failure: Failure, in surroundings: Surroundings = .present) {
        switch failure {
        case .commandLine(let complaint):
            self.init(.usage, complaint.message, cause: complaint.cause, hint: complaint.hint)
        case .usage(let mistake): self.init(mistake)
        case .configuration(let mistake): self.init(mistake)
        case .unknownOptions(let error):
            self.init(.internalError, "the options of the program are unknown: \(error)")
        case .system(let attempt, let code):
            self.init(
                .systemLimit, "cannot \(attempt): \(code)",
                cause: Self.limit(code)
                    ?? "this user has as many files, processes or threads as allowed, or memory is short",
                hint: "see the limits: ulimit -a; and who uses what: top")
        case .stopped(let signal, let occasion):
            self.init(
                .interrupted, "stopped on request" + (occasion.map { ", \($0)" } ?? ""),
                hint: occasion == nil ? nil : "run the same command again",
                status: .interrupted(signal: signal))
        case .stoppedAtOnce(let signal, let isTransferring):
            self.init(
                .interrupted, "stopped at once",
                hint: isTransferring
                    ? "the device may be busy with the transfer for 10 seconds more; then try again" : nil,
                status: .interrupted(signal: signal))
        case .port(let error): self.init(error, surroundings)
        case .portRequest(let error): self.init(error, surroundings)
        case .severalPorts(let count, let selector):
            self.init(
                .severalPorts, "\(count) serial ports " + (selector.map { "are \($0)" } ?? "are behind USB"),
                cause: "none was opened, since nobody said which one is meant",
                hint: "choose one with --port, as told for each")
        case .unhealthy(let diagnosis):
            let obstacle = diagnosis.obstacle
            self.init(
                obstacle?.name.code ?? .internalError, diagnosis.verdict, cause: obstacle?.cause,
                hint: obstacle?.advice.first, status: obstacle?.status)
            isTold = true
        case .devicesMissing(let present, let absent, let wanted):
            self.init(missing: absent, besides: present, of: wanted)
        case .tooManyDevices(let present, let wanted):
            self.init(
                .tooManyDevices, "\(present.count) devices are there, but --devices is \(wanted)",
                hint: "unplug the others, or name those that are meant:\(Self.list(present))")
        case .devices(let devices): self.init(devices)
        case .file(let error, let option): self.init(error, option: option)
        case .spool(let error):
            self.init(error, option: "-o")
            guard !error.isOfSource else { return }
            cause = "the data are needed more than once, so that a stream is copied there first"
            hint = "name a folder with room: TMPDIR=FOLDER; or write from a file"
        case .outputNotRead(let signal?):
            self.init(.interrupted, Self.notRead, status: .interrupted(signal: signal))
        case .outputNotRead(nil):
            self.init(
                .outputNotRead, Self.notRead, cause: "whoever reads it took nothing until the deadline",
                hint: "give more time: --deadline; or read faster")
        case .capture(let error, let name): self.init(error, name: name)
        case .tokens(let error, let path): self.init(error, path: path)
        case .transfer(let error, let isResumable): self.init(error, isResumable: isResumable, surroundings)
        case .status(let error, let resource):
            self.init(error, resource: surroundings.label(resource), surroundings)
        case .noChecksum(let resource):
            self.init(
                .noChecksum, "the device reports no checksum of resource \(surroundings.label(resource))",
                cause: "its handler answers GetResourceStatus without one", hint: Self.readback)
        case .verification(let verification):
            let (cause, hint) = verification.advice
            self.init(
                verification.isOfOtherSize ? .verificationSizeDiffers : .verificationFailed,
                verification.difference, cause: cause, hint: hint)
        case .failureLogged(let text):
            self.init(.failureLogged, "the device logged \"\(DeviceText.visible(text))\" (--fail-on)")
        case .notLogged(let time, let messages):
            self.init(
                .notLogged,
                "the device did not log what is expected within \(Quantity.time(time)) (--expect)",
                cause: messages == 0
                    ? "it logged nothing"
                    : "it logged \(messages == 1 ? "one other message" : "\(messages) other messages")")
        case .noLogService(let status):
            self.init(
                .noLogService, "the device does not give its log by RPC (pw.log.Logs): \(status)",
                cause: status == .notFound
                    ? "the firmware does not register the service" : "another client has it",
                hint: "see what it logs on the line: --device-output=line",
                status: ExitStatus(ofDevice: status), deviceStatus: status)
        case .notRebooted(let error):
            let subject = CallSubject(
                failure: "the device was not restarted",
                service: "device service (pw.system.proto.DeviceService)",
                silence: "it does not answer calls")
            self.init(error, subject, surroundings)
            switch error {
            case .noAnswer(let line) where !line.isTelnet: hint = Self.lineAdvice
            case .refused(.notFound):
                hint =
                    "restart it by its lines, if they are wired to its reset: dtr, rts, dtr-rts or touch1200"
            default: break
            }
        case .notReset(let error, let method):
            self.init(error, surroundings)
            message = "the device was not restarted: \(message)"
            if case .modemLinesUnsupported = error {
                hint = "restart it in another way than \(method.rawValue), such as rpc"
            }
        case .touchIgnored(let port):
            self.init(
                .notReset, "the device was not restarted: at 1200 baud \(port) stays as it is",
                cause:
                    "the firmware does not watch the rate, or the port is an adapter between it and this machine",
                hint: "restart it in another way: dtr, rts, dtr-rts or rpc")
        case .notBack(let error):
            self.init(
                .notReconnected, "the device was restarted and did not come back: \(error)",
                hint: "see which ports there are: \(Program.name) ports; "
                    + "read, write and monitor wait longer with --reconnect=1min")
        case .deviceFiles(let error, let subject, let path):
            self.init(error, subject: subject, path: path, surroundings)
        case .noResource(let path): self.init(withoutResource: path)
        case .sizeDiffers(let path, let size, let count):
            self.init(
                .sizeDiffers,
                "\(path) was not removed: the device lists \(size) bytes, but \(count) were read",
                cause: "the file changed meanwhile, or a fault of the firmware", hint: "read it again")
        case .listIncomplete(let brokenMessages): self.init(incompleteListWith: brokenMessages)
        case .unsafeName(let id):
            self.init(
                .unsafeName, "a file has no name", cause: "a fault of the firmware", hint: Self.byNumber(id))
        case .nameUsedTwice(let path, let id):
            self.init(
                .nameUsedTwice, "the device lists \(path) more than once",
                cause: "the first of them was read",
                hint: Self.byNumber(id))
        case .folder(let files): self.init(files)
        case .waited(let time, let failure):
            self.init(failure, in: surroundings)
            message += " (waited \(Quantity.time(time)))"
        case .notVerifiable(let failure):
            self.init(failure, in: surroundings)
            message += "; nothing was written, since it could not be verified"
            if case .status(let error, _) = failure, error.meansNoStatus { hint = Self.readback }
        case .notVerified(let failure, let isSameResource):
            self.init(failure, in: surroundings)
            message = "the data were written, but not verified: \(message)"
            if deviceStatus == .permissionDenied, isSameResource {
                hint = "name the resource that gives back what was written: --verify-from RESOURCE"
            }
        case .writtenOnly(let failure):
            self.init(failure, in: surroundings)
            message = "the data were written, but \(message)"
            hint = hint ?? "see what it logs: --device-output"
        case .notRecorded(let error, let option):
            self.init(error, option: option)
            message += "; the recording is not complete, all else succeeded"
        case .ofDevice(let name, let failure):
            self.init(failure, in: surroundings)
            message = "device \(name): \(message)"
        }
    }

    private static let notRead = "standard output was not read to the end"
    private static let readback = "compare byte by byte: --verify readback"

    private static func byNumber(_ id: UInt32) -> String {
        "read it by its number: \(Program.name) read \(id) -o FILE"
    }

    static let limitAdvice = "raise the limit, or end what uses it up; see: ulimit -a"

    /// The limit of this machine that an error stands for, in words; `nil` if the error is about something else.
    static func limit(_ code: Errno) -> String? {
        switch code {
        case .tooManyOpenFiles: "this process has as many open files as it may have: ulimit -n"
        case .tooManyOpenFilesInSystem:
            "all programs together have as many open files as allowed: sysctl fs.file-max"
        case .noMemory, .noBufferSpace:
            "this machine, or the program's share (ulimit -v, a cgroup), is out of memory"
        case .resourceTemporarilyUnavailable:
            "this user has as many processes and threads as allowed: ulimit -u"
        default: nil
        }
    }
}

extension Failure {
    var message: String { Problem(self).message }
}

internal import CLibrary
internal import SerialPort
internal import SystemPackage

extension Problem {
    init(_ error: SerialPortError, _ surroundings: Surroundings = .present) {
        self.init(
            Self.code(of: error), error.description, cause: Self.cause(of: error),
            hint: Self.hint(for: error, surroundings), status: Self.status(of: error))
        if case .permissionDenied(let path) = error {
            let text = PermissionText(surroundings.access(path), path: path)
            cause = text.cause
            hint = text.steps.first
        }
        if case .notFound(let path) = error,
            let text = PortText.notHandedIn(surroundings.portsWithoutNode().filter { $0.path == path })
        {
            cause = text.cause
            hint = text.hint
        }
    }

    private static func code(of error: SerialPortError) -> ErrorCode {
        switch error {
        case .notFound: .portNotFound
        case .permissionDenied: .portPermissionDenied
        case .busy: .portBusy
        case .notATerminal: .notATerminal
        case .rateRejected: .baudRejected
        case .modemLinesUnsupported: .modemLinesUnsupported
        case .disconnected: .disconnected
        case .invalidAddress: .invalidAddress
        case .connectionFailed: .connectionFailed
        case .turnedAway: .connectionClosedByServer
        case .noAnswer: .noTelnetAnswer
        case .optionRefused: .telnetOptionRefused
        case .settingRefused: .lineSettingRefused
        case .linkOccupied: .linkOccupied
        case .linkFailed: .linkFailed
        case .system: .portError
        }
    }

    init(_ error: PortRequestError, _ surroundings: Surroundings) {
        switch error {
        case .unusable(let error): self.init(error, surroundings)
        case .noMatch(let selector, let present):
            let modems = present.filter(\.isModem)
            let ports = PortText.choices(selector == nil ? modems : present, among: present)
            let elsewhere = surroundings.portsWithoutNode().filter {
                selector?.matches($0) ?? $0.isChosenUnnamed
            }
            if let text = PortText.notHandedIn(elsewhere) {
                self.init(
                    .noDevice,
                    selector.map { "no serial port here is \($0)" } ?? "there is no USB serial port here",
                    cause: text.cause, hint: text.hint)
                break
            }
            self.init(
                .noDevice, selector.map { "no serial port is \($0)" } ?? "there is no USB serial port",
                cause: !surroundings.seesDevices()
                    ? PortFacts.onlyNodes + (ports.isEmpty ? "" : "; these ports are there:\(ports)")
                    : ports.isEmpty
                        ? "the device is not plugged in, or its port is of another kind"
                        : selector == nil
                            ? "the device is not plugged in; a modem is taken only if it is named:\(ports)"
                            : "the device is not plugged in; these ports are there:\(ports)",
                hint: !surroundings.seesDevices()
                    ? "hand the node in, as with docker run --device /dev/ttyACM0, and name it: --port /dev/ttyACM0"
                    : selector == nil
                        ? "plug it in, or name the port: --port /dev/ttyS0, --port tcp:HOST:PORT"
                        : "plug it in, or choose another port; --wait waits for it")
        case .severalMatch(let selector, let matches, let present):
            self.init(
                .noDevice,
                selector.map { "\(matches.count) serial ports are \($0)" }
                    ?? "there are \(matches.count) USB serial ports",
                hint: "choose one:" + PortText.choices(matches, among: present))
        case .stopped: self.init(.stopped(signal: SIGINT))
        }
    }

    /// The exit status for an error; `nil` for the status of the error's code.
    private static func status(of error: SerialPortError) -> ExitStatus? {
        switch error {
        case .system(_, _, let code) where limit(code) != nil: .configuration
        case .system(_, _, .tooManySymbolicLinkLevels), .system(_, _, .fileNameTooLong),
            .system(_, _, .notDirectory):
            .usage
        case .system(_, _, .permissionDenied), .system(_, _, .notPermitted): .noPermission
        default: nil
        }
    }

    private static func cause(of error: SerialPortError) -> String? {
        switch error {
        case .permissionDenied: nil
        case .notFound: "the device is not plugged in, not switched on, or has another name now"
        case .rateRejected: "the adapter cannot produce this rate"
        case .busy: "a port is used by one program at a time, since two would take each other's answers"
        case .notATerminal: "a serial port is a device node such as /dev/ttyACM0"
        case .modemLinesUnsupported(let path) where path.hasPrefix("rfc2217:"):
            "the server does not confirm it: its port has no such lines, or it sets them without saying so"
        case .modemLinesUnsupported: "a pseudo-terminal or the adapter's driver has no such lines"
        case .disconnected: "the device was unplugged or reset, or the program on the other side has ended"
        case .invalidAddress: "a network address has a host and a port number"
        case .connectionFailed: "no such host is known, nothing listens there, or a firewall is in between"
        case .turnedAway: "the server serves another client, or cannot use its serial port"
        case .noAnswer: "the server serves another client, or it is no telnet server"
        case .optionRefused(_, "COM-PORT-OPTION"):
            "it is a telnet server that does not control its serial port"
        case .optionRefused: "the server changes bytes on their way"
        case .settingRefused: "the server or its adapter cannot do it"
        case .linkOccupied: "something else than a link of an earlier run is there"
        case .linkFailed: "the folder does not exist, or you may not write to it"
        case .system(_, _, .tooManySymbolicLinkLevels): "the name is a link that leads back to itself"
        case .system(_, _, .fileNameTooLong), .system(_, _, .notDirectory): "no device can have this name"
        case .system(_, _, let code):
            limit(code) ?? "the driver or the adapter has a fault; see: journalctl --dmesg"
        }
    }

    private static func hint(for error: SerialPortError, _ surroundings: Surroundings) -> String? {
        switch error {
        case .permissionDenied: nil
        case .notFound(let path) where path.contains(","):
            "several ports are named one by one:"
                + path.split(separator: ",").map {
                    " --port \(ShellWord.quoted(String($0.drop(while: \.isWhitespace))))"
                }.joined()
        // The user probably means the node with this name.
        case .notFound(let path) where !path.contains("/") && surroundings.exists("/dev/\(path)"):
            "did you mean /dev/\(path)?"
        case .notFound, .notATerminal, .system(_, _, .tooManySymbolicLinkLevels),
            .system(_, _, .fileNameTooLong), .system(_, _, .notDirectory):
            "see which ports there are: \(Program.name) ports"
        case .busy(let path, nil):
            "see who has it: sudo fuser \(ShellWord.quoted(path)); end that program, then try again"
        case .busy(_, let holder?) where holder.lockFile != nil:
            "if that program does not use the port, the file is left over: sudo rm "
                + ShellWord.quoted(holder.lockFile ?? "")
        case .busy(let path, _): "end that program, or choose another port than \(path)"
        case .rateRejected: "choose another rate with --baud, the same on both sides"
        case .modemLinesUnsupported(let path) where path.hasPrefix("rfc2217:"):
            "leave out --dtr and --rts, or go on without a confirmation: --port "
                + ShellWord.quoted(path + "?ign_set_control")
        case .modemLinesUnsupported: "leave out --dtr and --rts"
        case .invalidAddress: "for example: --port tcp:localhost:33000, or --listen localhost:33000"
        case .connectionFailed: "check the address, and that the other side is listening"
        case .turnedAway: "wait until the port is free: --wait"
        case .noAnswer(let address): noAnswerHint(address)
        case .optionRefused(let address, "COM-PORT-OPTION"):
            "if its serial port is set as the device needs it: --port "
                + ShellWord.quoted(address.replacing("rfc2217://", with: "telnet://", maxReplacements: 1))
        case .optionRefused:
            "set the server up for telnet with BINARY, or for raw connections and use --port tcp:HOST:PORT"
        case .settingRefused: "leave out the option that asks for it, or set it on the server"
        case .linkOccupied: "choose another path with --link, or remove what is there"
        case .linkFailed: "choose another path with --link, in a folder that exists and that you may write to"
        case .disconnected: "check cable and power, then try again"
        case .system(_, _, let code) where limit(code) != nil: limitAdvice
        case .system: "unplug the adapter and plug it in again, then try again"
        }
    }

    private static func noAnswerHint(_ address: String) -> String {
        let target = address.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "?" }
        return
            "--wait waits until it is free; if the server passes bytes on as they are: --port "
            + ShellWord.quoted("tcp:\(target)")
    }
}

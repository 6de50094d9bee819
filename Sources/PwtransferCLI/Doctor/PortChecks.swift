internal import SerialPort

/// Turns facts about a port into findings. Nothing here looks at the machine.
extension PortFacts {
    /// The checks that need no received bytes, in their order.
    var checks: [Check] {
        guard isPresent else {
            return [portCheck]
        }
        return [
            portCheck, holderCheck, permissionCheck, modemManagerCheck, brlttyCheck, latencyCheck,
            hangUpCheck, baudCheck,
        ]
    }

    private var visiblePath: String { DeviceText.visible(path) }

    private var portCheck: Check {
        guard isPresent else {
            return .missing(
                "there is no such port", ports: ports, adapters: adapters, brltty: brltty,
                seesDevices: seesDevices, notHandedIn: notHandedIn)
        }
        switch opening {
        case .failed(.notATerminal):
            return .problem(
                .port, .usage, "it is not a serial port",
                cause: "a serial port is a device node such as /dev/ttyACM0",
                advice: ["see which ports there are: pwtransfer ports"])
        case .failed(.notFound):
            return .problem(
                .port, .noDevice, "there is no device behind it",
                cause: "the node is left over, or a UART that is not there",
                advice: ["see which ports there are: pwtransfer ports"])
        case .failed(let error) where error.isOfLink:
            return .problem(
                .port, .linkBroke, error.description, cause: "the device was unplugged, or its driver failed",
                advice: ["plug it in again", "see what the driver says: sudo dmesg | tail"])
        default:
            return Check(
                name: .port, finding: .ok,
                message: description.map { "\(visiblePath), \(PortText.title(of: $0))" } ?? visiblePath,
                advice: choice.map { [$0] } ?? [])
        }
    }

    private var holderCheck: Check {
        var user = holder
        var isHeld = holder != nil
        if case .failed(.busy(_, let found)) = opening {
            isHeld = true
            user = found ?? user
        }
        guard isHeld else { return freeCheck }
        guard let user else {
            return .problem(
                .holder, .temporary, "another program uses it", cause: "it belongs to another user",
                advice: ["see which: sudo fuser -v \(ShellWord.quoted(path))"])
        }
        if let file = user.lockFile { return claimCheck(user, file) }
        return .problem(
            .holder, .temporary, "\(user) uses it",
            cause: "one program at a time: two would take each other's answers",
            advice: ["end it: in its window, or kill \(user.pid)", "wait for its end: --wait"])
    }

    /// The check of a port that no visible program uses.
    private var freeCheck: Check {
        if let lockFile, case .refuted(let reason) = lockFile.credit {
            return .warning(
                .holder, "no program uses it, but there is the lock file \(lockFile.path)", cause: reason,
                advice: [
                    "remove the file, which keeps other programs out: sudo rm \(ShellWord.quoted(lockFile.path))"
                ])
        }
        switch seenPrograms {
        case .all: return .ok(.holder, "no program uses it")
        case .own: return .ok(.holder, "no program is seen to use it (those of others: only with sudo)")
        case .none: return .notChecked(.holder, because: Self.noPrograms)
        }
    }

    /// The check of a port that only a lock file says is in use.
    private func claimCheck(_ user: PortHolder, _ file: String) -> Check {
        var cause = "nothing else shows it"
        if let lockFile, case .unchecked(let reason) = lockFile.credit { cause += ": \(reason)" }
        return .problem(
            .holder, .temporary, "\(user)", cause: cause,
            advice: [
                "see whether it does: sudo fuser -v \(ShellWord.quoted(path))",
                "if no program does, the file is left over: sudo rm \(ShellWord.quoted(file))",
                "if one does, wait for its end: --wait",
            ])
    }

    private static let noPrograms = "programs cannot be seen: there is no /proc"
    static let noDevices = "devices cannot be looked at: there is no /sys"
    static let onlyNodes = "there is no /sys: ports are known by the numbers of their nodes alone"
    static let noDescription =
        "udev does not run here: whether its rules know these ports is not known"
    private static let noRules = "udev does not run here, so that its rules cannot be looked at"

    private var permissionCheck: Check {
        guard let access, access.isAllowed, !isForbidden else {
            let text = PermissionText(access, path: path)
            return .problem(
                .permission, .noPermission, "you may not use it", cause: text.cause, advice: text.steps)
        }
        return .ok(.permission, "\(access.user) may read and write it, group \(access.group)")
    }

    /// Whether the system refuses to open the port, whatever its permissions say.
    private var isForbidden: Bool {
        if case .failed(.permissionDenied) = opening { true } else { false }
    }

    private var modemManagerCheck: Check {
        guard seenPrograms != .none else { return .notChecked(.modemManager, because: Self.noPrograms) }
        guard let modemManager else { return .ok(.modemManager, "it is not running") }
        guard seesDevices else { return .notChecked(.modemManager, because: Self.noDevices) }
        guard let surroundings, description?.isUSB == true else {
            return .ok(.modemManager, "\(modemManager) leaves ports alone that are not behind USB")
        }
        if description?.isDescribed == false { return .notChecked(.modemManager, because: Self.noRules) }
        if surroundings.isIgnoredByModemManager {
            return .ok(.modemManager, "\(modemManager) is told to ignore this device")
        }
        return .warning(
            .modemManager, "\(modemManager) is not told to ignore this device",
            cause: "it may send modem commands for half a minute after the device is plugged in",
            advice: [
                "add this device to \(PermissionText.rulesFile), which sets ID_MM_DEVICE_IGNORE, and plug it in again",
                "if you have no modem: sudo systemctl disable --now ModemManager",
            ])
    }

    private var brlttyCheck: Check {
        if let driver = surroundings?.brailleDriver {
            return .warning(
                .brltty, "udev's rules take it for a braille display (driver \(DeviceText.visible(driver)))",
                cause: "brltty takes such an adapter from its driver, and its port vanishes",
                advice: Self.brlttyAdvice)
        }
        guard seenPrograms != .none else { return .notChecked(.brltty, because: Self.noPrograms) }
        guard let brltty else { return .ok(.brltty, "it is not running") }
        guard seesDevices else { return .notChecked(.brltty, because: Self.noDevices) }
        guard let description, let vendor = description.vendorID, let product = description.productID,
            AdapterWithoutPort.driver(vendor, product) != nil
        else { return .ok(.brltty, "\(brltty) leaves this device alone") }
        return .warning(
            .brltty, "\(brltty) may take this adapter for a braille display",
            cause: "displays have converters with the same numbers,"
                + " \(USBNumber.text(vendor)):\(USBNumber.text(product))",
            advice: Self.brlttyAdvice)
    }

    static let brlttyAdvice = [
        "if nobody reads braille on this machine: sudo apt-get remove brltty, and plug the adapter in again"
    ]

    private var latencyCheck: Check {
        guard seesDevices else { return .notChecked(.latencyTimer, because: Self.noDevices) }
        guard let resting = surroundings?.latencyTimer else {
            return .ok(.latencyTimer, "not an FTDI adapter")
        }
        // With 2 ms or less, an answer is late by no more than the time of a USB frame.
        if resting <= 2 { return .ok(.latencyTimer, "\(resting) ms") }
        if let latencyInUse, latencyInUse <= 2 {
            return .ok(.latencyTimer, "\(latencyInUse) ms while pwtransfer uses the port, else \(resting) ms")
        }
        let file = surroundings?.latencyTimerPath ?? "/sys/bus/usb-serial/devices/NAME/latency_timer"
        return .warning(
            .latencyTimer, "FTDI latency timer: \(resting) ms",
            cause: "the adapter keeps the end of each answer for that long, which slows transfers down",
            advice: [
                "until it is unplugged: echo 1 | sudo tee \(ShellWord.quoted(file))",
                #"for good, a udev rule: ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio","#
                    + #" ATTR{latency_timer}="1""#,
            ])
    }

    private var hangUpCheck: Check {
        guard case .opened(let line) = opening else { return .notChecked(.hangUp, because: notOpened) }
        if line.dropsLinesOnClose {
            return .warning(
                .hangUp, "closing the port drops DTR and RTS (HUPCL), and its driver insists on it",
                cause: "boards whose reset is wired to DTR restart whenever a program opens the port",
                advice: ["disconnect DTR from the reset, or wait for the start of the firmware"])
        }
        return .ok(
            .hangUp,
            line.droppedLinesOnClose
                ? "was on, is off now; opening the port may have restarted a board whose reset is wired to DTR"
                : "off: closing the port leaves DTR and RTS as they are")
    }

    private var baudCheck: Check {
        switch opening {
        case .opened(let line):
            return .ok(
                .baud,
                line.baudRate == baudRate ? "\(baudRate)" : "\(baudRate), the driver says \(line.baudRate)")
        case .failed(.rateRejected(_, let requested, let actual)):
            return .problem(
                .baud, .usage, "its driver does not do \(requested) baud, but set \(actual)",
                cause: "the adapter cannot produce this rate",
                advice: ["choose another rate, the same on both sides: --baud"])
        case .failed(.modemLinesUnsupported):
            return .problem(
                .baud, .usage, "it has no DTR and RTS lines to set", advice: ["leave out --dtr and --rts"])
        case .notTried, .failed:
            return .notChecked(.baud, because: notOpened)
        }
    }

    /// Why the checks that need an open port were not made.
    var notOpened: String {
        switch opening {
        case .notTried(let reason): reason
        case .failed(let error): "the port could not be opened: \(error)"
        case .opened: "the port was closed"
        }
    }
}

extension Check {
    /// The check of a port that does not exist. Its advice names other ports, and adapters that have lost their port.
    static func missing(
        _ message: String, ports: [SerialPortDescription], adapters: [AdapterWithoutPort],
        brltty: PortHolder?, seesDevices: Bool, notHandedIn: (cause: String, hint: String)? = nil
    ) -> Check {
        if let notHandedIn {
            return .problem(
                .port, .noDevice, message, cause: notHandedIn.cause, advice: [notHandedIn.hint])
        }
        var advice: [String] = []
        var cause = "it is not plugged in, has no power, has another name now, or its cable only charges"
        if !seesDevices { cause = PortFacts.onlyNodes }
        if let adapter = adapters.first {
            let number = "\(USBNumber.text(adapter.vendorID)):\(USBNumber.text(adapter.productID))"
            let title = "an adapter is plugged in that has no port: \(adapter.name) (\(number))"
            if adapter.isTaken || brltty != nil {
                cause = "\(title); \(brltty.map(\.description) ?? "a program, probably brltty,") has taken it"
                advice += PortFacts.brlttyAdvice
            } else {
                cause = "\(title); its driver is not loaded"
                advice += adapter.driver.map { ["load it: sudo modprobe \($0)"] } ?? []
            }
        }
        advice += ports.map { "is it this one? " + PortText.choice($0, among: ports) }
        advice.append("plug it in, and see it appear: pwtransfer ports --watch")
        return .problem(.port, .noDevice, message, cause: cause, advice: advice)
    }
}

extension SerialPortError {
    fileprivate var isOfLink: Bool {
        switch self {
        case .disconnected, .system: true
        default: false
        }
    }
}

internal import CLibrary
internal import CMachine
internal import Machine
internal import SystemPackage

/// An opened and locked terminal, with the settings to restore when it is closed.
struct OpenTerminal: Sendable {
    let descriptor: Int32
    private let original: LineSettings
    private let lock: PortLock
    private let lowLatencyWasSet: Bool

    init(path: String, settings: SerialSettings) throws(SerialPortError) {
        let descriptor = try Self.open(path)
        do throws(SerialPortError) {
            let original: LineSettings
            do { original = try LineSettings(of: descriptor) } catch {
                throw SerialPortError.naming(path, operation: "set up", code: error)
            }
            // Until the lock is certain nothing may be changed or discarded: the port may be another program's.
            let lock = try PortLock(descriptor: descriptor, path: path)
            do throws(SerialPortError) {
                try Self.configure(descriptor, path: path, original: original, settings: settings)
            } catch {
                Self.restore(original, on: descriptor)
                lock.release(descriptor)
                throw error
            }
            self.descriptor = descriptor
            self.original = original
            self.lock = lock
        } catch {
            FileSystem.close(descriptor)
            throw error
        }
        // Low latency only makes the port faster: some drivers do not have the flag, and some users may not set it.
        lowLatencyWasSet = cmachine_set_low_latency(descriptor, true) == 1
    }

    private static func open(_ path: String) throws(SerialPortError) -> Int32 {
        guard let status = fileStatus(at: path) else {
            throw .naming(path, operation: "open", code: Errno(rawValue: errno))
        }
        // Before opening, since opening some devices does something (a watchdog starts).
        guard status.isCharacterDevice else { throw .notATerminal(path: path) }
        try PortLock.checkLockFile(ofNode: path, status)
        while true {
            let descriptor = CLibrary.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
            if descriptor != -1 { return descriptor }
            let code = Errno(rawValue: errno)
            switch code {
            case .interrupted: continue
            case .resourceBusy: throw .busy(path: path, holder: .user(of: status))
            default: throw .naming(path, operation: "open", code: code)
            }
        }
    }

    private static func configure(
        _ descriptor: Int32, path: String, original: LineSettings, settings: SerialSettings
    ) throws(SerialPortError) {
        try setLine(descriptor, path: path, from: original, settings)
        try set(CMACHINE_DTR, to: settings.dtr, descriptor: descriptor, path: path)
        try set(CMACHINE_RTS, to: settings.rts, descriptor: descriptor, path: path)
        if settings.keepsInput { return }
        let result = cmachine_discard_input(descriptor)
        if result < 0 { throw .using(path, operation: "clear", code: Errno(rawValue: -result)) }
    }

    /// Changes the line of an open terminal. If the driver refuses, the line stays as it was.
    func configure(_ descriptor: Int32, path: String, _ settings: SerialSettings) throws(SerialPortError) {
        let before: LineSettings
        do throws(Errno) { before = try LineSettings(of: descriptor) } catch {
            throw .using(path, operation: "examine", code: error)
        }
        do throws(SerialPortError) {
            try Self.setLine(descriptor, path: path, from: before, settings)
        } catch {
            // If this fails, the device is gone, as the error below says.
            do { try before.apply(to: descriptor) } catch {}
            throw error
        }
        try Self.set(CMACHINE_DTR, to: settings.dtr, descriptor: descriptor, path: path)
        try Self.set(CMACHINE_RTS, to: settings.rts, descriptor: descriptor, path: path)
    }

    private static func setLine(
        _ descriptor: Int32, path: String, from original: LineSettings, _ settings: SerialSettings
    ) throws(SerialPortError) {
        let actual: UInt32
        let isAccepted: Bool
        do throws(Errno) {
            guard settings.baudRate > 0 else { throw Errno.invalidArgument }
            let raw = original.raw(settings)
            try raw.apply(to: descriptor)
            let result = try LineSettings(of: descriptor)
            actual = result.baudRate
            isAccepted =
                if SerialSettings.isNear(actual, settings.baudRate) { true } else {
                    try !hasRates(descriptor)
                }
            // A pseudo-terminal carries whole bytes, whatever form is set.
            let isPseudoTerminal = fileStatus(of: descriptor)?.isPseudoTerminal ?? false
            if raw.form != LineSettings.customaryForm, result.form != raw.form, !isPseudoTerminal {
                throw Errno.invalidArgument
            }
        } catch {
            throw .using(path, operation: "set the line of", code: error)
        }
        guard isAccepted else {
            throw .rateRejected(path: path, requested: settings.baudRate, actual: actual)
        }
    }

    /// Whether the driver sets rates at all: at the device's end of a USB gadget there are none, and the rate never
    /// changes.
    private static func hasRates(_ descriptor: Int32) throws(Errno) -> Bool {
        let current = try LineSettings(of: descriptor)
        let customaryRate: UInt32 = current.baudRate == 115_200 ? 57_600 : 115_200
        try current.raw(baudRate: customaryRate, flowControl: .none).apply(to: descriptor)
        let changed = try LineSettings(of: descriptor).baudRate != current.baudRate
        try current.apply(to: descriptor)
        return changed
    }

    private static func set(
        _ line: cmachine_modem_line, to isOn: Bool?, descriptor: Int32, path: String
    ) throws(SerialPortError) {
        guard let isOn else { return }
        let result = cmachine_set_modem_line(descriptor, line, isOn)
        if result >= 0 { return }
        let code = Errno(rawValue: -result)
        switch code {
        case .inappropriateIOCTLForDevice, .invalidArgument: throw .modemLinesUnsupported(path: path)
        default: throw .using(path, operation: "set DTR and RTS of", code: code)
        }
    }

    /// Restores the line settings, except "drop DTR on close": with it, closing and the next opening would reset boards
    /// that have DTR wired to reset. If this fails, the device is gone, and nothing is left to restore.
    private static func restore(_ original: LineSettings, on descriptor: Int32) {
        do { try original.keepingLinesOnClose.apply(to: descriptor) } catch {}
    }

    /// Whether the port, as it was found, would have dropped DTR and RTS when closed (`HUPCL`).
    var droppedLinesOnClose: Bool { original.dropsLinesOnClose }

    /// Restores the settings and releases the port, for a program that ends at once. Unsent output is lost; other
    /// threads notice nothing.
    func abandon() {
        _ = cmachine_discard_output(descriptor)
        if lowLatencyWasSet { _ = cmachine_set_low_latency(descriptor, false) }
        lock.release(descriptor)
        original.keepingLinesOnClose.applyAndReplace(descriptor)
    }

    /// Lets output go out, restores the settings and releases the port, within about 1.2 seconds.
    ///
    /// - Returns: whether the device took no more output.
    func release(after output: borrowing OutputPace) -> Bool {
        var isStalled = false
        if output.hasWritten {
            let drain = OutputDrain(descriptor: descriptor, millisecondsLeft: output.millisecondsLeft)
            isStalled = !drain.run()
            if isStalled { _ = cmachine_discard_output(descriptor) }
        }
        if lowLatencyWasSet { _ = cmachine_set_low_latency(descriptor, false) }
        Self.restore(original, on: descriptor)
        lock.release(descriptor)
        return isStalled
    }

    /// Closes the descriptor after ``release(after:)``, within about 0.3 seconds.
    func close(isStalled: Bool) {
        if isStalled {
            // cdc_acm keeps output that it has passed on to USB, and waits up to 31 s in close(2) until the device
            // takes it.
            cmachine_close_within(descriptor, 300)
        } else {
            FileSystem.close(descriptor)
        }
    }
}

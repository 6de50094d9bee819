internal import CLibrary
internal import CMachine
internal import Machine
internal import SystemPackage

/// The lines of a serial port that carry signals instead of data.
public struct ModemLines: OptionSet, Hashable, Sendable {
    /// The bits, as the kernel has them (`TIOCMGET`).
    public let rawValue: Int32

    /// A set of lines from the kernel's bits.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// "Data terminal ready", an output.
    public static let dtr = ModemLines(rawValue: Int32(TIOCM_DTR))
    /// "Request to send", an output.
    public static let rts = ModemLines(rawValue: Int32(TIOCM_RTS))
    /// "Clear to send", an input.
    public static let cts = ModemLines(rawValue: Int32(TIOCM_CTS))
    /// "Data set ready", an input.
    public static let dsr = ModemLines(rawValue: Int32(TIOCM_DSR))
    /// "Data carrier detect", an input.
    public static let dcd = ModemLines(rawValue: Int32(TIOCM_CAR))
    /// "Ring indicator", an input.
    public static let ri = ModemLines(rawValue: Int32(TIOCM_RNG))
}

extension SerialPort {
    /// Changes rate, form of bytes and flow control, and DTR and RTS unless their setting is `keep`.
    ///
    /// Output that still waits in the driver is sent with the new settings; call ``drain(within:)`` before if this
    /// matters.
    ///
    /// - Throws: the same `SerialPortError` as opening. The line is unchanged then, except after
    ///   `modemLinesUnsupported`.
    public func configure(_ settings: SerialSettings) throws(SerialPortError) {
        try stream.control { descriptor throws(SerialPortError) in
            try terminal.configure(descriptor, path: name, settings)
        }
        pace.change(to: settings)
    }

    /// The modem lines that are asserted now.
    ///
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the port has no such lines, such as a pseudo-terminal.
    public func modemLines() throws(SerialPortError) -> ModemLines {
        var bits: Int32 = 0
        try modemControl(UInt(TIOCMGET), &bits)
        return ModemLines(rawValue: bits)
    }

    /// Asserts (`true`) or releases DTR and RTS; a line that is `nil` stays as it is.
    ///
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the port has no such lines.
    public func setModemLines(dtr: Bool? = nil, rts: Bool? = nil) throws(SerialPortError) {
        for isOn in [true, false] {
            var lines: ModemLines = []
            if dtr == isOn { lines.insert(.dtr) }
            if rts == isOn { lines.insert(.rts) }
            var bits = lines.rawValue
            if bits != 0 { try modemControl(UInt(isOn ? TIOCMBIS : TIOCMBIC), &bits) }
        }
    }

    private func modemControl(_ request: UInt, _ bits: inout Int32) throws(SerialPortError) {
        let result: Int32 = try stream.control { descriptor throws(SerialPortError) in
            ioctl(descriptor, request, &bits) == -1 ? errno : 0
        }
        switch Errno(rawValue: result) {
        case Errno(rawValue: 0): break
        case .inappropriateIOCTLForDevice, .invalidArgument: throw .modemLinesUnsupported(path: name)
        case let code: throw .using(name, operation: "use the modem lines of", code: code)
        }
    }

    /// Begins a break on the line, or ends it. A break that is not ended lasts until the port is closed.
    public func setBreak(_ isOn: Bool) throws(SerialPortError) {
        try perform("send a break to") { ioctl($0, UInt(isOn ? TIOCSBRK : TIOCCBRK)) == -1 ? -errno : 0 }
    }

    /// Sends a break, at least as long as the duration; a cancelled task ends it early.
    public func sendBreak(for duration: Duration = .milliseconds(250)) async throws(SerialPortError) {
        try setBreak(true)
        // The duration is the break itself, so there is no event to wait for. Only cancellation ends the sleep early, and
        // the break with it.
        try? await Task.sleep(for: duration)
        try setBreak(false)
    }

    /// Discards bytes that have arrived and were not read.
    public func discardInput() throws(SerialPortError) {
        try perform("clear the input of", cmachine_discard_input)
    }

    /// Discards bytes that were written and have not left the driver.
    public func discardOutput() throws(SerialPortError) {
        try perform("clear the output of", cmachine_discard_output)
    }

    /// The number of bytes that were written and have not left the driver.
    public func unsentByteCount() throws(SerialPortError) -> Int {
        try perform("examine", cmachine_unsent_byte_count)
    }

    /// Makes a system call on the open port, which returns a number or a negated `errno`.
    @discardableResult private func perform(
        _ operation: String, _ call: (Int32) -> Int32
    ) throws(SerialPortError) -> Int {
        let result: Int32 = try stream.control { descriptor throws(SerialPortError) in call(descriptor) }
        if result < 0 { throw .using(name, operation: operation, code: Errno(rawValue: -result)) }
        return Int(result)
    }

    /// Waits until everything that was written has left the driver and, by the rate of the line, the adapter.
    ///
    /// - Parameter limit: how long to wait; a device that holds up the line may do so for ever.
    /// - Returns: whether all bytes have left; false after the limit, and when the task was cancelled.
    public func drain(within limit: Duration = .seconds(10)) async throws(SerialPortError) -> Bool {
        let end = MonotonicClock.now + limit
        while true {
            let isEmpty = try unsentByteCount() == 0
            let left = isEmpty ? Duration.milliseconds(pace.millisecondsLeft ?? 0) : Self.drainInterval
            if isEmpty, left == .zero { return true }
            guard MonotonicClock.now < end, !Task.isCancelled else { return false }
            // No event tells that a driver's output is empty, and tcdrain(3) can block its thread for ever. The guard above
            // sees a cancellation.
            try? await Task.sleep(for: min(left, Self.drainInterval))
        }
    }

    private static let drainInterval = Duration.milliseconds(5)
}

internal import Machine
internal import SystemPackage

/// A transport whose modem lines can be set while it is open.
package protocol ModemLineTransport: ByteTransport {
    /// Asserts (`true`) or releases DTR and RTS; a line that is `nil` stays as it is.
    ///
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the port has no such lines.
    func setModemLines(dtr: Bool?, rts: Bool?) throws(SerialPortError)
}

extension SerialPort: ModemLineTransport {}

/// A sequence of states of the modem lines that resets a board to which the lines are wired. At the end of the sequence
/// both lines are released. So a board whose reset is wired to a line without a capacitor is not held in reset.
package enum LineReset: String, Hashable, Sendable, CaseIterable {
    /// DTR is released for 250 ms, then asserted for a moment. This resets boards of the Arduino kind through a
    /// capacitor behind DTR. avrdude does so with both lines (`arduino_open` in its `src/arduino.c`).
    case dtr
    /// DTR is released, then RTS asserted for 100 ms and released. This resets boards whose RTS holds reset while DTR is
    /// released. It is `HardReset` in `esptool/reset.py`; esptool has released DTR before.
    case rts
    /// As ``dtr``, but with both lines, for adapters that have RTS in the place of DTR.
    case dtrAndRTS = "dtr-rts"

    /// A state of the lines, and how long it lasts.
    struct Step: Hashable, Sendable {
        /// Whether DTR is asserted; `nil` leaves it as it is.
        var dtr: Bool?
        /// Whether RTS is asserted; `nil` leaves it as it is.
        var rts: Bool?
        var duration: Duration
        /// Whether the board starts with the next step.
        var isLastBeforeStart = false
    }

    /// The states of the lines, in this order.
    var steps: [Step] {
        switch self {
        case .dtr: Self.pulse { Step(dtr: $0, duration: $1) }
        case .dtrAndRTS: Self.pulse { Step(dtr: $0, rts: $0, duration: $1) }
        case .rts:
            [
                Step(dtr: false, duration: .zero),
                Step(rts: true, duration: Self.resetTime, isLastBeforeStart: true),
                Step(rts: false, duration: .zero),
            ]
        }
    }

    private static func pulse(_ step: (Bool, Duration) -> Step) -> [Step] {
        var discharge = step(false, dischargeTime)
        discharge.isLastBeforeStart = true
        return [discharge, step(true, pulseTime), step(false, startTime)]
    }

    /// The time in which the capacitor loses its charge.
    private static let dischargeTime = Duration.milliseconds(250)
    /// A longer time would charge the capacitor so far that reset rises above the supply when the line is released.
    private static let pulseTime = Duration.microseconds(100)
    /// The time in which the board begins.
    private static let startTime = Duration.milliseconds(100)
    /// How long reset is held.
    private static let resetTime = Duration.milliseconds(100)
}

extension ByteTransport {
    /// Resets the board by its modem lines. Blocks the calling thread for up to 400 ms.
    ///
    /// - Parameters:
    ///   - sequence: the sequence of the lines.
    ///   - stopDescriptor: a descriptor that becomes readable to end the waits. The sequence is finished nevertheless,
    ///     since a board whose reset is held would stay dead.
    ///   - beforeStart: a closure that is called once, before the step with which the board starts.
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the transport has no such lines, or at the end the error of
    ///   `beforeStart`.
    package func reset(
        by sequence: LineReset, stopDescriptor: Int32 = -1,
        beforeStart: () throws(SerialPortError) -> Void = {}
    ) throws(SerialPortError) {
        guard let port = base as? any ModemLineTransport else { throw .modemLinesUnsupported(path: name) }
        var failure: SerialPortError?
        for step in sequence.steps {
            try port.setModemLines(dtr: step.dtr, rts: step.rts)
            let end = MonotonicClock.now + step.duration
            var isStopped = false
            // The wait is repeated if a signal handler cuts it short, until the step has lasted as long as it should.
            while MonotonicClock.now < end, !isStopped {
                isStopped = DescriptorWait.isReady(stopDescriptor, for: .read, until: end)
            }
            guard step.isLastBeforeStart else { continue }
            do throws(SerialPortError) { try beforeStart() } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension SerialPort {
    /// Sets 1200 baud and releases DTR, by which USB boards of the Arduino kind and many others start their bootloader,
    /// and waits until their port goes away. Blocks the calling thread.
    ///
    /// This is `Touch1200bps`, in `reset.go` of Arduino's go-serial-utils, and `--arduino-erase` of bossac. Boards look
    /// at the rate when they are told that DTR is released (`CDC_Setup` in `cores/arduino/CDC.cpp` of ArduinoCore-avr),
    /// and forget the touch if DTR is asserted within 120 ms (in this core) or 250 ms (in others). So the port is not
    /// opened again before it is gone.
    ///
    /// The bootloader's port may have another name, product number and serial number; it is at the same place.
    ///
    /// - Parameters:
    ///   - limit: how long the board may take.
    ///   - stopDescriptor: a descriptor that becomes readable to end the wait.
    /// - Returns: whether the port went away. Then this object must be closed.
    package func touch(
        within limit: Duration = .seconds(5), stopDescriptor: Int32 = -1
    ) throws(SerialPortError) -> Bool {
        do throws(SerialPortError) {
            // The driver tells the board of a change only, and DTR may be released already.
            try configure(SerialSettings(baudRate: 1200, dtr: true, keepsInput: true))
            try setModemLines(dtr: false)
        } catch .modemLinesUnsupported {
            // For some boards the rate alone is enough.
        } catch .disconnected {
            return true
        }
        do throws(Errno) {
            try wait(
                for: .hangUp, on: fileDescriptor, until: MonotonicClock.now + limit,
                stopDescriptor: stopDescriptor)
            return true
        } catch {
            return false
        }
    }
}

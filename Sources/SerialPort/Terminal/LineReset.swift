internal import Machine

/// A transport whose modem lines can be set while it is open.
package protocol ModemLineTransport: ByteTransport {
    /// Asserts (`true`) or releases DTR and RTS; a line that is `nil` stays as it is.
    ///
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the port has no such lines.
    func setModemLines(dtr: Bool?, rts: Bool?) throws(SerialPortError)
}

extension SerialPort: ModemLineTransport {}

/// A sequence of the modem lines that resets a board to which they are wired.
package enum LineReset: String, Hashable, Sendable, CaseIterable {
    /// DTR is released for 250 ms, then asserted, as by avrdude. This resets boards of the Arduino kind through a
    /// capacitor behind DTR.
    case dtr
    /// DTR is released, then RTS asserted for 100 ms and released, as by esptool's hard reset. This resets boards whose
    /// RTS holds reset while DTR is released.
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
    }

    /// The states of the lines, in this order.
    var steps: [Step] {
        switch self {
        case .dtr:
            [
                Step(dtr: false, duration: Self.dischargeTime),
                Step(dtr: true, duration: Self.startTime),
            ]
        case .dtrAndRTS:
            [
                Step(dtr: false, rts: false, duration: Self.dischargeTime),
                Step(dtr: true, rts: true, duration: Self.startTime),
            ]
        case .rts:
            [
                Step(dtr: false, duration: .zero),
                Step(rts: true, duration: Self.resetTime),
                Step(rts: false, duration: .zero),
            ]
        }
    }

    /// The time in which the capacitor loses its charge.
    private static let dischargeTime = Duration.milliseconds(250)
    /// The time in which the bootloader begins.
    private static let startTime = Duration.milliseconds(50)
    /// How long reset is held.
    private static let resetTime = Duration.milliseconds(100)
}

extension ByteTransport {
    /// Resets the board by its modem lines. Blocks the calling thread for up to 300 ms.
    ///
    /// - Parameters:
    ///   - sequence: the sequence of the lines.
    ///   - stopDescriptor: a descriptor that becomes readable to end the waits. The sequence is finished nevertheless,
    ///     since a board whose reset is held would stay dead.
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the transport has no such lines.
    package func reset(by sequence: LineReset, stopDescriptor: Int32 = -1) throws(SerialPortError) {
        guard let port = base as? any ModemLineTransport else { throw .modemLinesUnsupported(path: name) }
        for step in sequence.steps {
            try port.setModemLines(dtr: step.dtr, rts: step.rts)
            let end = MonotonicClock.now + step.duration
            var isStopped = false
            // The wait is repeated if a signal handler cuts it short, until the step has lasted as long as it should.
            while MonotonicClock.now < end, !isStopped {
                isStopped = DescriptorWait.isReady(stopDescriptor, for: .read, until: end)
            }
        }
    }
}

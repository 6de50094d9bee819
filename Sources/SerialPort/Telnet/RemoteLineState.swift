/// The serial port at the far end of an RFC 2217 connection, as its server describes it.
package struct RemoteLineState: Hashable, Sendable {
    /// Bits per second, as the server says it set them.
    package var baudRate: UInt32

    /// Bits per second when the connection was opened; nil if the server was not asked.
    package var foundBaudRate: UInt32?

    /// Whether DTR is on; nil if the server was not asked or did not say.
    package var dtr: Bool?

    /// Whether RTS is on; nil if the server was not asked or did not say.
    package var rts: Bool?

    /// The lines that the device drives; nil if the server did not say.
    package var modemLines: RemoteModemLines?

    /// The errors on the line since it was opened, as the server reports them.
    package var errors = RemoteLineErrors()

    /// The settings that the server refused, and without which the line can still be used.
    package var notGranted: [String] = []
}

/// The modem lines that are driven by the other end of a serial line.
package struct RemoteModemLines: Hashable, Sendable, CustomStringConvertible {
    /// The lines as bits of NOTIFY-MODEMSTATE, without the bits that tell which line has changed.
    private let bits: UInt8

    init(modemState state: UInt8) {
        bits = state & 0xF0
    }

    /// Each line with its state, as in `CTS on, DSR on, RI off, CD off`.
    package var description: String {
        let lines: [(name: String, bit: UInt8)] = [("CTS", 0x10), ("DSR", 0x20), ("RI", 0x40), ("CD", 0x80)]
        return lines.map { "\($0.name) \(bits & $0.bit != 0 ? "on" : "off")" }.joined(separator: ", ")
    }
}

/// Errors of a serial line, as NOTIFY-LINESTATE reports them.
package struct RemoteLineErrors: OptionSet, Hashable, Sendable {
    /// The byte of RFC 2217.
    package let rawValue: UInt8

    /// Errors by the byte of RFC 2217.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Bytes came faster than they were taken.
    package static let overrun = RemoteLineErrors(rawValue: 2)
    /// A byte had a wrong parity bit.
    package static let parity = RemoteLineErrors(rawValue: 4)
    /// A byte had no stop bit, as happens at a wrong rate.
    package static let framing = RemoteLineErrors(rawValue: 8)
    /// The line was low for longer than a byte.
    package static let lineBreak = RemoteLineErrors(rawValue: 16)
    /// All four errors.
    package static let all: RemoteLineErrors = [.overrun, .parity, .framing, .lineBreak]
}

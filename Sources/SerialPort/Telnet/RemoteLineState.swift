/// The serial port at the far end of an RFC 2217 connection, as its server describes it.
public struct RemoteLineState: Hashable, Sendable {
    /// Bits per second, as the server says it set them.
    public var baudRate: UInt32

    /// Bits per second when the connection was opened; nil if the server was not asked.
    public var foundBaudRate: UInt32?

    /// Whether DTR is on; nil if the server was not asked or did not say.
    public var dtr: Bool?

    /// Whether RTS is on; nil if the server was not asked or did not say.
    public var rts: Bool?

    /// The lines that the device drives; nil if the server did not say.
    public var modemLines: RemoteModemLines?

    /// What went wrong on the line since it was opened, as far as the server reports it.
    public var errors = RemoteLineErrors()

    /// What the server did not do, though it does not hinder the use of the line.
    public var notGranted: [String] = []

    /// A line of which only the rate is known.
    public init(baudRate: UInt32) {
        self.baudRate = baudRate
    }
}

/// The modem lines that are driven by the other end of a serial line.
public struct RemoteModemLines: Hashable, Sendable {
    /// "Clear to send".
    public var cts: Bool
    /// "Data set ready".
    public var dsr: Bool
    /// "Ring indicator".
    public var ri: Bool
    /// "Carrier detect".
    public var cd: Bool

    /// The lines from NOTIFY-MODEMSTATE.
    init(modemState state: UInt8) {
        cts = state & 0x10 != 0
        dsr = state & 0x20 != 0
        ri = state & 0x40 != 0
        cd = state & 0x80 != 0
    }
}

extension RemoteModemLines: CustomStringConvertible {
    /// Each line with its state, as in `CTS on, DSR on, RI off, CD off`.
    public var description: String {
        [("CTS", cts), ("DSR", dsr), ("RI", ri), ("CD", cd)]
            .map { "\($0) \($1 ? "on" : "off")" }.joined(separator: ", ")
    }
}

/// Errors of a serial line, as NOTIFY-LINESTATE reports them.
public struct RemoteLineErrors: OptionSet, Hashable, Sendable {
    /// The byte of RFC 2217.
    public let rawValue: UInt8

    /// Errors by the byte of RFC 2217.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Bytes came faster than they were taken.
    public static let overrun = RemoteLineErrors(rawValue: 2)
    /// A byte with a wrong parity bit.
    public static let parity = RemoteLineErrors(rawValue: 4)
    /// A byte without a stop bit, as at a wrong rate.
    public static let framing = RemoteLineErrors(rawValue: 8)
    /// The line hung low for longer than a byte.
    public static let lineBreak = RemoteLineErrors(rawValue: 16)
    /// All of these.
    public static let all: RemoteLineErrors = [.overrun, .parity, .framing, .lineBreak]
}

/// How a serial port is set up when it is opened; always 8 data bits, no parity, 1 stop bit.
public struct SerialSettings: Hashable, Sendable {
    /// Bits per second, 1 or more; any rate, not only the customary ones.
    public var baudRate: UInt32

    /// Who may stop the other side from sending.
    public var flowControl: FlowControl

    /// What to do with the "data terminal ready" line.
    public var dtr: ModemLine

    /// What to do with the "request to send" line.
    public var rts: ModemLine

    /// Whether what arrived before the port was opened can still be read; otherwise it is discarded.
    public var keepsInput: Bool

    /// Settings for a port; the defaults are what most boards expect.
    public init(
        baudRate: UInt32 = 115_200, flowControl: FlowControl = .none, dtr: ModemLine = .keep,
        rts: ModemLine = .keep, keepsInput: Bool = false
    ) {
        self.baudRate = baudRate
        self.flowControl = flowControl
        self.dtr = dtr
        self.rts = rts
        self.keepsInput = keepsInput
    }

    /// Flow control of a serial line.
    public enum FlowControl: String, Hashable, Sendable, CaseIterable {
        /// Neither side stops the other.
        case none

        /// The RTS and CTS lines.
        case rtsCts = "rts-cts"
    }

    /// What to do with a modem line after opening.
    public enum ModemLine: String, Hashable, Sendable, CaseIterable {
        /// Leave it as the driver has it.
        case keep

        /// Assert it.
        case on

        /// Release it; the kernel asserts both lines for a moment on opening.
        case off
    }
}

/// How a serial port is set up.
public struct SerialSettings: Hashable, Sendable {
    /// Bits per second, 1 or more; any rate, not only the customary ones.
    public var baudRate: UInt32

    /// Bits of data in each byte on the line.
    public var dataBits: DataBits

    /// The bit that makes damage visible. Damaged bytes are not marked; the driver only counts them.
    public var parity: Parity

    /// The stop bits behind each byte.
    public var stopBits: StopBits

    /// Whether one side may stop the other from sending.
    public var flowControl: FlowControl

    /// Whether the line "data terminal ready" is asserted after opening; `nil` leaves it to the driver, which asserts
    /// it.
    public var dtr: Bool?

    /// Whether the line "request to send" is asserted after opening; `nil` leaves it to the driver, which asserts it.
    public var rts: Bool?

    /// Whether bytes that arrived before the port was opened can be read; otherwise they are discarded.
    public var keepsInput: Bool

    /// Settings for a port; the defaults are what most boards expect.
    public init(
        baudRate: UInt32 = 115_200, dataBits: DataBits = .eight, parity: Parity = .none,
        stopBits: StopBits = .one, flowControl: FlowControl = .none, dtr: Bool? = nil,
        rts: Bool? = nil, keepsInput: Bool = false
    ) {
        self.baudRate = baudRate
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
        self.flowControl = flowControl
        self.dtr = dtr
        self.rts = rts
        self.keepsInput = keepsInput
    }

    /// The number of bits that a byte takes on the line, with its start bit.
    package var bitsPerByte: Int { 1 + dataBits.rawValue + (parity == .none ? 0 : 1) + stopBits.rawValue }

    /// Bits of data in each byte.
    public enum DataBits: Int, Hashable, Sendable, CaseIterable {
        /// 5 bits.
        case five = 5
        /// 6 bits.
        case six = 6
        /// 7 bits.
        case seven = 7
        /// 8 bits, the form of almost all devices.
        case eight = 8
    }

    /// The bit that is added to each byte.
    public enum Parity: String, Hashable, Sendable, CaseIterable {
        /// No bit.
        case none
        /// The number of ones is even.
        case even
        /// The number of ones is odd.
        case odd
        /// The bit is always 1; not every driver supports this.
        case mark
        /// The bit is always 0; not every driver supports this.
        case space
    }

    /// The stop bits behind each byte.
    public enum StopBits: Int, Hashable, Sendable, CaseIterable {
        /// 1 bit.
        case one = 1
        /// 2 bits.
        case two = 2
    }

    /// Flow control of a serial line.
    public enum FlowControl: String, Hashable, Sendable, CaseIterable {
        /// Neither side stops the other.
        case none

        /// Each side stops the other by the RTS and CTS lines.
        case rtsCts = "rts-cts"
    }

    /// Whether a rate is near enough to the requested one: within 2.5 %. The rates of both ends of a line may differ by
    /// about 5 %, so each end may be wrong by half of this.
    static func isNear(_ actual: UInt32, _ requested: UInt32) -> Bool {
        let difference = actual > requested ? actual - requested : requested - actual
        return UInt64(difference) * 40 <= UInt64(requested)
    }
}

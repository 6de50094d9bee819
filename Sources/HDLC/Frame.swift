/// The special bytes of the frame format: `flag | address | control | payload | check sequence | flag`, with flag
/// and escape bytes between the flags replaced by two bytes (Pigweed `pw_hdlc`, design document).
package enum FrameFormat {
    /// Begins and ends every frame (`~`).
    package static let flag: UInt8 = 0x7E

    /// Announces that the next byte was changed by ``escapeMask``.
    package static let escape: UInt8 = 0x7D

    /// The value with which an escaped byte is combined by exclusive or.
    package static let escapeMask: UInt8 = 0x20

    /// The control byte of an unnumbered-information frame, the only kind in use.
    package static let unnumberedInformation: UInt8 = 0x03

    /// The size of the frame check sequence in bytes.
    package static let checkSequenceSize = 4

    /// The fewest bytes between two flags: an address of one byte, the control byte and the check sequence.
    package static let minimumContentSize = 1 + 1 + checkSequenceSize

    /// The longest address: 64 bits, seven in a byte.
    package static let maximumAddressSize = 10

    /// The most bytes that a frame with this payload takes on the line: every byte escaped, the longest address.
    /// Saturates at `Int.max`.
    package static func maximumEncodedSize(payload: Int) -> Int {
        let content = payload.addingReportingOverflow(maximumAddressSize + 1 + checkSequenceSize)
        let escaped = content.partialValue.multipliedReportingOverflow(by: 2)
        let framed = escaped.partialValue.addingReportingOverflow(2)
        return content.overflow || escaped.overflow || framed.overflow ? Int.max : framed.partialValue
    }
}

/// The address of an HDLC frame: an unsigned number of 64 bits, one to ten bytes on the line.
///
/// Seven bits a byte, least significant group first, in the upper seven bits of each byte; the lowest bit is 1 on
/// the last byte only.
public struct FrameAddress: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public var rawValue: UInt64

    /// Any number is an address.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Where Pigweed's RPC packets go unless a project chose otherwise: 82, the letter `R`.
    public static let rpc = FrameAddress(rawValue: 82)

    /// Where Pigweed's log text goes: 1.
    public static let log = FrameAddress(rawValue: 1)

    /// The number in decimal.
    public var description: String { String(rawValue) }
}

/// The first bytes that come over a line. They show whether a network port is in telnet mode, in which it negotiates
/// options and doubles each byte FF.
package struct LineGreeting: Hashable, Sendable {
    private static let length = 3
    private static let interpretAsCommand: UInt32 = 0xFF
    private static let willToDont: ClosedRange<UInt32> = 0xFB...0xFE
    /// A number above all options of telnet that are in use.
    private static let optionLimit: UInt32 = 64

    private var bytes: UInt32 = 0
    private var count = 0

    /// A line over which nothing has come.
    package init() {}

    /// Takes bytes that have come.
    package mutating func receive(_ input: Span<UInt8>) {
        for index in input.indices {
            guard count < Self.length else { return }
            bytes = bytes << 8 | UInt32(input[index])
            count += 1
        }
    }

    /// Whether the first bytes are a negotiation of telnet.
    package var isTelnet: Bool {
        count == Self.length && bytes >> 16 == Self.interpretAsCommand
            && Self.willToDont.contains(bytes >> 8 & 0xFF) && bytes & 0xFF < Self.optionLimit
    }
}

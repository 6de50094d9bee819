/// The bytes of telnet that are not data (RFC 854).
enum TelnetCommand {
    /// Begins every command; a data byte of this value is sent twice.
    static let interpretAsCommand: UInt8 = 255
    /// Begins a message about one option.
    static let subnegotiation: UInt8 = 250
    /// Ends a message about one option.
    static let subnegotiationEnd: UInt8 = 240
}

/// The word of one side about an option: of its own (WILL, WONT), or of the other side (DO, DONT).
enum TelnetVerb: UInt8, Hashable, Sendable {
    case will = 251
    case wont = 252
    case `do` = 253
    case dont = 254
}

/// An option of telnet, by its number in the list of IANA.
struct TelnetOption: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8

    /// All eight bits of a byte are data (RFC 856).
    static let binary = TelnetOption(rawValue: 0)
    /// Neither side takes turns (RFC 858).
    static let suppressGoAhead = TelnetOption(rawValue: 3)
    /// The control of a serial port (RFC 2217).
    static let comPort = TelnetOption(rawValue: 44)
}

extension TelnetVerb: CustomStringConvertible {
    var description: String {
        switch self {
        case .will: "WILL"
        case .wont: "WONT"
        case .do: "DO"
        case .dont: "DONT"
        }
    }
}

extension TelnetOption: CustomStringConvertible {
    var description: String {
        switch self {
        case .binary: "BINARY"
        case TelnetOption(rawValue: 1): "ECHO"
        case .suppressGoAhead: "SUPPRESS-GO-AHEAD"
        case TelnetOption(rawValue: 6): "TIMING-MARK"
        case .comPort: "COM-PORT-OPTION"
        default: "option \(rawValue)"
        }
    }
}

/// The address of a network connection, and its protocol.
package enum NetworkEndpoint: Hashable, Sendable {
    /// `tcp:HOST[:PORT]`: bytes as they are.
    case tcp(TCPAddress)

    /// `telnet://HOST[:PORT]`: bytes as telnet carries them, in its binary mode.
    case telnet(TCPAddress)

    /// `rfc2217://HOST:PORT`: bytes as telnet carries them, and control of the serial port at the far end.
    ///
    /// With `isControlOptional`, the `?ign_set_control` of pySerial, a server may be silent about DTR and RTS.
    case rfc2217(TCPAddress, isControlOptional: Bool)

    /// `unix:PATH`: bytes as they are, over a socket of this machine.
    case unix(path: String)

    /// The port on which Pigweed's simulators listen.
    package static let pigweedPort: UInt16 = 33000

    private static let telnetPort: UInt16 = 23

    /// Whether there is a serial port at the far end that takes the settings of a line.
    package var hasLine: Bool {
        if case .rfc2217 = self { true } else { false }
    }

    /// The machine to connect to; nil for this one.
    package var host: String? {
        switch self {
        case .tcp(let address), .telnet(let address), .rfc2217(let address, _): address.host
        case .unix: nil
        }
    }

    /// An endpoint from the name of its kind, and the text behind the colon; nil if there is no such kind.
    ///
    /// - Throws: an error with the form that the text should have had.
    init?(scheme: Substring, _ rest: Substring) throws(InvalidPortSelector) {
        let isURL = rest.hasPrefix("//")
        let target = isURL ? rest.dropFirst(2) : rest
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.count > 1 ? parts[1] : ""
        // The names of the options, as pySerial takes them.
        let options = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
        func address(_ form: String, defaultPort: UInt16?, allowing known: Set<Substring> = [])
            throws(InvalidPortSelector)
            -> TCPAddress
        {
            let invalid = InvalidPortSelector(text: "\(scheme):\(rest)", expected: form)
            guard options.allSatisfy(known.contains) else { throw invalid }
            var text = parts.first ?? target
            if isURL, text.hasSuffix("/") { text = text.dropLast() }
            do throws(SerialPortError) {
                return try TCPAddress(parsing: String(text), defaultPort: defaultPort)
            } catch {
                throw invalid
            }
        }
        switch scheme {
        case "tcp": self = .tcp(try address("tcp:HOST[:PORT]", defaultPort: Self.pigweedPort))
        case "socket" where isURL:
            self = .tcp(try address("socket://HOST:PORT", defaultPort: nil, allowing: ["logging"]))
        case "telnet": self = .telnet(try address("telnet://HOST[:PORT]", defaultPort: Self.telnetPort))
        case "rfc2217":
            self = .rfc2217(
                try address(
                    "rfc2217://HOST:PORT", defaultPort: nil,
                    allowing: ["ign_set_control", "poll_modem", "timeout", "logging"]),
                isControlOptional: options.contains("ign_set_control"))
        case "unix":
            guard !target.isEmpty else {
                throw InvalidPortSelector(text: "unix:\(rest)", expected: "unix:PATH")
            }
            self = .unix(path: String(target))
        default: return nil
        }
    }
}

extension NetworkEndpoint {
    /// Connects, and negotiates where there is something to negotiate.
    ///
    /// - Parameters:
    ///   - settings: how a serial port at the far end shall be.
    ///   - options: how the connection is made.
    package func connect(
        _ settings: SerialSettings, _ options: TelnetConnection.Options
    ) throws(SerialPortError) -> any ByteTransport {
        var options = options
        switch self {
        case .tcp(let address):
            return try SocketConnection(
                to: address, timeout: options.timeout, stopDescriptor: options.stopDescriptor)
        case .unix(let path):
            return try SocketConnection(
                toSocket: path, timeout: options.timeout, stopDescriptor: options.stopDescriptor)
        case .telnet(let address):
            return try TelnetConnection(to: address, name: description, options: options)
        case .rfc2217(let address, let isControlOptional):
            options.line = settings
            options.isControlOptional = isControlOptional
            return try TelnetConnection(to: address, name: description, options: options)
        }
    }
}

extension NetworkEndpoint: CustomStringConvertible {
    /// The text of a port selector that means this endpoint.
    package var description: String {
        switch self {
        case .tcp(let address): "tcp:\(address)"
        case .telnet(let address): "telnet://\(address)"
        case .rfc2217(let address, let isControlOptional):
            "rfc2217://\(address)" + (isControlOptional ? "?ign_set_control" : "")
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// A host and port of a TCP service.
package struct TCPAddress: Hashable, Sendable {
    /// A host name, or an IPv4 or IPv6 address without brackets.
    package let host: String

    /// The port; 0 lets a listener take any that is free.
    package let port: UInt16

    /// An address from its parts.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// An address from `HOST:PORT`; an IPv6 address is in brackets, as in `[::1]:33000`.
    ///
    /// - Parameters:
    ///   - text: the address.
    ///   - defaultPort: the port of an address that names none; `nil` if an address must name its port.
    /// - Throws: `SerialPortError.invalidAddress`.
    package init(parsing text: String, defaultPort: UInt16? = nil) throws(SerialPortError) {
        var host = Substring(text)
        var port = defaultPort
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            host = text[..<colon]
            port = Self.port(text[text.index(after: colon)...])
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .invalidAddress(text)
        }
        guard let port, !host.isEmpty, host.utf8.allSatisfy(Self.isPartOfHost) else {
            throw .invalidAddress(text)
        }
        self.init(host: String(host), port: port)
    }

    /// Whether a byte can belong to the name of a host; other parts of a URL cannot.
    private static func isPartOfHost(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !"/?#@[]".utf8.contains(byte)
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt16(text) : nil
    }
}

extension TCPAddress: CustomStringConvertible {
    /// The address as `init(parsing:)` takes it.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

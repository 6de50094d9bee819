/// A host and port of a TCP service.
public struct TCPAddress: Hashable, Sendable {
    /// A host name, or an IPv4 or IPv6 address without brackets.
    public let host: String

    /// The port; 0 lets a listener take any that is free.
    public let port: UInt16

    /// An address from its parts.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// An address from `HOST:PORT`; an IPv6 address is in brackets, as in `[::1]:33000`.
    ///
    /// - Throws: `SerialPortError.invalidAddress`.
    public init(parsing text: String) throws(SerialPortError) {
        guard let colon = text.lastIndex(of: ":") else { throw .invalidAddress(text) }
        guard let port = Self.port(text[text.index(after: colon)...]) else { throw .invalidAddress(text) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .invalidAddress(text)
        }
        guard !host.isEmpty else { throw .invalidAddress(text) }
        self.init(host: String(host), port: port)
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt16(text) : nil
    }
}

extension TCPAddress: CustomStringConvertible {
    /// The address as `init(parsing:)` takes it.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

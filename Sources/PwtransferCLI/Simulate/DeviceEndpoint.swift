internal import SerialPort

/// Where the simulated device can be reached.
final class DeviceEndpoint {
    private enum Kind {
        /// A line that is there all the time.
        case line(any ByteTransport, reopen: () throws(SerialPortError) -> any ByteTransport)
        /// A network address, with at most one client at a time.
        case listener(TCPListener, client: TCPConnection?)
        /// Nothing any more.
        case unplugged
    }

    private var kind: Kind

    /// What a client gives as its port; a hang-up may change it.
    private(set) var name: String

    /// A new pseudo-terminal.
    init(pseudoTerminalLink link: String?) throws(SerialPortError) {
        let terminal = try PseudoTerminal(linkPath: link)
        name = terminal.name
        kind = .line(terminal) { () throws(SerialPortError) in try PseudoTerminal(linkPath: link) }
    }

    /// A serial port, at whose other end clients are.
    init(device path: String, settings: SerialSettings) throws(SerialPortError) {
        let port = try SerialPort(opening: path, settings: settings)
        kind = .line(port) { () throws(SerialPortError) in try SerialPort(opening: path, settings: settings) }
        name = path
    }

    /// A network address.
    init(listeningOn address: TCPAddress) throws(SerialPortError) {
        let listener = try TCPListener(on: address)
        name = "tcp:\(listener.address)"
        kind = .listener(listener, client: nil)
    }

    /// What bytes go to and come from; `nil` while there is no client.
    var transport: (any ByteTransport)? {
        switch kind {
        case .line(let transport, _): transport
        case .listener(_, let client): client
        case .unplugged: nil
        }
    }

    /// What becomes readable when ``accept()`` has something to do.
    var acceptDescriptor: Int32? {
        guard case .listener(let listener, nil) = kind else { return nil }
        return listener.fileDescriptor
    }

    /// Takes the next client if one waits.
    func accept() throws(SerialPortError) {
        guard case .listener(let listener, nil) = kind else { return }
        kind = .listener(listener, client: try listener.accept())
    }

    /// The other side is gone; true if another may come.
    func disconnect() -> Bool {
        guard case .listener(let listener, let client) = kind else { return false }
        client?.close()
        kind = .listener(listener, client: nil)
        return true
    }

    /// Closes the port under the client's hands, and opens it again for the next.
    func hangUp() throws(SerialPortError) {
        guard case .line(let transport, let reopen) = kind else {
            _ = disconnect()
            return
        }
        transport.close()
        let next = try reopen()
        if let terminal = next as? PseudoTerminal { name = terminal.name }
        kind = .line(next, reopen: reopen)
    }

    /// Closes the port for good.
    func unplug() {
        close()
        kind = .unplugged
    }

    func close() {
        transport?.close()
        if case .listener(let listener, _) = kind { listener.close() }
    }
}

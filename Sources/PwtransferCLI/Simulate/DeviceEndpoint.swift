internal import SerialPort
internal import Synchronization

/// Where the simulated device can be reached.
final class DeviceEndpoint: Sendable {
    private enum Kind {
        /// A line that always exists.
        case line(any ByteTransport, reopen: @Sendable () throws(SerialPortError) -> any ByteTransport)
        /// A network address, with at most one client at a time.
        case listener(TCPListener, client: SocketConnection?)
        /// Nothing any more.
        case unplugged
    }

    private struct State {
        var kind: Kind
        var name: String

        func close() {
            switch kind {
            case .line(let transport, _): transport.close()
            case .listener(let listener, let client):
                client?.close()
                listener.close()
            case .unplugged: break
            }
        }
    }

    private let state: Mutex<State>

    /// Opens a line that always exists: a pseudo-terminal, or a serial port, which clients use at its other end.
    init(
        opening open: @escaping @Sendable () throws(SerialPortError) -> any ByteTransport
    ) throws(SerialPortError) {
        let transport = try open()
        state = Mutex(State(kind: .line(transport, reopen: open), name: transport.name))
    }

    /// Listens on a network address.
    init(listeningOn address: TCPAddress) throws(SerialPortError) {
        let listener = try TCPListener(on: address)
        state = Mutex(State(kind: .listener(listener, client: nil), name: "tcp:\(listener.address)"))
    }

    /// The name of the port for clients; a hang-up may change it.
    var name: String { state.withLock { $0.name } }

    /// The transport to the client; `nil` while there is none.
    var transport: (any ByteTransport)? {
        state.withLock { state in
            switch state.kind {
            case .line(let transport, _): transport
            case .listener(_, let client): client
            case .unplugged: nil
            }
        }
    }

    /// A descriptor that becomes readable when a client waits for ``accept()``; `nil` for a port without network
    /// address.
    var acceptDescriptor: Int32? {
        state.withLock { state in
            guard case .listener(let listener, _) = state.kind else { return nil }
            return listener.fileDescriptor
        }
    }

    /// Replaces the present client by a waiting one. Returns false if none waits.
    func accept() throws(SerialPortError) -> Bool {
        try state.withLock { state throws(SerialPortError) in
            guard case .listener(let listener, let last) = state.kind,
                let next = try listener.accept()
            else { return false }
            last?.close()
            state.kind = .listener(listener, client: next)
            return true
        }
    }

    /// Gives up the present client. Returns true if another one may come.
    func disconnect() -> Bool {
        state.withLock { state in
            guard case .listener(let listener, let client) = state.kind else { return false }
            client?.close()
            state.kind = .listener(listener, client: nil)
            return true
        }
    }

    /// Closes the port while the client uses it, and opens it again for the next client.
    func hangUp() throws(SerialPortError) {
        guard !disconnect() else { return }
        try state.withLock { state throws(SerialPortError) in
            guard case .line(let transport, let reopen) = state.kind else { return }
            transport.close()
            let next = try reopen()
            state = State(kind: .line(next, reopen: reopen), name: next.name)
        }
    }

    /// Closes the port for good.
    func unplug() {
        state.withLock { state in
            state.close()
            state.kind = .unplugged
        }
    }

    func close() { state.withLock { $0.close() } }
}

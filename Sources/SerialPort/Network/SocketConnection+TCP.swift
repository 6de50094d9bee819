internal import CLibrary
internal import Machine
internal import SystemPackage

/// TCP. Small writes are sent at once (`TCP_NODELAY`), and a peer that vanished is noticed (`SO_KEEPALIVE`).
extension SocketConnection {
    /// Connects, trying each address of the host in turn.
    ///
    /// - Parameters:
    ///   - address: the address to connect to.
    ///   - timeout: how long to wait for an answer from any of the addresses. The look-up of the host's name has the
    ///     system's own limits.
    ///   - stopDescriptor: a descriptor that becomes readable when the wait shall end; -1 for none.
    /// - Throws: `SerialPortError.connectionFailed`.
    package convenience init(
        to address: TCPAddress, timeout: Duration = .seconds(5), stopDescriptor: Int32 = -1
    ) throws(SerialPortError) {
        let addresses = try SocketAddresses(of: address, toListen: false)
        let deadline = MonotonicClock.now + timeout
        let descriptor: Int32
        do throws(Errno) {
            descriptor = try addresses.firstSocket { (descriptor, entry) throws(Errno) in
                try TCPKeeping.apply(to: descriptor)
                try connectSocket(
                    descriptor, to: entry.ai_addr, entry.ai_addrlen, deadline: deadline,
                    stopDescriptor: stopDescriptor)
            }
        } catch {
            throw .connectionFailed(address: address.description, reason: error.description)
        }
        self.init(descriptor, name: "tcp:\(address)", isServer: true)
    }

    /// Takes over the connected, non-blocking socket of a client.
    convenience init(accepted descriptor: Int32, name: String) throws(Errno) {
        self.init(descriptor, name: name, isServer: false)
        try TCPKeeping.apply(to: descriptor)
    }
}

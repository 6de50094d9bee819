internal import CLibrary
internal import Machine
internal import SystemPackage

/// A TCP connection to a host simulator or a network serial server, or from a client of ours.
///
/// Small writes are sent at once (`TCP_NODELAY`), and a peer that vanished is noticed (`SO_KEEPALIVE`).
package final class TCPConnection: ByteTransport {
    /// `tcp:HOST:PORT`, the address that was connected to or that the client connected to.
    package let name: String

    private let stream: SocketStream

    /// Connects, trying each address of the host in turn.
    ///
    /// - Parameters:
    ///   - address: the address to connect to.
    ///   - timeout: how long to wait for an answer from any of the addresses. The look-up of the host's name has the
    ///     system's own limits.
    ///   - stopDescriptor: a descriptor that becomes readable when the wait shall end; -1 for none.
    /// - Throws: `SerialPortError.connectionFailed`.
    package init(
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
        name = "tcp:\(address)"
        stream = SocketStream(descriptor, name: name, isServer: true)
    }

    /// Takes over a connected, non-blocking socket.
    init(accepted descriptor: Int32, name: String) throws(Errno) {
        self.name = name
        stream = SocketStream(descriptor, name: name, isServer: false)
        try TCPKeeping.apply(to: descriptor)
    }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    package var fileDescriptor: Int32 { stream.rawValue }

    /// Takes bytes that have arrived. Returns how many were put into `buffer`, 0 if there are none now.
    ///
    /// - Throws: `SerialPortError.disconnected` once the other side has closed the connection; `turnedAway` if all that
    ///   it sent were a few words.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        try stream.read(into: buffer)
    }

    /// Sends bytes. Returns how many were taken, 0 if there is no room now.
    ///
    /// - Throws: `SerialPortError.disconnected` once the other side has closed the connection.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try stream.write(bytes)
    }

    /// Closes the connection; the system still delivers what was written. A second call does nothing.
    package func close() {
        stream.close()
    }
}

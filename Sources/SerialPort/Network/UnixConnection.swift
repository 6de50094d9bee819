internal import CLibrary
internal import Machine
internal import SystemPackage

/// A connection to a socket of this machine: of an emulator, a simulator, or the end of a tunnel.
package final class UnixConnection: ByteTransport {
    /// `unix:PATH`.
    package let name: String

    private let stream: SocketStream

    /// Connects to a socket.
    ///
    /// - Parameters:
    ///   - path: the path of the socket; links are followed.
    ///   - timeout: how long to wait for the answer.
    ///   - stopDescriptor: a descriptor that becomes readable when the wait shall end; -1 for none.
    /// - Throws: `SerialPortError`: `connectionFailed`, `permissionDenied`, or `system` if the path is too long for a
    ///   socket.
    package init(
        to path: String, timeout: Duration = .seconds(5), stopDescriptor: Int32 = -1
    ) throws(SerialPortError) {
        name = "unix:\(path)"
        let address = try Self.address(path)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        if descriptor == -1 {
            throw .system(operation: "make a socket for", path: path, code: Errno(rawValue: errno))
        }
        stream = SocketStream(descriptor, name: name, isServer: true)
        do throws(Errno) {
            try Self.connect(
                descriptor, to: address, deadline: MonotonicClock.now + timeout,
                stopDescriptor: stopDescriptor)
        } catch .permissionDenied {
            throw .permissionDenied(path: path)
        } catch {
            throw .connectionFailed(address: name, reason: error.description)
        }
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

    private static func address(_ path: String) throws(SerialPortError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { room in
            // A zero stands behind the path.
            if path.utf8.count >= room.count || path.utf8.contains(0) { return true }
            room.copyBytes(from: path.utf8)
            return false
        }
        if isTooLong { throw .system(operation: "connect to", path: path, code: .fileNameTooLong) }
        return address
    }

    private static func connect(
        _ descriptor: Int32, to address: sockaddr_un, deadline: Instant, stopDescriptor: Int32
    ) throws(Errno) {
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let failure: Errno? = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                do throws(Errno) {
                    try connectSocket(
                        descriptor, to: pointer, length, deadline: deadline, stopDescriptor: stopDescriptor)
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw failure }
    }
}

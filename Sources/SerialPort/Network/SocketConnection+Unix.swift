internal import CLibrary
internal import Machine
internal import SystemPackage

/// Sockets of this machine: of an emulator, a simulator, or the end of a tunnel.
extension SocketConnection {
    /// Connects to a socket.
    ///
    /// - Parameters:
    ///   - path: the path of the socket; links are followed.
    ///   - timeout: how long to wait for the answer.
    ///   - stopDescriptor: a descriptor that becomes readable when the wait shall end; -1 for none.
    /// - Throws: `SerialPortError`: `connectionFailed`, `permissionDenied`, or `system` if the path is too long for a
    ///   socket.
    package convenience init(
        toSocket path: String, timeout: Duration = .seconds(5), stopDescriptor: Int32 = -1
    ) throws(SerialPortError) {
        let address = try Self.address(path)
        let descriptor = socket(AF_UNIX, streamSocketType, 0)
        if descriptor == -1 {
            throw .system(operation: "make a socket for", path: path, code: Errno(rawValue: errno))
        }
        self.init(descriptor, name: "unix:\(path)", isServer: true)
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

    private static func address(_ path: String) throws(SerialPortError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { room in
            // A zero byte ends the path.
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
        try withUnsafePointer(to: address) { pointer throws(Errno) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(Errno) in
                try connectSocket(
                    descriptor, to: pointer, length, deadline: deadline, stopDescriptor: stopDescriptor)
            }
        }
    }
}

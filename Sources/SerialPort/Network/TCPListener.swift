internal import CMachine
internal import CLibrary
internal import SystemPackage

/// Accepts TCP connections.
package final class TCPListener: Sendable {
    /// The address on which clients are awaited. If port 0 was asked for, the address has the port that the system
    /// chose.
    package let address: TCPAddress

    private let descriptor: StreamDescriptor

    /// Listens on an address of this machine.
    ///
    /// - Throws: `SerialPortError`: `connectionFailed` for an unknown host; `system` if the address is in use or not
    ///   this machine's.
    package init(on address: TCPAddress) throws(SerialPortError) {
        let addresses = try SocketAddresses(of: address, toListen: true)
        do throws(Errno) {
            let listening = try addresses.firstSocket { (descriptor, entry) throws(Errno) in
                try setOption(SO_REUSEADDR, level: SOL_SOCKET, on: descriptor)
                guard bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0, listen(descriptor, 8) == 0
                else {
                    throw Errno(rawValue: errno)
                }
            }
            descriptor = StreamDescriptor(listening, kind: .socket, name: address.description)
            self.address = TCPAddress(host: address.host, port: try Self.port(of: listening))
        } catch {
            throw .system(operation: "listen on", path: address.description, code: error)
        }
    }

    /// The descriptor to give to `poll(2)`, readable when a client waits; -1 once closed.
    package var fileDescriptor: Int32 { descriptor.rawValue }

    /// Takes the next waiting client; nil if there is none now.
    ///
    /// - Throws: `SerialPortError.system`, for example if the process has no descriptors left.
    package func accept() throws(SerialPortError) -> SocketConnection? {
        while true {
            let client = cmachine_accept(fileDescriptor)
            if client >= 0 {
                do throws(Errno) {
                    return try SocketConnection(accepted: client, name: "tcp:\(address)")
                } catch {
                    throw .system(operation: "accept a client on", path: address.description, code: error)
                }
            }
            let code = Errno(rawValue: -client)
            switch code {
            case .wouldBlock: return nil
            // The client may have closed its connection already.
            case .interrupted, .connectionAbort: continue
            default: throw .system(operation: "accept a client on", path: address.description, code: code)
            }
        }
    }

    /// Stops listening; accepted connections stay. A second call does nothing.
    package func close() {
        descriptor.close()
    }

    private static func port(of descriptor: Int32) throws(Errno) -> UInt16 {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        if result == -1 { throw Errno(rawValue: errno) }
        // The port is at the same place in the addresses of IPv4 and IPv6.
        return withUnsafeBytes(of: &address) { bytes in
            UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}

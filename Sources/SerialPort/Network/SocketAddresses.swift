internal import CLibrary
internal import Machine
internal import SystemPackage

/// A stream socket that does not block, and that processes started from here do not inherit.
let streamSocketType =
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

/// The socket addresses that a host name stands for.
struct SocketAddresses: ~Copyable {
    private let first: UnsafeMutablePointer<addrinfo>

    /// Looks the host up, which may take as long as the system's resolver does.
    init(of address: TCPAddress, toListen: Bool) throws(SerialPortError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV | (toListen ? AI_PASSIVE : 0)
        var found: UnsafeMutablePointer<addrinfo>?
        var result = getaddrinfo(address.host, String(address.port), &hints, &found)
        if result != 0 {
            // If the machine has only the loopback interface, AI_ADDRCONFIG hides even its addresses.
            hints.ai_flags &= ~AI_ADDRCONFIG
            result = getaddrinfo(address.host, String(address.port), &hints, &found)
        }
        guard result == 0, let found else {
            let reason = gai_strerror(result).map { String(cString: $0) }
            throw .connectionFailed(address: address.description, reason: reason ?? "unknown host")
        }
        first = found
    }

    deinit {
        freeaddrinfo(first)
    }

    /// Calls `attempt` with a new non-blocking socket for each address until one call does not throw.
    ///
    /// - Returns: the socket of this call, which the caller must close.
    /// - Throws: the error of the last address.
    func firstSocket(
        where attempt: (Int32, borrowing addrinfo) throws(Errno) -> Void
    ) throws(Errno) -> Int32 {
        var lastError = Errno.addressNotAvailable
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let current = next {
            do throws(Errno) {
                return try Self.open(current.pointee, attempt)
            } catch {
                lastError = error
            }
            next = current.pointee.ai_next
        }
        throw lastError
    }

    private static func open(
        _ entry: addrinfo, _ attempt: (Int32, borrowing addrinfo) throws(Errno) -> Void
    ) throws(Errno) -> Int32 {
        let descriptor = socket(entry.ai_family, streamSocketType, entry.ai_protocol)
        if descriptor == -1 { throw Errno(rawValue: errno) }
        do throws(Errno) {
            try attempt(descriptor, entry)
        } catch {
            FileSystem.close(descriptor)
            throw error
        }
        return descriptor
    }
}

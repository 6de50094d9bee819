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

/// Sets a socket option whose value is a number. The value 1 switches an option on.
func setOption(_ option: Int32, level: Int32, to value: Int32 = 1, on descriptor: Int32) throws(Errno) {
    var value = value
    if setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == -1 {
        throw Errno(rawValue: errno)
    }
}

/// The options that keep a TCP connection quick and alive.
enum TCPKeeping {
    /// The seconds of silence after which the other side is asked whether it is still there.
    private static let idle: Int32 = 10
    /// The seconds between two such questions.
    private static let interval: Int32 = 5
    /// How many questions without an answer mean that the other side is gone.
    private static let probes: Int32 = 3

    /// Sends small writes at once, and notices within half a minute that the other side vanished without a word.
    static func apply(to descriptor: Int32) throws(Errno) {
        let level = Int32(IPPROTO_TCP)
        try setOption(TCP_NODELAY, level: level, on: descriptor)
        try setOption(SO_KEEPALIVE, level: SOL_SOCKET, on: descriptor)
        try setOption(TCP_KEEPIDLE, level: level, to: idle, on: descriptor)
        try setOption(TCP_KEEPINTVL, level: level, to: interval, on: descriptor)
        try setOption(TCP_KEEPCNT, level: level, to: probes, on: descriptor)
        // While sent bytes are unconfirmed, the system does not ask. This option limits that time.
        try setOption(TCP_USER_TIMEOUT, level: level, to: (idle + interval * probes) * 1000, on: descriptor)
    }
}

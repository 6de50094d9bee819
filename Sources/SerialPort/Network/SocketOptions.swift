internal import CLibrary
internal import SystemPackage

/// Sets a socket option that is a number; 1 switches an option on.
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
        // The system asks no such questions while bytes of ours are unconfirmed.
        try setOption(TCP_USER_TIMEOUT, level: level, to: (idle + interval * probes) * 1000, on: descriptor)
    }
}

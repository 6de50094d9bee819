internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The owner of a non-blocking descriptor: reads, writes, and gives it up once.
///
/// The lock keeps a `close` on one thread from handing the number to a new file while another thread reads.
struct StreamDescriptor: ~Copyable, Sendable {
    enum Kind {
        case terminal
        case socket
    }

    private static let closed: Int32 = -1

    private let kind: Kind
    private let name: String
    private let descriptor: Mutex<Int32>

    init(_ descriptor: Int32, kind: Kind, name: String) {
        self.kind = kind
        self.name = name
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        close()
    }

    var rawValue: Int32 { descriptor.withLock { $0 } }

    /// Hands the descriptor over to the caller, who must close it; nil if that was done before.
    func relinquish() -> Int32? {
        let previous = descriptor.withLock { current in
            let previous = current
            current = Self.closed
            return previous
        }
        return previous == Self.closed ? nil : previous
    }

    func close() {
        if let descriptor = relinquish() {
            closeDescriptor(descriptor)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        if buffer.isEmpty { return 0 }
        return try descriptor.withLock { (descriptor) throws(SerialPortError) in
            guard descriptor != Self.closed else { throw .disconnected(path: name) }
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count > 0 { return count }
                if count == 0 { throw .disconnected(path: name) }
                let code = Errno(rawValue: errno)
                switch code {
                case .interrupted: continue
                case .wouldBlock: return 0
                default: throw .using(name, operation: "read from", code: code)
                }
            }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        if bytes.isEmpty { return 0 }
        return try descriptor.withLock { (descriptor) throws(SerialPortError) in
            guard descriptor != Self.closed else { throw .disconnected(path: name) }
            while true {
                let count =
                    switch kind {
                    case .terminal: Glibc.write(descriptor, bytes.baseAddress, bytes.count)
                    case .socket: send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                    }
                if count >= 0 { return count }
                let code = Errno(rawValue: errno)
                switch code {
                case .interrupted: continue
                case .wouldBlock: return 0
                default: throw .using(name, operation: "write to", code: code)
                }
            }
        }
    }
}

/// Closes a descriptor that has nothing left to report: on Linux it is gone whatever `close(2)` returns.
func closeDescriptor(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
}

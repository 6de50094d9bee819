internal import CLibrary
internal import Machine
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

    /// Hands the descriptor over to the caller, who must close it; nil if it was handed over before.
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
            FileSystem.close(descriptor)
        }
    }

    /// Calls `body` with the descriptor, which is not closed meanwhile.
    func control<Value>(
        _ body: (Int32) throws(SerialPortError) -> Value
    ) throws(SerialPortError) -> Value {
        try descriptor.withLock { (descriptor) throws(SerialPortError) in
            guard descriptor != Self.closed else { throw .disconnected(path: name) }
            return try body(descriptor)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        if buffer.isEmpty { return 0 }
        return try control { descriptor throws(SerialPortError) in
            do throws(Errno) {
                guard let count = try FileSystem.read(from: descriptor, into: buffer) else { return 0 }
                if count > 0 { return count }
            } catch {
                throw .using(name, operation: "read from", code: error)
            }
            throw .disconnected(path: name)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        if bytes.isEmpty { return 0 }
        return try control { descriptor throws(SerialPortError) in
            while true {
                let count =
                    switch kind {
                    case .terminal: CLibrary.write(descriptor, bytes.baseAddress, bytes.count)
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

internal import CLibrary
internal import Machine
internal import SystemPackage

/// One end of a pair of transports within this process, for tests without a port. Each end reads what the other writes.
public final class LocalTransport: ByteTransport {
    /// The name of this end in messages: `local:1` or `local:2`.
    public let name: String

    private let stream: StreamDescriptor

    /// Two ends that are connected.
    ///
    /// - Throws: `SerialPortError.system` if the process has no descriptor left.
    public static func pair() throws(SerialPortError) -> (LocalTransport, LocalTransport) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, streamSocketType, 0, &ends) == 0 else {
            throw .system(operation: "make", path: "a pair of sockets", code: Errno(rawValue: errno))
        }
        return (LocalTransport(ends[0], "local:1"), LocalTransport(ends[1], "local:2"))
    }

    private init(_ descriptor: Int32, _ name: String) {
        self.name = name
        stream = StreamDescriptor(descriptor, kind: .socket, name: name)
    }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    public var fileDescriptor: Int32 { stream.rawValue }

    /// Reads bytes that the other end wrote. Returns how many there were, 0 if there are none now.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        try stream.read(into: buffer)
    }

    /// Sends bytes to the other end. Returns how many it took, 0 if there is no room now.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try stream.write(bytes)
    }

    /// Ends the use of this end, which is a hang-up for the other. A second call does nothing.
    public func close() {
        stream.close()
    }
}

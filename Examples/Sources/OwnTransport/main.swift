// Reads a resource over a transport of one's own: here one that opens a device node and counts what it carries. When the
// line breaks, the node is opened again, and the transfer goes on.
//
//     OwnTransport NODE RESOURCE
import Glibc
import SerialPort
import Synchronization
import TransferManager

/// All that a transport must do: give out a descriptor for `poll(2)`, and move bytes without waiting.
final class CountingTransport: ByteTransport {
    let name: String
    private let descriptor: Atomic<Int32>
    private static let total = Atomic(0)

    /// What all of them have received.
    static var received: Int { total.load(ordering: .relaxed) }

    init(opening path: String) throws(SerialPortError) {
        name = path
        let opened = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else {
            throw errno == EACCES ? .permissionDenied(path: path) : .notFound(path: path)
        }
        descriptor = Atomic(opened)
    }

    var fileDescriptor: Int32 { descriptor.load(ordering: .relaxed) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let count = Glibc.read(fileDescriptor, buffer.baseAddress, buffer.count)
        if count > 0 { Self.total.add(count, ordering: .relaxed) }
        return try moved(count, isEnd: count == 0)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try moved(Glibc.write(fileDescriptor, bytes.baseAddress, bytes.count), isEnd: false)
    }

    func close() {
        let opened = descriptor.exchange(-1, ordering: .relaxed)
        if opened >= 0 { _ = Glibc.close(opened) }
    }

    /// What a system call returned: nothing now is 0, the end an error.
    private func moved(_ count: Int, isEnd: Bool) throws(SerialPortError) -> Int {
        if isEnd || (count < 0 && errno != EAGAIN && errno != EINTR) { throw .disconnected(path: name) }
        return max(0, count)
    }
}

/// Opens the node again after the line broke: tries until it is there, for 10 seconds at most.
final class NodeRecovery: LineRecovery {
    private let path: String
    private let current: Mutex<CountingTransport>

    init(of transport: CountingTransport) {
        path = transport.name
        current = Mutex(transport)
    }

    func recover(within limit: Duration?, stop: StopRequest?) throws(PortRequestError) -> any ByteTransport {
        current.withLock { $0.close() }
        let end = ContinuousClock.now + min(limit ?? .seconds(10), .seconds(10))
        while true {
            do throws(SerialPortError) {
                let transport = try CountingTransport(opening: path)
                current.withLock { $0 = transport }
                return transport
            } catch {
                if ContinuousClock.now >= end { throw .unusable(error) }
            }
            // A tenth of a second, or until the transfer is cancelled.
            var wait = pollfd(fd: stop?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            if poll(&wait, 1, 100) > 0 { throw .stopped }
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let resource = UInt32(arguments[2]) else {
    print("usage: OwnTransport NODE RESOURCE")
    exit(EX_USAGE)
}
let transport = try CountingTransport(opening: arguments[1])
var configuration = TransferManager.Configuration()
configuration.reconnection = { print("the line:", $0) }
let manager = try TransferManager(
    over: transport, recovery: NodeRecovery(of: transport), configuration: configuration)
var size = 0
for try await chunk in manager.chunks(resource: resource) {
    size += chunk.count
}
await manager.close()
print("read", size, "bytes, for which the line carried more:", CountingTransport.received > size)

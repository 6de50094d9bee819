// Reads a resource over a transport of one's own: here one that opens a device node and counts what it carries.
//
//     OwnTransport NODE RESOURCE
import Glibc
import SerialPort
import Synchronization
import TransferClient

/// All that a transport must do: give out a descriptor for `poll(2)`, and move bytes without waiting.
final class CountingTransport: ByteTransport {
    let name: String
    let received = Atomic(0)
    private let descriptor: Atomic<Int32>

    init(opening path: String) throws(SerialPortError) {
        name = path
        let opened = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { throw .notFound(path: path) }
        descriptor = Atomic(opened)
    }

    var fileDescriptor: Int32 { descriptor.load(ordering: .relaxed) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let count = Glibc.read(fileDescriptor, buffer.baseAddress, buffer.count)
        if count > 0 { received.add(count, ordering: .relaxed) }
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

let transport = try CountingTransport(opening: CommandLine.arguments[1])
let manager = try TransferManager(over: transport)
var size = 0
for try await chunk in manager.chunks(resource: UInt32(CommandLine.arguments[2]) ?? 0) {
    size += chunk.count
}
await manager.close()
let carried = transport.received.load(ordering: .relaxed)
print("read", size, "bytes, for which the line carried more:", carried > size)

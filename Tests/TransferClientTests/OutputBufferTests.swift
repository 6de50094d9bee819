import SerialPort
import Synchronization
import Testing
import TransferClient

@Suite("Output buffer")
struct OutputBufferTests {
    /// A transport that takes a few bytes at a time, and never all.
    private final class NarrowTransport: ByteTransport {
        let name = "narrow"
        let fileDescriptor: Int32 = -1
        private let limit: Int
        private let taken = Mutex<[UInt8]>([])

        init(limit: Int) {
            self.limit = limit
        }

        var bytes: [UInt8] { taken.withLock { $0 } }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int { 0 }

        func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
            let count = min(bytes.count, limit)
            taken.withLock { $0 += Array(bytes.prefix(count)) }
            return count
        }

        func close() {}
    }

    @Test(
        "Where the transport is never done, the buffer stays small, and the order is kept",
        arguments: [100, 1000, 4000])
    func staysSmall(limit: Int) throws {
        let transport = NarrowTransport(limit: limit)
        var buffer = OutputBuffer()
        var appended: [UInt8] = []
        for round in 0..<2000 {
            while buffer.hasRoom {
                let frame = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 1169)
                buffer.bytes += frame
                appended += frame
            }
            try buffer.write(to: transport)
            try #require(!buffer.isEmpty && buffer.bytes.count < 3 * 16384)
        }
        #expect(transport.bytes == Array(appended.prefix(2000 * limit)))
    }
}

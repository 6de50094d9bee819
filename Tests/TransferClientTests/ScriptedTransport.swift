internal import Glibc
internal import HDLC
internal import PigweedRPC
internal import SerialPort
internal import Synchronization
internal import TestSupport
internal import Testing
internal import TransferClient

/// A line on which everything has arrived before the first read, and which takes everything that is sent.
final class ScriptedTransport: ByteTransport {
    let name = "script"

    private let ready: Int32
    private let incoming: Mutex<[UInt8]>
    private let outgoing = Mutex<[UInt8]>([])

    init(_ incoming: [UInt8]) throws {
        self.incoming = Mutex(incoming)
        ready = open("/dev/zero", O_RDWR | O_CLOEXEC)
        try #require(ready >= 0)
    }

    deinit {
        Glibc.close(ready)
    }

    /// The packets that were sent.
    var sent: [Packet] {
        let bytes = outgoing.withLock { $0 }
        var decoder = FrameDecoder(maximumContentSize: 4096)
        var packets: [Packet] = []
        var position = 0
        while decoder.next(in: bytes.span, at: &position) != nil {
            if let (packet, _) = Packet.decode(decoder.payload) { packets.append(packet) }
        }
        return packets
    }

    /// After everything was read, there is nothing to wait for.
    var fileDescriptor: Int32 { incoming.withLock { $0.isEmpty ? -1 : ready } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        incoming.withLock { incoming in
            let count = min(incoming.count, buffer.count)
            buffer.copyBytes(from: incoming.prefix(count))
            incoming.removeFirst(count)
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        outgoing.withLock { $0 += Array(bytes) }
        return bytes.count
    }

    func close() {}
}

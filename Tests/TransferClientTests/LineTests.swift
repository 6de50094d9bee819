internal import Machine
internal import SerialPort
internal import Synchronization
internal import Testing
internal import TransferClient

@Suite struct LineTests {
    /// Asks for no bytes until something arrives, which is no data: as FLOWCONTROL-SUSPEND and its end in RFC 2217.
    private final class SuspendedTransport: TransportWrapper {
        let wrapped: any ByteTransport
        private let state = Mutex(true)

        init(_ transport: any ByteTransport) {
            wrapped = transport
        }

        var name: String { wrapped.name }
        var fileDescriptor: Int32 { wrapped.fileDescriptor }
        var isSuspended: Bool { state.withLock { $0 } }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
            if try wrapped.read(into: buffer) > 0 { state.withLock { $0 = false } }
            return 0
        }

        func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
            isSuspended ? 0 : try wrapped.write(bytes)
        }

        func close() { wrapped.close() }
    }

    /// Holds bytes that its descriptor does not announce, as a telnet connection after its negotiation.
    private final class BufferedTransport: TransportWrapper {
        let wrapped: any ByteTransport
        private let bytes: Mutex<[UInt8]>

        init(_ transport: any ByteTransport, holding bytes: [UInt8]) {
            wrapped = transport
            self.bytes = Mutex(bytes)
        }

        var name: String { wrapped.name }
        var fileDescriptor: Int32 { wrapped.fileDescriptor }
        var hasBufferedBytes: Bool { bytes.withLock { !$0.isEmpty } }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
            bytes.withLock { bytes in
                defer { bytes = [] }
                buffer.copyBytes(from: bytes)
                return bytes.count
            }
        }

        func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
            try wrapped.write(bytes)
        }

        func close() { wrapped.close() }
    }

    /// A wait for the descriptor would never end.
    @Test(arguments: [false, true]) func bufferedBytesAreNotWaitedFor(besideAnother: Bool) throws {
        let (near, _) = try LocalTransport.pair()
        let (other, _) = try LocalTransport.pair()
        var line = Line(over: BufferedTransport(near, holding: [1, 2, 3]))
        #expect(try line.exchange(until: nil, other: besideAnother ? other.fileDescriptor : -1) == 3)
        #expect(line.input.prefix(3) == [1, 2, 3])
    }

    /// The descriptor can be written to all the time.
    @Test func aSuspendedLineIsWaitedForWithoutTurningRound() throws {
        let (near, far) = try LocalTransport.pair()
        var line = Line(over: SuspendedTransport(near))
        line.output.bytes = [1, 2, 3]
        let deadline = MonotonicClock.now + .milliseconds(50)
        var rounds = 0
        while MonotonicClock.now < deadline {
            try line.send()
            #expect(try line.exchange(until: deadline) == 0)
            rounds += 1
        }
        #expect(rounds < 10)
        #expect(!line.output.isEmpty)

        #expect(try [UInt8(9)].withUnsafeBytes { try far.write($0) } == 1)
        #expect(try line.exchange(until: nil) == 0)
        try line.send()
        var received = [UInt8](repeating: 0, count: 8)
        #expect(try received.withUnsafeMutableBytes { try far.read(into: $0) } == 3)
        #expect(line.output.isEmpty)
    }

    @Test func aFarewellOnASuspendedLineIsNotWaitedFor() throws {
        let (near, _) = try LocalTransport.pair()
        var line = Line(over: SuspendedTransport(near))
        line.output.bytes = [1, 2, 3]
        let deadline = MonotonicClock.now + .seconds(3600)
        try line.send(until: deadline)
        #expect(MonotonicClock.now < deadline)
        #expect(!line.output.isEmpty)
    }
}

internal import SerialPort
internal import Synchronization
internal import Testing

@Suite struct AsyncTransportTests {
    private static func makePair() throws -> (AsyncTransport, AsyncTransport) {
        let (left, right) = try LocalTransport.pair()
        return (try AsyncTransport(left), try AsyncTransport(right))
    }

    @Test func whatOneEndWritesTheOtherReads() async throws {
        let (left, right) = try Self.makePair()
        let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        let write = Task { try await left.write(data[...]) }
        var got: [UInt8] = []
        for try await bytes in right.chunks() {
            got += bytes
            if got.count >= data.count { break }
        }
        #expect(got == data)
        #expect(try await write.value == data.count)
        await left.close()
        await right.close()
    }

    @Test func silenceEndsAReadWithATimeout() async throws {
        let (left, right) = try Self.makePair()
        #expect(try await left.read(timeout: .zero) == [])
        for try await _ in left.chunks(timeout: .milliseconds(1)) { Issue.record("nothing was sent") }
        try await right.write([1, 2])
        #expect(try await left.read() == [1, 2])
    }

    @Test func aWriteEndsWhenNobodyTakesAnything() async throws {
        let (left, right) = try LocalTransport.pair()
        let transport = try AsyncTransport(left)
        let data = [UInt8](repeating: 0, count: 1 << 24)
        let count = try await transport.write(data, timeout: .milliseconds(1))
        #expect(count < data.count)
        right.close()
    }

    @Test func aCancelledReadTakesNothingAway() async throws {
        let (left, right) = try Self.makePair()
        let read = Task { try await left.read() }
        read.cancel()
        #expect(try await read.value == [])
        try await right.write([9])
        #expect(try await left.read() == [9])
    }

    @Test func linesEndWithALineFeedOrWithTheSequence() async throws {
        let (left, right) = try Self.makePair()
        let text = "one\r\ntwo\n\nlonger than eight\nlast"
        try await right.write(text.utf8)
        var lines: [String] = []
        for try await line in left.lines(maximumLength: 8, timeout: .milliseconds(100)) { lines.append(line) }
        #expect(lines == ["one", "two", "", "longer t", "han eigh", "t", "last"])
    }

    @Test func theEndOfTheOtherSideIsAnError() async throws {
        let (left, right) = try Self.makePair()
        try await right.write([1])
        await right.close()
        #expect(try await left.read() == [1])
        let name = left.transport.name
        await #expect(throws: SerialPortError.disconnected(path: name)) { try await left.read() }
        await #expect(throws: SerialPortError.disconnected(path: name)) { try await left.write([1]) }
    }

    @Test func closingEndsAllThatWaits() async throws {
        let (left, right) = try Self.makePair()
        let read = Task { try await left.read() }
        await left.close()
        await left.close()
        await right.close()
        await #expect(throws: SerialPortError.self) { try await read.value }
        #expect(left.transport.fileDescriptor == -1)
    }

    @Test func whatNobodyHoldsIsClosed() async throws {
        let (left, right) = try LocalTransport.pair()
        do { _ = try await AsyncTransport(left).read(timeout: .zero) }
        while left.fileDescriptor != -1 { await Task.yield() }
        right.close()
    }

    /// The transport asks for no bytes until it has read. Nobody else reads.
    @Test func aWriteToASuspendedTransportIsResumed() async throws {
        let (near, far) = try LocalTransport.pair()
        let transport = try AsyncTransport(SuspendedTransport(near))
        let write = Task { try await transport.write([1, 2, 3]) }
        #expect(try far.writeAvailable([9]) == 1)
        #expect(try await write.value == 3)
        #expect(try far.read(count: 3) == [1, 2, 3])
        #expect(try await transport.read() == [9])
        await transport.close()
    }

    @Test func aPortIsATransport() async throws {
        let terminal = try PseudoTerminal()
        let port = try AsyncTransport(SerialPort(opening: terminal.slavePath))
        let device = try AsyncTransport(terminal)
        try await port.write([1, 2, 3])
        #expect(try await device.read() == [1, 2, 3])
        await port.close()
    }
}

/// Asks for no bytes until something arrives, as FLOWCONTROL-SUSPEND and its end in RFC 2217.
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
        let count = try wrapped.read(into: buffer)
        if count > 0 { state.withLock { $0 = false } }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        isSuspended ? 0 : try wrapped.write(bytes)
    }

    func close() { wrapped.close() }
}

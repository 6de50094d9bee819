package import Machine
package import SerialPort

/// An open transport with its input and output buffers, and the wait for both.
package struct Line: ~Copyable {
    private enum Slot {
        static let transport = 0
        static let stop = 1
        static let other = 2
        static let count = 3
    }

    /// The most bytes in a terminal's kernel buffer. A read of this many bytes means that the other side is ahead of
    /// us, and that the next read will find bytes, too.
    private static let fullRead = 4095
    /// How long sending the last frames may take.
    static let farewellTimeout = Duration.milliseconds(500)

    /// The port or connection, which is not closed here. After a break, another one takes its place.
    package var transport: any ByteTransport
    /// The bytes to be sent.
    package var output = OutputBuffer()
    /// The buffer for received bytes; the last read put its bytes at the start.
    package private(set) var input: [UInt8]

    private var wait = DescriptorWait(count: Slot.count)
    private var mayHaveMore = false

    /// A line over an open transport.
    ///
    /// - Parameters:
    ///   - transport: the transport that carries the bytes.
    ///   - readSize: the most bytes of one read. A kernel's buffer for a terminal has 4 KiB, one for a network more.
    package init(over transport: any ByteTransport, readSize: Int = 1 << 15) {
        self.transport = transport
        input = [UInt8](repeating: 0, count: readSize)
    }

    /// Sends as many bytes as the transport takes now.
    package mutating func send() throws(SerialPortError) {
        try output.write(to: transport)
    }

    /// Whether something waits that the transport takes as soon as it has room.
    private var canSend: Bool { !output.isEmpty && !transport.isSuspended }

    /// Sends as many bytes as the transport takes until the deadline.
    package mutating func send(until deadline: Instant) throws(SerialPortError) {
        try send()
        while canSend, MonotonicClock.now < deadline {
            _ = DescriptorWait.isReady(transport.fileDescriptor, for: .write, until: deadline)
            try send()
        }
    }

    /// Sends the last bytes of a call or a transfer, if the line still works.
    mutating func sendFarewell() {
        do throws(SerialPortError) {
            try send(until: MonotonicClock.now + Self.farewellTimeout)
        } catch {
            output.removeAll()
        }
    }

    /// Reads bytes that have arrived into ``input``, and returns how many.
    package mutating func receive() throws(SerialPortError) -> Int {
        let count = try input.filling(input.count) { [transport] room throws(SerialPortError) in
            try transport.read(into: room)
        }
        mayHaveMore = count >= min(Self.fullRead, input.count)
        return count
    }

    /// Waits until bytes arrive or more can be sent, and takes the bytes that have arrived.
    ///
    /// - Parameters:
    ///   - deadline: when the wait ends at the latest; `nil` for never.
    ///   - stop: a request that ends the wait early.
    ///   - other: a descriptor that ends the wait when it is readable; -1 for none.
    ///   - takesBytes: whether bytes that have arrived are taken now.
    /// - Returns: how many bytes were put into ``input``.
    package mutating func exchange(
        until deadline: Instant?, stop: StopRequest? = nil, other: Int32 = -1, takesBytes: Bool = true
    ) throws(SerialPortError) -> Int {
        if mayHaveMore, takesBytes, other < 0 {
            let count = try receive()
            if count > 0 { return count }
        }
        var interest: DescriptorWait.Interest = takesBytes ? .read : []
        if canSend { interest.insert(.write) }
        wait.set(Slot.transport, transport.fileDescriptor, interest)
        wait.set(Slot.stop, stop?.descriptor ?? -1, .read)
        wait.set(Slot.other, other, .read)
        let isBuffered = takesBytes && transport.hasBufferedBytes
        wait.wait(until: isBuffered ? .zero : deadline)
        return isBuffered || wait.isReady(Slot.transport, for: .read) ? try receive() : 0
    }

    /// Whether the other descriptor of the last wait ended it.
    package var isOtherReady: Bool { wait.isReady(Slot.other, for: .read) }
}

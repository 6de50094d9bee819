/// An open byte stream that a transfer can run over: a serial port, a network connection, a pseudo-terminal.
///
/// No call waits. The caller waits with `poll(2)` on `fileDescriptor`, unless there are buffered bytes.
public protocol ByteTransport: AnyObject, Sendable {
    /// The name of the stream in messages to the user, such as `/dev/ttyACM0` or `tcp:localhost:33000`.
    var name: String { get }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    var fileDescriptor: Int32 { get }

    /// Takes bytes that have arrived.
    ///
    /// - Returns: how many bytes were put at the start of `buffer`; 0 if there are none now.
    /// - Throws: `SerialPortError.disconnected` once the other side is gone and all its bytes were read.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int

    /// Sends bytes.
    ///
    /// - Returns: how many bytes from the start of `bytes` were taken; 0 if none can be taken now.
    /// - Throws: `SerialPortError.disconnected` if the other side is gone.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int

    /// Whether ``read(into:)`` has bytes that the descriptor does not announce.
    var hasBufferedBytes: Bool { get }

    /// Whether the other side has asked this side to send nothing for now. ``read(into:)`` learns when the other side
    /// wants bytes again. Until then ``write(_:)`` takes none, though the descriptor may be ready for them.
    var isSuspended: Bool { get }

    /// Ends the use of the stream; a second call does nothing.
    func close()
}

extension ByteTransport {
    /// False: the descriptor announces all bytes.
    public var hasBufferedBytes: Bool { false }

    /// False: whether bytes are taken is up to the descriptor.
    public var isSuspended: Bool { false }
}

/// A transport that passes on the bytes of another one.
package protocol TransportWrapper: ByteTransport {
    /// The transport whose bytes are passed on.
    var wrapped: any ByteTransport { get }
}

extension TransportWrapper {
    package var hasBufferedBytes: Bool { wrapped.hasBufferedBytes }
    package var isSuspended: Bool { wrapped.isSuspended }
}

extension ByteTransport {
    /// The transport behind all wrappers.
    package var base: any ByteTransport { (self as? any TransportWrapper)?.wrapped.base ?? self }
}

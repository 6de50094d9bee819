public import PigweedTransfer

/// Takes the data of a read, in order and without gaps.
public protocol ByteSink: AnyObject {
    /// The name of the sink in messages.
    var name: String { get }

    /// Notes how many bytes will come in all, as the device says, which may be wrong.
    func expect(total: UInt64)

    /// Sets the time at which the transfer must be over: ``write(_:)`` must not wait for a reader after it.
    func limit(to deadline: Instant)

    /// Takes the next bytes.
    func write(_ bytes: Span<UInt8>) throws(FileError)

    /// Makes all bytes written so far as safe as the target allows. This is called before the device is told that all
    /// data have arrived.
    func synchronize() throws(FileError)

    /// Discards everything that was written, since the data come again from the start.
    ///
    /// - Throws: ``FileError/targetCannotGoBack(path:written:)`` if others may have seen the bytes already.
    func restart() throws(FileError)

    /// Puts the complete data where they belong.
    func commit() throws(FileError)

    /// Ends a failed transfer. The target stays as it was before, if this is possible.
    func discard()
}

extension ByteSink {
    /// Does nothing: most sinks need not know the size.
    package func expect(total: UInt64) {}

    /// Does nothing: most sinks never wait.
    package func limit(to deadline: Instant) {}
}

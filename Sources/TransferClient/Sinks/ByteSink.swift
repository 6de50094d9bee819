public import PigweedTransfer

/// Where the data of a read go, in order and without gaps.
public protocol ByteSink: AnyObject {
    /// What to call it in messages.
    var name: String { get }

    /// The device says that there will be this many bytes, from the first one written on. Its word may be wrong.
    func expect(total: UInt64)

    /// When the transfer must be over: nothing waits longer than that for whoever takes the data.
    func limit(to deadline: Instant)

    /// Takes the next bytes.
    func write(_ bytes: Span<UInt8>) throws(FileError)

    /// Makes everything written so far as safe as the target allows. Called before the device hears that all arrived.
    func synchronize() throws(FileError)

    /// Takes back everything that was written, for data that come once more from the start.
    ///
    /// - Throws: ``FileError/targetCannotGoBack(path:written:)`` if others may have seen it already.
    func restart() throws(FileError)

    /// The data are complete: puts them where they belong.
    func commit() throws(FileError)

    /// The transfer failed: leaves the target as it was before, where that is possible.
    func discard()
}

extension ByteSink {
    /// Of no interest to most.
    package func expect(total: UInt64) {}

    /// Most take what they are given.
    package func limit(to deadline: Instant) {}
}

/// The answer of a source to a read.
public enum SourceBytes: Hashable, Sendable {
    /// This many bytes were put into the buffer; `isLast` says whether no bytes follow.
    case bytes(Int, isLast: Bool)
    /// There are not enough bytes yet; read again when ``ByteSource/waitDescriptor`` is readable.
    case notYet
}

/// Gives the data of a write.
public protocol ByteSource: AnyObject {
    /// The name of the source in messages.
    var name: String { get }

    /// The number of bytes; `nil` if it is known only at the end.
    var size: UInt64? { get }

    /// A descriptor that is readable when ``read(at:into:)`` has more bytes; -1 if it never answers `notYet`.
    var waitDescriptor: Int32 { get }

    /// Fills the buffer with the bytes from `position` on. There are fewer only at the end of the data.
    ///
    /// Positions mostly rise; after losses on the line they go back.
    func read(at position: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError)
        -> SourceBytes

    /// Makes sure that nothing has changed the data since they were opened.
    ///
    /// - Throws: ``FileError/sourceChanged(path:_:)``.
    func checkUnchanged() throws(FileError)
}

extension ByteSource {
    /// Does nothing: a stream, or memory of this process, cannot change.
    public func checkUnchanged() {}

    /// The first bytes of a source of known size.
    package func start(upTo limit: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = try fill(&bytes, count: limit, from: 0)
        return Array(bytes.prefix(count))
    }

    /// Whether the source does not have its first bytes yet.
    var isWaiting: Bool {
        get throws(FileError) { try peek() == .notYet }
    }

    /// Whether the source is known to have no data at all.
    var isEmpty: Bool {
        get throws(FileError) { try peek() == .bytes(0, isLast: true) }
    }

    /// The source's answer to a read of its first byte.
    ///
    /// - Throws: ``FileError/sourceCannotGoBack(path:to:kept:)`` if a stream no longer has it.
    @discardableResult func peek() throws(FileError) -> SourceBytes {
        var byte = InlineArray<1, UInt8>(repeating: 0)
        var room = byte.mutableSpan
        return try room.withUnsafeMutableBytes { room throws(FileError) in
            try read(at: 0, into: room)
        }
    }
}

/// The bytes of a source from a position on.
final class SourceSuffix: ByteSource {
    private let source: any ByteSource
    private let start: UInt64

    /// The part of a source of known size behind its first `start` bytes.
    init(of source: any ByteSource, from start: UInt64) {
        self.source = source
        self.start = start
    }

    /// The name of the whole source.
    var name: String { source.name }

    /// The number of bytes behind the first `start` ones.
    var size: UInt64? { source.size.map { $0 - min($0, start) } }

    /// The descriptor of the whole source.
    var waitDescriptor: Int32 { source.waitDescriptor }

    /// Makes sure that the whole source is unchanged.
    func checkUnchanged() throws(FileError) { try source.checkUnchanged() }

    /// Reads from the whole source; positions are counted from `start`.
    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        try source.read(at: start + position, into: buffer)
    }
}

/// What a source has to offer at a position.
public enum SourceBytes: Hashable, Sendable {
    /// So many bytes were put into the buffer; `isLast` if none follow.
    case bytes(Int, isLast: Bool)
    /// Nobody knows yet; ask again when ``ByteSource/waitDescriptor`` is readable.
    case notYet
}

/// Where the data of a write come from.
public protocol ByteSource: AnyObject {
    /// What to call it in messages.
    var name: String { get }

    /// How many bytes there are; `nil` if only the end will tell.
    var size: UInt64? { get }

    /// What becomes readable when ``read(at:into:)`` has more to offer; -1 where it always knows at once.
    var waitDescriptor: Int32 { get }

    /// Fills the buffer with the bytes from `position` on. Fewer come only at the end of the data.
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
    /// A stream, or memory of this process, cannot change.
    public func checkUnchanged() {}

    /// The first bytes of a source of known size.
    package func start(upTo limit: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let result = try bytes.filling(limit) { room throws(FileError) in try read(at: 0, into: room) }
        guard case .bytes(let count, _) = result else { return [] }
        return Array(bytes.prefix(count))
    }

    /// Whether nothing can be said yet about the first bytes.
    var isWaiting: Bool {
        get throws(FileError) { try peek(at: 0) == .notYet }
    }

    /// Whether it is known to have no data at all.
    var isEmpty: Bool {
        get throws(FileError) { try peek(at: 0) == .bytes(0, isLast: true) }
    }

    /// Makes sure that the bytes from `position` on can be read, once more if need be.
    ///
    /// - Throws: ``FileError/sourceCannotGoBack(path:to:kept:)`` if a stream no longer has them.
    func checkAvailability(from position: UInt64) throws(FileError) {
        _ = try peek(at: position)
    }

    /// What there is to say about the byte at `position`.
    private func peek(at position: UInt64) throws(FileError) -> SourceBytes {
        var byte = InlineArray<1, UInt8>(repeating: 0)
        var room = byte.mutableSpan
        return try room.withUnsafeMutableBytes { room throws(FileError) in
            try read(at: position, into: room)
        }
    }
}

/// The bytes of a source from a position on.
final class SourceSuffix: ByteSource {
    private let source: any ByteSource
    private let start: UInt64

    /// What is left of a source of known size behind its first `start` bytes.
    init(of source: any ByteSource, from start: UInt64) {
        self.source = source
        self.start = start
    }

    /// That of the whole source.
    var name: String { source.name }

    /// How many bytes are left.
    var size: UInt64? { source.size.map { $0 - min($0, start) } }

    /// That of the whole source.
    var waitDescriptor: Int32 { source.waitDescriptor }

    /// Of the whole source.
    func checkUnchanged() throws(FileError) { try source.checkUnchanged() }

    /// Reads from the whole source, further on.
    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        try source.read(at: start + position, into: buffer)
    }
}

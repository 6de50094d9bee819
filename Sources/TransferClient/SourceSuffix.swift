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

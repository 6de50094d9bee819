internal import SystemPackage

/// Data of a read that are kept in memory, up to a limit.
final class MemorySink: ByteSink {
    let name = "memory"
    private(set) var bytes: [UInt8] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    func write(_ data: Span<UInt8>) throws(FileError) {
        guard data.count <= limit - bytes.count else { throw .cannotWrite(path: name, .noMemory) }
        data.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    func synchronize() throws(FileError) {}

    func restart() throws(FileError) {
        bytes.removeAll(keepingCapacity: true)
    }

    func commit() throws(FileError) {}

    func discard() {
        bytes = []
    }
}

/// Data of a write that are all in memory.
final class MemorySource: ByteSource {
    let name = "memory"
    let waitDescriptor: Int32 = -1
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var size: UInt64? { UInt64(bytes.count) }

    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        let start = Int(min(position, UInt64(bytes.count)))
        let count = min(buffer.count, bytes.count - start)
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
        }
        return .bytes(count, isLast: start + count == bytes.count)
    }
}

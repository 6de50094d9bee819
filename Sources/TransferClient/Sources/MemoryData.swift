internal import SystemPackage

/// Data of a read that are kept in memory, up to a limit.
package final class MemorySink: ByteSink {
    package let name = "memory"
    package private(set) var bytes: [UInt8] = []
    private let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    package func write(_ data: Span<UInt8>) throws(FileError) {
        guard data.count <= limit - bytes.count else { throw .cannotWrite(path: name, .noMemory) }
        data.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    package func synchronize() throws(FileError) {}

    package func restart() throws(FileError) {
        bytes.removeAll(keepingCapacity: true)
    }

    package func commit() throws(FileError) {}

    package func discard() {
        bytes = []
    }
}

/// Data of a write that are all in memory.
package final class MemorySource: ByteSource {
    package let name = "memory"
    package let waitDescriptor: Int32 = -1
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var size: UInt64? { UInt64(bytes.count) }

    package func read(
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

import HDLC
package import PigweedTransfer

/// A storage for the bytes of a resource, in memory.
public final class MemoryResource: ResourceStorage {
    /// The bytes that a read gets; `nil` if nothing was ever stored, or the file was deleted.
    public private(set) var content: [UInt8]?
    /// The most bytes that the storage holds; `nil` for no limit.
    package let capacity: UInt64?
    /// How ``status`` is made.
    package enum StatusSource: Hashable, Sendable {
        /// All bytes can be read, and a write can continue behind them; the checksums are the CRC-32 of the content.
        case content
        /// The status is always this one.
        case fixed(ResourceStatusResponse)
        /// The resource does not implement a status, as is the default in firmware.
        case unimplemented
    }

    /// How ``status`` is made.
    package var statusSource = StatusSource.content
    /// Whether ``finishWrite()`` fails.
    package var failsToFinish = false

    private var staged: [UInt8]?

    /// A storage with this content; `nil` if nothing is stored yet.
    public init(_ content: [UInt8]? = nil, capacity: UInt64? = nil) {
        self.content = content
        self.capacity = capacity
    }

    /// The number of bytes of a write in progress, including the kept ones before its offset; `nil` if there is no
    /// write.
    package var stagedCount: Int? { staged?.count }

    /// The number of bytes that a read gets; `nil` without a content.
    package var size: UInt64? { content.map { UInt64($0.count) } }

    /// The bytes that are left of the capacity; `nil` for no limit.
    package var writeLimit: UInt64? {
        guard let capacity else { return nil }
        let used = UInt64(staged?.count ?? 0)
        return used < capacity ? capacity - used : 0
    }

    /// The answer to `GetResourceStatus`, made as ``statusSource`` says.
    package var status: ResourceStatusResponse? {
        switch statusSource {
        case .content: contentStatus
        case .fixed(let status): status
        case .unimplemented: nil
        }
    }

    private var contentStatus: ResourceStatusResponse {
        let bytes = content ?? []
        var crc = CRC32()
        crc.update(bytes.span)
        return ResourceStatusResponse(size: UInt64(bytes.count), checksum: crc.value)
    }

    package func read(at offset: UInt64, count: Int, into bytes: inout [UInt8]) throws(StorageError) {
        guard let content, let start = Int(exactly: offset), start <= content.count, count >= 0 else {
            throw .outOfRange
        }
        bytes.append(contentsOf: content[start..<start + min(count, content.count - start)])
    }

    package func beginWrite(at offset: UInt64) throws(StorageError) {
        guard staged == nil else { throw .busy }
        let kept = content ?? []
        guard let count = Int(exactly: offset), count <= kept.count else { throw .outOfRange }
        staged = Array(kept.prefix(count))
    }

    package func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StorageError) {
        guard let count = staged?.count, UInt64(count) == offset else { throw .outOfRange }
        if let limit = writeLimit, UInt64(bytes.count) > limit { throw .full }
        bytes.withUnsafeBufferPointer { staged?.append(contentsOf: $0) }
    }

    package func finishWrite() throws(StorageError) {
        let written = staged
        staged = nil
        guard !failsToFinish, let written else { throw .failed }
        content = written
    }

    package func abandonWrite() {
        staged = nil
    }

    package func delete() throws(StorageError) {
        content = nil
    }
}

package import PigweedTransfer

/// Why a storage did not do what was asked.
package enum StorageError: Error, Hashable, Sendable {
    /// The offset is behind the end of the stored bytes.
    case outOfRange
    /// There is no room for more bytes.
    case full
    /// Another transfer writes to the storage.
    case busy
    /// The storage failed for another reason.
    case failed
}

/// A storage for the bytes of a resource.
///
/// The bytes of a write become visible to readers only when ``finishWrite()`` has succeeded. Only one write at a time
/// is possible: during a write, ``beginWrite(at:)`` throws ``StorageError/busy``.
package protocol ResourceStorage: AnyObject {
    /// The number of bytes that can be read; `nil` if there is no content, not even an empty one.
    var size: UInt64? { get }

    /// The most bytes that a write in progress takes from now on; `nil` for any number.
    var writeLimit: UInt64? { get }

    /// The answer to `GetResourceStatus`; `nil` if the resource does not implement it.
    var status: ResourceStatusResponse? { get }

    /// Appends bytes from `offset` on to `bytes`: `count` of them, fewer only at the end.
    func read(at offset: UInt64, count: Int, into bytes: inout [UInt8]) throws(StorageError)

    /// Begins a write. The bytes before `offset` are kept, and the bytes from there on are replaced.
    func beginWrite(at offset: UInt64) throws(StorageError)

    /// Takes the next bytes of a write. Offsets follow each other without gaps.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StorageError)

    /// Ends a write and makes its bytes visible to readers.
    func finishWrite() throws(StorageError)

    /// Ends a write and discards its bytes.
    func abandonWrite()

    /// Removes all bytes for good; called for files that clients may delete.
    func delete() throws(StorageError)
}

extension ResourceStatusResponse {
    /// The status of a content of which all bytes can be read, and behind which a write can continue.
    package init(size: UInt64, checksum: UInt32) {
        self.init()
        (writeableOffset, readableOffset) = (size, size)
        (writeChecksum, readChecksum) = (UInt64(checksum), UInt64(checksum))
    }
}

/// A resource of a device: its number, its permissions, and its bytes. A resource that is both readable and writable
/// has one storage, so that reads return the written bytes.
public struct DeviceResource {
    /// The id by which clients ask for the resource.
    package var id: UInt32
    /// Whether reads are permitted.
    package var isReadable: Bool
    /// Whether writes are permitted.
    package var isWritable: Bool
    /// Whether transfers of the resource may begin at an offset other than 0, if the device supports this at all.
    package var supportsOffset: Bool
    /// The storage of the resource's bytes.
    package var storage: any ResourceStorage

    /// A resource in memory.
    public init(
        id: UInt32, isReadable: Bool = true, isWritable: Bool = true, supportsOffset: Bool = true,
        storage: MemoryResource
    ) {
        self.init(
            id: id, isReadable: isReadable, isWritable: isWritable, supportsOffset: supportsOffset,
            storage: storage as any ResourceStorage)
    }

    /// A resource with any storage.
    package init(
        id: UInt32, isReadable: Bool = true, isWritable: Bool = true, supportsOffset: Bool = true,
        storage: any ResourceStorage
    ) {
        self.id = id
        self.isReadable = isReadable
        self.isWritable = isWritable
        self.supportsOffset = supportsOffset
        self.storage = storage
    }
}

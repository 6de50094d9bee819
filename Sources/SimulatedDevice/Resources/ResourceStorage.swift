/// Why a storage did not do what was asked.
package enum StorageError: Error, Hashable, Sendable {
    /// The offset is behind the end of what can be read or written on.
    case outOfRange
    /// No room for more.
    case full
    /// In use by another transfer.
    case busy
    /// Anything else.
    case failed
}

extension StorageError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    package var description: String {
        switch self {
        case .outOfRange: "the offset is behind the end"
        case .full: "there is no room for more"
        case .busy: "another transfer uses the resource"
        case .failed: "the storage failed"
        }
    }
}

/// Where the bytes of a resource live.
///
/// What a write brings becomes visible to readers only when ``finishWrite()`` succeeded. The device asks for one
/// write at a time to succeed in ``beginWrite(at:)``; a storage that is being written throws ``StorageError/busy``.
package protocol ResourceStorage: AnyObject {
    /// Bytes that can be read; `nil` if there is nothing, not even an empty content.
    var size: UInt64? { get }

    /// Most bytes that a write in progress takes from now on; `nil` for any number.
    var writeLimit: UInt64? { get }

    /// The answer to `GetResourceStatus`; `nil` if the resource does not implement it.
    var status: ResourceStatus? { get }

    /// Appends bytes from `offset` on to `bytes`: `count` of them, fewer only at the end.
    func read(at offset: UInt64, count: Int, into bytes: inout [UInt8]) throws(StorageError)

    /// Begins a write; the bytes before `offset` are kept, those from there on are replaced.
    func beginWrite(at offset: UInt64) throws(StorageError)

    /// Takes the next bytes of a write. Offsets follow each other without gap.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StorageError)

    /// Ends a write and makes it visible.
    func finishWrite() throws(StorageError)

    /// Ends a write and forgets what it brought.
    func abandonWrite()

    /// Removes all bytes for good; called for files that clients may delete.
    func delete() throws(StorageError)
}

extension ResourceStorage {
    /// No limit.
    package var writeLimit: UInt64? { nil }

    /// Not implemented.
    package var status: ResourceStatus? { nil }

    /// Not possible.
    package func delete() throws(StorageError) { throw .failed }
}

/// The answer to `GetResourceStatus`; what the checksums are is left to the application.
package struct ResourceStatus: Hashable, Sendable {
    /// Where a resumed write may begin.
    package var writeableOffset: UInt64
    /// Up to where there is something to read.
    package var readableOffset: UInt64
    /// Over the bytes before `writeableOffset`.
    package var writeChecksum: UInt64
    /// Over the bytes before `readableOffset`.
    package var readChecksum: UInt64

    /// That of a content which can be read and written on as a whole.
    package init(size: UInt64, checksum: UInt32) {
        self.init(
            writeableOffset: size, readableOffset: size, writeChecksum: UInt64(checksum),
            readChecksum: UInt64(checksum))
    }

    /// A status of these values.
    package init(
        writeableOffset: UInt64, readableOffset: UInt64, writeChecksum: UInt64, readChecksum: UInt64
    ) {
        self.writeableOffset = writeableOffset
        self.readableOffset = readableOffset
        self.writeChecksum = writeChecksum
        self.readChecksum = readChecksum
    }
}

/// A resource of a device: a number, what may be done with it, and its bytes. A resource that is both readable and
/// writable has one storage: what was written is what is read.
public struct DeviceResource {
    /// The id by which clients ask for it.
    package var id: UInt32
    /// Whether reads are permitted.
    package var isReadable: Bool
    /// Whether writes are permitted.
    package var isWritable: Bool
    /// Whether transfers of it may begin at an offset other than 0, if the device supports that at all.
    package var supportsOffset: Bool
    /// Its bytes.
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

    /// A resource.
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

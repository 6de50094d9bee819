internal import PigweedTransfer
internal import SimulatedDevice
internal import TestSupport

/// A storage in memory. Its obstacles can be removed, and its content can change between transfers.
final class SwarmResource: ResourceStorage {
    /// The visible bytes.
    var content: [UInt8]?
    /// The maximum number of bytes.
    var capacity: UInt64?
    /// Whether ``finishWrite()`` fails.
    var failsToFinish: Bool
    /// How many writes became visible.
    private(set) var commits = 0

    private var staged: [UInt8]?

    init(_ content: [UInt8]?, capacity: UInt64?, failsToFinish: Bool) {
        self.content = content
        self.capacity = capacity
        self.failsToFinish = failsToFinish
    }

    var size: UInt64? { content.map { UInt64($0.count) } }

    let status: ResourceStatusResponse? = nil

    var writeLimit: UInt64? {
        guard let capacity else { return nil }
        let used = UInt64(staged?.count ?? 0)
        return used < capacity ? capacity - used : 0
    }

    func read(at offset: UInt64, count: Int, into bytes: inout [UInt8]) throws(StorageError) {
        guard let content, offset <= content.count else { throw .outOfRange }
        bytes.append(contentsOf: content[Int(offset)..<min(Int(offset) + count, content.count)])
    }

    func beginWrite(at offset: UInt64) throws(StorageError) {
        guard staged == nil else { throw .busy }
        let kept = content ?? []
        guard offset <= kept.count else { throw .outOfRange }
        staged = Array(kept.prefix(Int(offset)))
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StorageError) {
        guard let count = staged?.count, UInt64(count) == offset else { throw .outOfRange }
        if let limit = writeLimit, UInt64(bytes.count) > limit { throw .full }
        staged? += bytes.array
    }

    func finishWrite() throws(StorageError) {
        let written = staged
        staged = nil
        guard !failsToFinish, let written else { throw .failed }
        content = written
        commits += 1
    }

    func abandonWrite() {
        staged = nil
    }

    func delete() throws(StorageError) { throw .failed }
}

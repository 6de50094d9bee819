internal import PigweedTransfer

/// A file that is read over several runs. Until it is complete, its bytes stay in a partial file beside the target.
///
/// The last bytes that an earlier run has stored are read once more and compared, so that bytes of a changed resource
/// are not appended to them.
package final class PartialFileSink: ByteSink {
    /// How many stored bytes are read once more.
    package static let overlapSize = 1024
    /// The shortest time between two updates of the record, in nanoseconds.
    private static let recordInterval: Int64 = 500_000_000
    private static let pendingLimit = 1 << 16

    /// The path of the target as the user gave it.
    package let name: String

    /// How far a file has come.
    private struct Extent {
        var size: UInt64 = 0
        /// The CRC-32 of these bytes.
        var checksum = Checksum(.crc32)
        /// How many bytes the file will have in all, if the device said so.
        var total: UInt64?
    }

    private let file: PartialFile
    private var origin: PartialFileOrigin?
    /// The stored bytes of earlier runs that this run continues.
    private var kept = Extent()
    private var overlap: [UInt8] = []
    private var compared = 0
    /// The file now, including ``pending``.
    private var present = Extent()
    private var pending: [UInt8] = []
    private var recorded: UInt64 = 0
    private var recordedAt = MonotonicClock.now

    /// Opens or makes the partial file beside the target, so that a target that cannot be written is found before
    /// anything is transferred.
    package init(path: String) throws(FileError) {
        guard let target = try FileTarget.find(path) else { throw .targetIsNoFile(path: path) }
        name = path
        file = try PartialFile(for: target)
    }

    deinit {
        discard()
    }

    /// The path of the partial file.
    package var partialPath: String { file.path }

    /// How many stored bytes of earlier runs this run continues.
    package var keptSize: UInt64 { kept.size }

    /// The offset at which the read begins, counted from the start of the file.
    package var startOffset: UInt64 { kept.size - UInt64(overlap.count) }

    /// Finds out how far earlier runs from the same origin came. This must be called before the read.
    ///
    /// - Returns: why the read does not continue the existing partial file but begins anew; `nil` if it continues, or
    ///   there is none.
    package func prepare(for origin: PartialFileOrigin) throws(FileError) -> PartialFileRefusal? {
        self.origin = origin
        let record = try file.record()
        if case .none = record, !file.hasReplacedForeign, try file.isEmpty() { return nil }
        if let refusal = refusal(of: record, origin) {
            try startOver()
            return refusal
        }
        guard case .found(let record) = record, record.bytes > 0,
            let checksum = try file.checksum(ofFirst: record.bytes), checksum.value == UInt64(record.crc32)
        else {
            try startOver()
            return .changed
        }
        kept = Extent(size: record.bytes, checksum: checksum, total: record.total)
        recorded = kept.size
        let overlapSize = Int(min(kept.size, UInt64(Self.overlapSize)))
        overlap = [UInt8](repeating: 0, count: overlapSize)
        _ = try file.read(&overlap, count: overlapSize, at: startOffset)
        try restart()
        return nil
    }

    private func refusal(
        of state: PartialFile.RecordState, _ origin: PartialFileOrigin
    ) -> PartialFileRefusal? {
        guard !file.hasReplacedForeign else { return .othersCouldChange }
        switch state {
        case .none: return .noRecord
        case .unreadable: return .unreadableRecord
        case .foreign: return .othersCouldChange
        case .found(let record):
            var (earlier, now) = (record.origin, origin)
            earlier.state = nil
            now.state = nil
            guard earlier == now else { return .foreign(record.origin) }
            return record.origin.state == origin.state ? nil : .resourceChanged
        }
    }

    /// Discards the bytes of earlier runs.
    package func startOver() throws(FileError) {
        try file.removeRecord()
        kept = Extent()
        overlap = []
        recorded = 0
        try restart()
    }

    /// Discards the bytes of this run, if the file is still there.
    package func restart() throws(FileError) {
        guard file.isOpen else { return }
        pending.removeAll(keepingCapacity: true)
        // The record must never count bytes that are about to go.
        if recorded > kept.size {
            if kept.size > 0 {
                try record(kept)
            } else {
                try file.removeRecord()
                recorded = 0
            }
        }
        try file.truncate(to: kept.size)
        present = kept
        compared = 0
        recordedAt = MonotonicClock.now
    }

    /// Notes the total size, but only in a read that begins at the start; otherwise the total of the record stays.
    package func expect(total: UInt64) {
        if kept.size == 0 { present.total = total }
    }

    /// Compares the bytes that are stored already, and appends the others.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        var position = 0
        while position < bytes.count, compared < overlap.count {
            guard bytes[position] == overlap[compared] else {
                throw .partialFileDiffers(path: file.path, offset: startOffset + UInt64(compared))
            }
            position += 1
            compared += 1
        }
        let rest = bytes.extracting(position..<bytes.count)
        rest.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        present.checksum.update(rest)
        present.size += UInt64(rest.count)
        if (MonotonicClock.now - recordedAt).saturatedNanoseconds >= Self.recordInterval {
            try checkpoint()
        } else if pending.count >= Self.pendingLimit {
            try flush()
        }
    }

    private func flush() throws(FileError) {
        try file.append(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// Synchronizes the bytes that have arrived, and brings the record up to date.
    private func checkpoint() throws(FileError) {
        recordedAt = MonotonicClock.now
        guard present.size > recorded else { return }
        try synchronize()
        try record(present)
    }

    private func record(_ extent: Extent) throws(FileError) {
        guard let origin else { return }
        try file.write(
            PartialFileRecord(
                origin: origin, bytes: extent.size, total: extent.total,
                crc32: UInt32(truncatingIfNeeded: extent.checksum.value)))
        recorded = extent.size
    }

    /// Waits until the data are on the disk.
    package func synchronize() throws(FileError) {
        try flush()
        try file.synchronize()
    }

    /// Gives the file the name of the target.
    ///
    /// - Throws: ``FileError/partialFileDiffers(path:offset:)`` if the file has another size than the device said in
    ///   the first run.
    package func commit() throws(FileError) {
        guard compared == overlap.count, kept.size == 0 || kept.total == nil || kept.total == present.size
        else {
            throw .partialFileDiffers(
                path: file.path, offset: min(present.size, startOffset + UInt64(compared)))
        }
        try synchronize()
        try file.becomeTarget()
    }

    /// Leaves the partial file for the next run; a file without recorded bytes is removed.
    package func discard() {
        guard file.isOpen else { return }
        do throws(FileError) {
            guard origin != nil else {
                if case .none = try file.record(), try file.isEmpty() { file.remove() }
                return
            }
            try checkpoint()
        } catch {
            // The last record is still right: it counts bytes that were on the disk then.
        }
        pending = []
        if recorded == 0 { file.remove() }
    }
}

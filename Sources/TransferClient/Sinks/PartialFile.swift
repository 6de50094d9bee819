internal import CLibrary
internal import SystemPackage

/// A file that is read over several runs of the program, with a record of its progress.
///
/// The process that uses the file holds a lock on it. The record counts only bytes that are on the disk.
final class PartialFile {
    /// The state of the record beside the partial file.
    enum RecordState {
        case none
        /// The record makes no sense.
        case unreadable
        /// Other users could have written the record.
        case foreign
        case found(PartialFileRecord)
    }

    let path: String
    /// Whether there was a partial file that other users could have changed, and that was removed.
    let hasReplacedForeign: Bool
    private var file: OwnedDescriptor?

    private let target: FileTarget
    private let place: FilePlace
    private let recordPlace: FilePlace
    private var recordPath: String { path + Self.recordSuffix }

    private static let suffix = ".part"
    private static let recordSuffix = ".json"
    private static let newSuffix = ".new"
    /// The most bytes of the target's name in the names of partial file and record. A name may have 255 bytes, and the
    /// suffixes must fit, too.
    private static let stemLimit = 230
    /// The mode of the partial file. Only this user may write to it and to the record, since a later run trusts them.
    private static let mode: mode_t = 0o644
    private static let recordMode: mode_t = 0o600

    /// Opens or makes the partial file beside a target.
    init(for target: FileTarget) throws(FileError) {
        self.target = target
        let stem = String(decoding: target.place.name.utf8.prefix(Self.stemLimit), as: UTF8.self)
        place = target.place.sibling(stem + Self.suffix)
        recordPlace = place.sibling(place.name + Self.recordSuffix)
        path = FilePath(target.name).removingLastComponent().appending(place.name).string
        AbandonedFiles.remove(inFolderOf: place)
        do throws(Errno) {
            (file, hasReplacedForeign) = try Self.openLocked(
                place, mode: Self.mode & target.temporaryMode)
        } catch {
            throw error == .wouldBlock
                ? .partialFileInUse(path: path) : .cannotCreate(path: path, error)
        }
    }

    /// Whether the file is still open: it has neither become the target, nor was it removed.
    var isOpen: Bool { file != nil }

    /// Opens the file of this name and locks it. If the file was renamed or removed meanwhile, the next one is opened.
    /// A file that other users could have changed is replaced.
    private static func openLocked(
        _ place: FilePlace, mode: mode_t
    ) throws(Errno) -> (file: OwnedDescriptor, hasReplacedForeign: Bool) {
        var hasReplacedForeign = false
        while true {
            let file = try place.open(O_RDWR | O_CREAT | O_NONBLOCK, mode: mode)
            let status = try FileSystem.status(of: file.rawValue)
            guard status.isRegularFile else { throw .fileExists }
            guard status.isOursAlone || status.st_nlink == 0 else {
                hasReplacedForeign = true
                guard place.remove() else { throw .permissionDenied }
                continue
            }
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno(rawValue: errno) }
            if try place.isName(of: file.rawValue) { return (file, hasReplacedForeign) }
        }
    }

    /// Reads the record beside the partial file.
    func record() throws(FileError) -> RecordState {
        do throws(Errno) {
            let file: OwnedDescriptor
            do throws(Errno) {
                file = try recordPlace.open(O_RDONLY | O_NONBLOCK)
            } catch .noSuchFileOrDirectory {
                return .none
            }
            guard try FileSystem.status(of: file.rawValue).isOursAlone else { return .foreign }
            let limit = PartialFileRecord.sizeLimit
            let text = try FileSystem.contents(of: file.rawValue, limit: limit).prefix(limit)
            return PartialFileRecord(json: Array(text)).map(RecordState.found) ?? .unreadable
        } catch {
            throw .cannotRead(path: recordPath, error)
        }
    }

    /// The CRC-32 of the first bytes; `nil` if there are fewer.
    func checksum(ofFirst count: UInt64) throws(FileError) -> Checksum? {
        var checksum = Checksum(.crc32)
        var position: UInt64 = 0
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while position < count {
            let wanted = Int(min(UInt64(piece.count), count - position))
            guard try read(&piece, count: wanted, at: position) == wanted else { return nil }
            checksum.update(piece.span.extracting(0..<wanted))
            position += UInt64(wanted)
        }
        return checksum
    }

    /// Reads from `position` on; fewer bytes only at the end.
    func read(_ bytes: inout [UInt8], count: Int, at position: UInt64) throws(FileError) -> Int {
        try attempt { descriptor throws(Errno) in
            try bytes.filling(count) { room throws(Errno) in
                try FileSystem.read(from: descriptor, at: position, into: room)
            }
        }
    }

    func append(_ bytes: [UInt8]) throws(FileError) {
        try attempt { descriptor throws(Errno) in
            try FileSystem.write(bytes.span, to: descriptor)
        }
    }

    /// Shortens or lengthens the file to this size. Bytes are appended from there on.
    func truncate(to count: UInt64) throws(FileError) {
        try attempt { descriptor throws(Errno) in
            guard ftruncate(descriptor, off_t(count)) == 0, lseek(descriptor, off_t(count), SEEK_SET) >= 0
            else { throw Errno(rawValue: errno) }
        }
    }

    func synchronize() throws(FileError) {
        try attempt { descriptor throws(Errno) in try FileSystem.synchronize(descriptor) }
    }

    /// Replaces the record as a whole: at any moment there is either the old record or the new one.
    func write(_ record: PartialFileRecord) throws(FileError) {
        let new = recordPlace.sibling(recordPlace.name + Self.newSuffix)
        do throws(Errno) {
            let text = try record.json()
            new.remove()
            let file = try new.open(O_WRONLY | O_CREAT | O_EXCL, mode: Self.recordMode)
            try FileSystem.write(text.span, to: file.rawValue)
            try FileSystem.synchronize(file.rawValue)
            try new.rename(to: recordPlace.name, replacing: true)
        } catch {
            new.remove()
            throw .cannotWrite(path: recordPath, error)
        }
        place.synchronizeNames()
    }

    /// Removes the record, and an unfinished one that a killed run may have left.
    func removeRecord() throws(FileError) {
        guard hasRemovedRecord() else { throw .cannotWrite(path: recordPath, Errno(rawValue: errno)) }
    }

    private func hasRemovedRecord() -> Bool {
        recordPlace.sibling(recordPlace.name + Self.newSuffix).remove()
        return recordPlace.remove()
    }

    /// Renames the partial file to the target, and then removes its record. A record without its partial file is
    /// ignored, so the target is complete even if the record cannot be removed.
    func becomeTarget() throws(FileError) {
        guard let descriptor = file?.rawValue else { throw .cannotWrite(path: path, .badFileDescriptor) }
        do throws(FileError) {
            try target.take(place, descriptor)
        } catch {
            // The file may have its new name already, and only the check of it may have failed.
            if place.isVacant {
                _ = hasRemovedRecord()
                file = nil
            }
            throw error
        }
        _ = hasRemovedRecord()
        file = nil
        place.synchronizeNames()
    }

    /// Whether the file has no bytes.
    func isEmpty() throws(FileError) -> Bool {
        var byte: [UInt8] = [0]
        return try read(&byte, count: 1, at: 0) == 0
    }

    /// Removes the partial file, and closes it.
    func remove() {
        guard isOpen else { return }
        place.remove()
        file = nil
    }

    private func attempt<Value>(_ body: (Int32) throws(Errno) -> Value) throws(FileError) -> Value {
        guard let file else { throw .cannotWrite(path: path, .badFileDescriptor) }
        do throws(Errno) { return try body(file.rawValue) } catch { throw .cannotWrite(path: path, error) }
    }
}

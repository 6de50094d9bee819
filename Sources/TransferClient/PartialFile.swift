internal import Glibc
internal import SystemPackage

/// A file that is being read, over several runs of the program, with the record of how far it is.
///
/// A process that has it holds a lock on it. The record counts only bytes that are on the disk.
final class PartialFile {
    let path: String
    private(set) var descriptor: Int32?

    private let target: FileTarget
    private let recordPath: String

    private static let suffix = ".part"
    private static let recordSuffix = ".json"
    private static let newSuffix = ".new"
    /// Names end at 255 bytes.
    private static let stemLimit = 230
    private static let recordMode: mode_t = 0o600

    /// Opens or makes the partial file of a target, beside it.
    init(for target: FileTarget) throws(FileError) {
        self.target = target
        let stem = String(decoding: target.fileName.utf8.prefix(Self.stemLimit), as: UTF8.self)
        path = target.parent.appending(stem + Self.suffix).string
        recordPath = path + Self.recordSuffix
        do throws(Errno) {
            descriptor = try Self.openLocked(path, mode: target.temporaryMode)
        } catch {
            throw error == .wouldBlock
                ? .partialFileInUse(path: path) : .cannotCreate(path: path, error)
        }
    }

    deinit { close() }

    /// Opens the file of this name and locks it; one that was renamed or removed meanwhile is not meant.
    private static func openLocked(_ path: String, mode: mode_t) throws(Errno) -> Int32 {
        while true {
            let descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: mode)
            do throws(Errno) {
                guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Errno(rawValue: errno) }
                let own = try FileSystem.status(of: descriptor)
                guard own.isRegularFile else { throw .fileExists }
                if let named = try FileSystem.status(of: path), named.st_ino == own.st_ino,
                    named.st_dev == own.st_dev
                {
                    return descriptor
                }
            } catch {
                FileSystem.close(descriptor)
                throw error
            }
            FileSystem.close(descriptor)
        }
    }

    /// The record beside it; `nil` if there is none or it makes no sense.
    func record() throws(FileError) -> (exists: Bool, record: PartialFileRecord?) {
        do throws(Errno) {
            let file: OwnedDescriptor
            do throws(Errno) {
                file = OwnedDescriptor(
                    try FileSystem.open(recordPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), isOwned: true)
            } catch .noSuchFileOrDirectory {
                return (false, nil)
            }
            guard try FileSystem.status(of: file.rawValue).isRegularFile else { return (true, nil) }
            var text = [UInt8](repeating: 0, count: PartialFileRecord.sizeLimit)
            let count = try text.filling(text.count) { room throws(Errno) in
                try FileSystem.read(from: file.rawValue, at: 0, into: room)
            }
            return (true, PartialFileRecord(json: Array(text.prefix(count))))
        } catch {
            throw .cannotRead(path: recordPath, error)
        }
    }

    /// The CRC-32 of the first bytes; `nil` if there are not so many.
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
        guard let descriptor else { throw .cannotWrite(path: path, .badFileDescriptor) }
        do throws(Errno) {
            return try bytes.filling(count) { room throws(Errno) in
                try FileSystem.read(from: descriptor, at: position, into: room)
            }
        } catch {
            throw .cannotWrite(path: path, error)
        }
    }

    func append(_ bytes: [UInt8]) throws(FileError) {
        try attempt { descriptor throws(Errno) in
            try FileSystem.write(bytes, to: descriptor)
        }
    }

    /// Makes it as long as this, and appends from there on.
    func truncate(to count: UInt64) throws(FileError) {
        try attempt { descriptor throws(Errno) in
            guard ftruncate(descriptor, off_t(count)) == 0, lseek(descriptor, off_t(count), SEEK_SET) >= 0
            else { throw Errno(rawValue: errno) }
        }
    }

    func synchronize() throws(FileError) {
        try attempt { descriptor throws(Errno) in try FileSystem.synchronize(descriptor) }
    }

    /// Replaces the record as a whole: at any moment there is the old one or the new one.
    func write(_ record: PartialFileRecord) throws(FileError) {
        let new = recordPath + Self.newSuffix
        do throws(Errno) {
            let text = try record.json()
            unlink(new)
            let file = OwnedDescriptor(
                try FileSystem.open(new, O_WRONLY | O_CREAT | O_EXCL, mode: Self.recordMode), isOwned: true)
            try FileSystem.write(text, to: file.rawValue)
            try FileSystem.synchronize(file.rawValue)
            guard rename(new, recordPath) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw .cannotWrite(path: recordPath, error)
        }
        target.synchronizeNames()
    }

    func removeRecord() throws(FileError) {
        guard unlink(recordPath) == 0 || errno == ENOENT else {
            throw .cannotWrite(path: recordPath, Errno(rawValue: errno))
        }
    }

    /// Gives it the name of the target. The record goes last: alone, it means nothing.
    func becomeTarget() throws(FileError) {
        guard let descriptor else { throw .cannotWrite(path: path, .badFileDescriptor) }
        do throws(Errno) { try target.take(path, descriptor) } catch {
            throw .cannotWrite(path: target.name, error)
        }
        try removeRecord()
        close()
        target.synchronizeNames()
    }

    /// Whether there is nothing in it.
    func isEmpty() throws(FileError) -> Bool {
        var byte: [UInt8] = [0]
        return try read(&byte, count: 1, at: 0) == 0
    }

    /// Removes it.
    func remove() {
        guard descriptor != nil else { return }
        unlink(path)
        close()
    }

    func close() {
        if let descriptor { FileSystem.close(descriptor) }
        descriptor = nil
    }

    private func attempt(_ body: (Int32) throws(Errno) -> Void) throws(FileError) {
        guard let descriptor else { throw .cannotWrite(path: path, .badFileDescriptor) }
        do throws(Errno) { try body(descriptor) } catch { throw .cannotWrite(path: path, error) }
    }
}

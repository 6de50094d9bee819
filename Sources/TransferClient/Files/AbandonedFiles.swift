internal import CLibrary
internal import Synchronization
internal import SystemPackage

/// Temporary files of processes that were killed. A running process holds a lock on each of its temporary files.
enum AbandonedFiles {
    /// The end of the names of temporary files, by which they are recognised.
    static let suffix = ".pwtransfer"

    private struct Folder: Hashable, Sendable {
        let device: dev_t
        let number: ino_t
    }

    /// The folders that were looked through, which happens once for each.
    private static let known = Mutex<Set<Folder>>([])

    /// Locks a temporary file that was just made.
    ///
    /// - Returns: whether the file is still there: another process may have removed it as an abandoned one.
    static func lock(_ descriptor: Int32) throws(Errno) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // On a file system without locks, no file is taken for an abandoned one.
            return Errno(rawValue: errno) != .wouldBlock
        }
        return try FileSystem.status(of: descriptor).st_nlink > 0
    }

    /// Removes abandoned files in the folder of a place. Files that cannot be examined or removed stay.
    static func remove(inFolderOf place: FilePlace) {
        do throws(Errno) {
            let folder = try FileSystem.open(".", O_RDONLY | O_DIRECTORY, in: place.folder.rawValue)
            guard let stream = fdopendir(folder) else { return FileSystem.close(folder) }
            defer { closedir(stream) }
            let status = try FileSystem.status(of: folder)
            let isNew = known.withLock {
                $0.insert(Folder(device: status.st_dev, number: status.st_ino)).inserted
            }
            guard isNew else { return }
            for name in FileSystem.names(in: stream) {
                if name.hasPrefix("."), name.hasSuffix(suffix) { removeIfAbandoned(place.sibling(name)) }
            }
        } catch {
            // The folder may be written but not read, so its abandoned files stay.
        }
    }

    private static func removeIfAbandoned(_ place: FilePlace) {
        do throws(Errno) {
            let file = try place.open(O_RDWR | O_NONBLOCK)
            let status = try FileSystem.status(of: file.rawValue)
            guard status.isRegularFile, status.st_uid == geteuid(), status.st_nlink == 1,
                flock(file.rawValue, LOCK_EX | LOCK_NB) == 0, try place.isName(of: file.rawValue)
            else { return }
            place.remove()
        } catch {
            // The file is gone, or is not one of ours.
        }
    }
}

internal import CLibrary
internal import Machine

/// Notices, through inotify, when a node in one of several folders appears, changes its permissions or disappears, and
/// when a program closes a node.
final class NodeWatch {
    /// Readable if something happened since the last call of ``forget()``.
    let fileDescriptor: Int32
    private let folders: [String]

    /// A watch of these folders; nil if the system has no more watches. Then callers must look again now and then.
    init?(folders: [String]) {
        self.folders = folders
        fileDescriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if fileDescriptor == -1 { return nil }
        watchFolders()
    }

    /// A watch of the folder that a path leads to.
    convenience init?(path: String) {
        self.init(folders: [path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."])
    }

    deinit {
        FileSystem.close(fileDescriptor)
    }

    /// Begins to notice when a program closes the node at a path, if the node exists. Repeating this is harmless.
    func watchClosing(of path: String) {
        inotify_add_watch(fileDescriptor, path, UInt32(IN_CLOSE))
    }

    /// Forgets everything that has happened.
    ///
    /// - Returns: whether something has happened.
    @discardableResult func forget() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var hasHappened = false
        while read(fileDescriptor, &bytes, bytes.count) > 0 { hasHappened = true }
        // One of the folders may be new.
        if hasHappened { watchFolders() }
        return hasHappened
    }

    /// Watches the folders that exist.
    private func watchFolders() {
        for folder in folders {
            inotify_add_watch(
                fileDescriptor, folder,
                UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB | IN_DELETE))
        }
    }
}

internal import CLibrary
internal import Machine

/// Notices, through inotify, what happens in folders of nodes: that one appears, that its permissions change, that it goes;
/// and that a program closes a node.
final class NodeWatch {
    private let descriptor: Int32
    private let folders: [String]

    /// Nil if the system has no more watches to give; whoever waits looks again now and then.
    init?(folders: [String]) {
        self.folders = folders
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if descriptor == -1 { return nil }
        watchFolders()
    }

    /// A watch of the folder that a path leads to.
    convenience init?(path: String) {
        self.init(folders: [path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."])
    }

    deinit {
        FileSystem.close(descriptor)
    }

    /// This descriptor is readable if a node came or went since the last call of ``forget()``.
    var fileDescriptor: Int32 { descriptor }

    /// From now on notices that a program closes the node at a path, if it is there; repeating this is harmless.
    func watchClosing(of path: String) {
        inotify_add_watch(descriptor, path, UInt32(IN_CLOSE))
    }

    /// Forgets what happened.
    ///
    /// - Returns: whether something had.
    @discardableResult func forget() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var hasHappened = false
        while read(descriptor, &bytes, bytes.count) > 0 { hasHappened = true }
        // One of the folders may have been made only now.
        if hasHappened { watchFolders() }
        return hasHappened
    }

    /// A folder that does not exist cannot be watched yet.
    private func watchFolders() {
        for folder in folders {
            inotify_add_watch(
                descriptor, folder,
                UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB | IN_DELETE))
        }
    }
}

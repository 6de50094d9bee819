internal import Glibc

/// Notices, through inotify, what happens to the node at a path: that it appears, that its permissions change, that a
/// program closes it.
final class NodeWatch {
    private let descriptor: Int32
    private let path: String

    /// Nil if the system has no more watches to give; whoever waits looks again now and then.
    init?(path: String) {
        self.path = path
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if descriptor == -1 { return nil }
        // Without the folder there is nothing to watch yet.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        inotify_add_watch(
            descriptor, folder, UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE))
    }

    deinit {
        closeDescriptor(descriptor)
    }

    /// Readable when something happened since the last ``forget()``.
    var fileDescriptor: Int32 { descriptor }

    /// From now on notices that a program closes the node, if it is there; repeating this is harmless.
    func watchClosing() {
        inotify_add_watch(descriptor, path, UInt32(IN_CLOSE))
    }

    /// Forgets what happened.
    func forget() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}

internal import Glibc
internal import Synchronization

/// The temporary files of this process, for an exit that cannot wait for their owners.
public enum TemporaryFiles {
    private static let paths = Mutex<Set<String>>([])

    static func add(_ path: String) {
        paths.withLock { _ = $0.insert(path) }
    }

    static func remove(_ path: String) {
        paths.withLock { _ = $0.remove(path) }
    }

    /// Removes them all. The process must exit afterwards.
    public static func removeAll() {
        paths.withLock { paths in
            for path in paths { unlink(path) }
            paths = []
        }
    }
}

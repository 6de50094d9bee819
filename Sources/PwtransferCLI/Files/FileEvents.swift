internal import PigweedFileSystem

/// The lines of `--json` about files of the device.
enum FileEvents {
    /// A file in a list.
    struct File: JSONEvent {
        let type = "file"
        let port: String
        let path: String
        let id: UInt32?
        let size: UInt32?
        let readable: Bool?
        let writable: Bool?

        init(_ entry: FileEntry, port: String) {
            self.port = port
            path = entry.path
            id = entry.id
            size = entry.size
            readable = entry.permissions?.contains(.read)
            writable = entry.permissions?.contains(.write)
        }
    }

    /// A file that was removed.
    struct Removed: JSONEvent {
        let type = "removed"
        let port: String
        let path: String
        /// False if the device does not have it, and an earlier request without an answer may have removed it.
        let confirmed: Bool
    }

    /// What became of a file of a folder that is read.
    struct FileRead: JSONEvent {
        let type = "file_read"
        let port: String
        let path: String
        /// Where it is now.
        let file: String?
        let exitCode: Int32
        let bytes: UInt64
        let skipped: Bool
        let error: JSONEvents.Failure?
    }
}

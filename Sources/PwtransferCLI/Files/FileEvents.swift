internal import PigweedFileSystem

/// The JSON events about files of the device.
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
        /// False if the device answered that it has no such file; an earlier request may have removed the file.
        let confirmed: Bool
    }

    /// The result for one file of a folder.
    struct FileRead: JSONEvent {
        let type = "file_read"
        let port: String
        let path: String
        /// The path of the copy on this machine.
        let file: String?
        let exitCode: Int32
        let bytes: UInt64
        let skipped: Bool
        let error: JSONEvents.Failure?
    }
}

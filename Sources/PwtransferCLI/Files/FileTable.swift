internal import PigweedFileSystem
internal import SerialPort

/// Files of a device as a table for people.
enum FileTable {
    /// A header, and a line for each file.
    static func lines(_ entries: [FileEntry]) -> [String] {
        let rows =
            [["ACCESS", "SIZE", "ID", "NAME"]]
            + entries.map { entry in
                [
                    access(entry.permissions), entry.size.map(String.init) ?? "-",
                    entry.id.map(String.init) ?? "-", DeviceText.visible(entry.path),
                ]
            }
        return TextTable.lines(rows, rightAligned: [1, 2])
    }

    /// `r`, `w` or `rw`; `-` for neither, `?` if the device does not tell.
    private static func access(_ permissions: FileEntry.Permissions?) -> String {
        guard let permissions else { return "?" }
        let text = (permissions.contains(.read) ? "r" : "") + (permissions.contains(.write) ? "w" : "")
        return text.isEmpty ? "-" : text
    }
}

internal import CLibrary
internal import SystemPackage

/// A folder for files whose names a device has chosen.
///
/// Nothing outside the folder is touched, whatever the names: every folder on the way is opened from the one before,
/// and no symbolic link on the way is followed.
package final class OutputFolder {
    /// The path as the user gave it.
    package let path: String

    private let descriptor: OwnedDescriptor
    private let isReplacing: Bool
    private static let folderMode: mode_t = 0o777

    /// Opens a folder, and makes it if there is none. The folder itself may be a symbolic link.
    ///
    /// - Parameters:
    ///   - path: the path as the user gave it.
    ///   - isReplacing: whether existing files may be replaced.
    package init(path: String, isReplacing: Bool) throws(FileError) {
        self.path = path
        self.isReplacing = isReplacing
        guard let place = try FilePlace.find(path).place else {
            throw .cannotCreate(path: path, .notDirectory)
        }
        descriptor = try Self.folder(place) { path }
    }

    /// The path of a file in this folder, for the user.
    package func path(of components: [String]) -> String {
        (path.hasSuffix("/") ? path : path + "/") + components.joined(separator: "/")
    }

    /// The sink for a file in this folder. Folders on the way are made.
    ///
    /// - Parameter components: names without separators, none of them `.` or `..`.
    package func sink(for components: [String]) throws(FileError) -> FileSink {
        guard let name = components.last,
            !components.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.utf8.contains(0x2F) })
        else { throw .cannotCreate(path: path(of: components), .invalidArgument) }
        var folder = descriptor
        for depth in 1..<max(1, components.count) {
            folder = try Self.folder(FilePlace(folder: folder, name: components[depth - 1])) {
                path(of: Array(components.prefix(depth)))
            }
        }
        return try FileSink(
            .named(
                FilePlace(folder: folder, name: name), path: path(of: components), isReplacing: isReplacing))
    }

    private static func folder(_ place: FilePlace, path: () -> String) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) {
            if mkdirat(place.folder.rawValue, place.name, folderMode) != 0, errno != EEXIST {
                throw Errno(rawValue: errno)
            }
            if try place.status()?.isSymbolicLink != true {
                return try place.open(O_RDONLY | O_DIRECTORY)
            }
        } catch {
            throw .cannotCreate(path: path(), error)
        }
        throw .targetIsLink(path: path())
    }
}

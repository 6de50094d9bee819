internal import Glibc
internal import SystemPackage

/// A folder into which files are written whose names are not ours.
///
/// Nothing outside is touched, whatever the names: every folder on the way is opened from the one before, and symbolic
/// links in it are not followed.
public final class OutputFolder {
    /// The path as the user gave it.
    public let path: String

    private let descriptor: OwnedDescriptor
    private static let folderMode: mode_t = 0o777

    /// Opens a folder, which is made if it is not there. It may itself be a symbolic link.
    public init(path: String) throws(FileError) {
        self.path = path
        do throws(Errno) {
            if mkdir(path, Self.folderMode) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
            descriptor = OwnedDescriptor(try FileSystem.open(path, O_RDONLY | O_DIRECTORY), isOwned: true)
        } catch {
            throw .cannotCreate(path: path, error)
        }
    }

    /// The path of a file in this folder, for the user.
    public func path(of components: [String]) -> String {
        (path.hasSuffix("/") ? path : path + "/") + components.joined(separator: "/")
    }

    /// The sink for a file in this folder. Folders on the way are made.
    ///
    /// - Parameter components: names without separators, none of them `.` or `..`.
    public func sink(for components: [String]) throws(FileError) -> FileSink {
        guard let name = components.last,
            !components.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.utf8.contains(0x2F) })
        else { throw .cannotCreate(path: path(of: components), .invalidArgument) }
        var folder = descriptor
        for depth in 1..<max(1, components.count) {
            folder = try Self.folder(components[depth - 1], in: folder) {
                path(of: Array(components.prefix(depth)))
            }
        }
        let status = try Self.status(of: name, in: folder, path: path(of: components))
        return try FileSink(
            path: path(of: components),
            resolved: FilePath("/proc/self/fd/\(folder.rawValue)").appending(name),
            status: status, folder: folder)
    }

    private static func folder(
        _ name: String, in parent: OwnedDescriptor, path: () -> String
    ) throws(FileError) -> OwnedDescriptor {
        if mkdirat(parent.rawValue, name, folderMode) != 0, errno != EEXIST {
            throw .cannotCreate(path: path(), Errno(rawValue: errno))
        }
        let found = try status(of: name, in: parent, path: path())
        let descriptor = openat(parent.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotCreate(path: path(), Errno(rawValue: errno)) }
        let folder = OwnedDescriptor(descriptor, isOwned: true)
        guard found?.isDirectory == true else { throw .cannotCreate(path: path(), .notDirectory) }
        return folder
    }

    /// What is there under a name; `nil` if nothing is.
    private static func status(
        of name: String, in folder: OwnedDescriptor, path: String
    ) throws(FileError) -> stat? {
        var result = stat()
        guard fstatat(folder.rawValue, name, &result, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw .cannotCreate(path: path, Errno(rawValue: errno)) }
            return nil
        }
        guard !result.isSymbolicLink else { throw .targetIsLink(path: path) }
        return result
    }
}

extension stat {
    fileprivate var isSymbolicLink: Bool { st_mode & S_IFMT == S_IFLNK }
}

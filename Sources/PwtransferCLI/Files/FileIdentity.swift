internal import CLibrary
internal import Machine
internal import SystemPackage

/// Identifies the file that a path leads to, even if it does not exist yet: all names of a file have the same identity.
struct FileIdentity: Hashable {
    private enum Place: Hashable {
        case file(device: dev_t, number: ino_t)
        case name(FilePath)
    }

    private let place: Place
    /// Whether this is no regular file, but a terminal or `/dev/null`, for example. Writing there replaces nothing.
    let isSpecial: Bool

    init(_ path: String) {
        if let status = fileStatus(at: path) {
            place = .file(device: status.st_dev, number: status.st_ino)
            isSpecial = !status.isRegularFile
        } else {
            place = .name(Self.resolvingFolder(of: FilePath(path).lexicallyNormalized()))
            isSpecial = false
        }
    }

    /// Whether writing to the one file would destroy what was written to the other.
    func excludes(_ other: FileIdentity) -> Bool { self == other && !isSpecial }

    private static func resolvingFolder(of path: FilePath) -> FilePath {
        let folder = path.removingLastComponent()
        guard let name = path.lastComponent,
            let real = FileSystem.realPath(of: folder.isEmpty ? "." : folder.string)
        else { return path }
        return FilePath(real).appending(name)
    }
}

internal import CLibrary
internal import Machine
internal import SystemPackage

/// Which file a path leads to, whether or not it is there yet: the same for all names of a file.
struct FileIdentity: Hashable {
    private enum Place: Hashable {
        case file(device: dev_t, number: ino_t)
        case name(FilePath)
    }

    private let place: Place
    /// Whether it is no regular file, such as a terminal or `/dev/null`: writing there replaces nothing.
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

    /// Whether what is written to one is lost when the other is written.
    func excludes(_ other: FileIdentity) -> Bool { self == other && !isSpecial }

    private static func resolvingFolder(of path: FilePath) -> FilePath {
        let folder = path.removingLastComponent()
        guard let name = path.lastComponent, let real = realpath(folder.isEmpty ? "." : folder.string, nil)
        else { return path }
        defer { free(real) }
        return FilePath(platformString: real).appending(name)
    }
}

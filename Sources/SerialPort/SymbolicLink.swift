internal import Glibc
internal import SystemPackage

/// A symbolic link that this program made and removes again.
struct SymbolicLink: Sendable {
    let path: String
    private let target: String

    /// Makes a link, in place of one that leads nowhere or to the same target.
    init(at path: String, to target: String) throws(SerialPortError) {
        self.path = path
        self.target = target
        if symlink(target, path) == 0 { return }
        var code = Errno(rawValue: errno)
        if code == .fileExists {
            guard let existing = linkTarget(path), existing == target || Self.leadsNowhere(path) else {
                throw .linkOccupied(path: path)
            }
            if unlink(path) == 0, symlink(target, path) == 0 { return }
            code = Errno(rawValue: errno)
        }
        throw code == .fileExists ? .linkOccupied(path: path) : .linkFailed(path: path, code: code)
    }

    /// Removes the link unless it leads somewhere else by now.
    func remove() {
        if linkTarget(path) == target {
            _ = unlink(path)
        }
    }

    private static func leadsNowhere(_ path: String) -> Bool {
        fileStatus(at: path) == nil && errno == ENOENT
    }
}

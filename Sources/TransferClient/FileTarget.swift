internal import Glibc
internal import SystemPackage

/// A file that is to appear, or to take the place of the old one, when it is complete.
///
/// A target that exists keeps its permissions; a symbolic link stays, and what it names is replaced.
struct FileTarget {
    /// The path as the user gave it.
    let name: String
    /// The path without links, and its parts.
    let path: String
    let parent: FilePath
    let fileName: String
    /// Whether something other than a file is there.
    let isSpecial: Bool
    /// Of the file that is there.
    private let mode: mode_t?

    private static let permissionBits: mode_t = 0o7777
    private static let privateMode: mode_t = 0o600
    private static let defaultMode: mode_t = 0o666

    /// Finds out whether the target can be written.
    init(path: String) throws(FileError) {
        let resolved: FilePath
        let status: stat?
        do throws(Errno) {
            resolved = try FileSystem.resolvingLinks(path)
            status = try FileSystem.status(of: resolved.string)
        } catch {
            throw .cannotCreate(path: path, error)
        }
        try self.init(path: path, resolved: resolved, status: status)
    }

    init(path: String, resolved: FilePath, status: stat?) throws(FileError) {
        guard let fileName = resolved.lastComponent, status?.isDirectory != true, !path.hasSuffix("/") else {
            throw .targetIsDirectory(path: path)
        }
        if status != nil, access(resolved.string, W_OK) != 0 {
            throw .cannotCreate(path: path, Errno(rawValue: errno))
        }
        name = path
        self.path = resolved.string
        self.fileName = fileName.string
        isSpecial = status.map { !$0.isRegularFile } ?? false
        mode = status.map { $0.st_mode & Self.permissionBits }
        parent = resolved.removingLastComponent()
    }

    /// The mode of a file that is to take its place.
    var temporaryMode: mode_t { mode == nil ? Self.defaultMode : Self.privateMode }

    /// Gives a complete file the name of the target.
    func take(_ temporary: String, _ descriptor: Int32) throws(Errno) {
        if let mode, fchmod(descriptor, mode) != 0 { throw Errno(rawValue: errno) }
        guard rename(temporary, path) != 0 else { return }
        let code = Errno(rawValue: errno)
        // Nothing can take the place of a mount point, such as a file that was handed into a container.
        guard code == .resourceBusy else { throw code }
        try fill(from: descriptor)
        unlink(temporary)
    }

    /// Puts the content of a complete file into the one that is there. The room for it is had before anything is lost.
    private func fill(from descriptor: Int32) throws(Errno) {
        let size = try FileSystem.status(of: descriptor).st_size
        let file = OwnedDescriptor(try FileSystem.open(path, O_RDWR | O_NOFOLLOW), isOwned: true)
        let oldSize = try FileSystem.status(of: file.rawValue).st_size
        if size > oldSize {
            let code = posix_fallocate(file.rawValue, 0, size)
            guard code == 0 else {
                ftruncate(file.rawValue, oldSize)
                throw Errno(rawValue: code)
            }
        }
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var position: off_t = 0
        while position < size {
            let count = try block.filling(block.count) { room throws(Errno) in
                try FileSystem.read(from: descriptor, at: UInt64(position), into: room)
            }
            guard count > 0 else { throw .ioError }
            try FileSystem.write(block.span.extracting(0..<count), to: file.rawValue)
            position += off_t(count)
        }
        guard ftruncate(file.rawValue, size) == 0 else { throw Errno(rawValue: errno) }
        try FileSystem.synchronize(file.rawValue)
    }

    /// Waits until the names in the directory of the target are on the disk.
    func synchronizeNames() {
        do throws(Errno) {
            let descriptor = try FileSystem.open(parent.isEmpty ? "." : parent.string, O_RDONLY | O_DIRECTORY)
            defer { FileSystem.close(descriptor) }
            try FileSystem.synchronize(descriptor)
        } catch {
            // A directory that may be written but not read, or a file system without this operation: the file is
            // complete under its name, only a power failure might still undo the renaming.
        }
    }
}

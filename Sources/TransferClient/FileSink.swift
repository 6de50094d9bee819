internal import Glibc
internal import SystemPackage

/// A file that appears, or takes the place of the old one, only when it is complete.
///
/// The data go to a temporary file in the same directory. ``commit()`` renames it; ``discard()``, or the end of the
/// object's life without a commit, removes it. A target that exists keeps its permissions; a symbolic link stays,
/// and what it names is replaced.
public final class FileSink: ByteSink {
    /// The path as the user gave it.
    public let name: String

    private let target: String
    private let directory: String
    private let temporary: String
    private let targetMode: mode_t?
    private var descriptor: Int32?
    /// Kept open as long as paths lead through it.
    private let folder: OwnedDescriptor?
    /// What the file gets next: chunks are too small for a system call each.
    private var pending: [UInt8] = []

    private static let pendingLimit = 1 << 16
    private static let permissionBits: mode_t = 0o7777
    private static let privateMode: mode_t = 0o600
    private static let defaultMode: mode_t = 0o666

    /// Creates the temporary file, so that a target that cannot be written is found before anything is transferred.
    public convenience init(path: String) throws(FileError) {
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

    init(
        path: String, resolved: FilePath, status: stat?, folder: OwnedDescriptor? = nil
    ) throws(FileError) {
        guard let fileName = resolved.lastComponent, status?.isDirectory != true, !path.hasSuffix("/") else {
            throw .targetIsDirectory(path: path)
        }
        if status != nil, access(resolved.string, W_OK) != 0 {
            throw .cannotCreate(path: path, Errno(rawValue: errno))
        }
        name = path
        self.folder = folder
        target = resolved.string
        targetMode = status.map { $0.st_mode & Self.permissionBits }
        let parent = resolved.removingLastComponent()
        directory = parent.isEmpty ? "." : parent.string
        do throws(Errno) {
            (temporary, descriptor) = try Self.makeTemporary(
                beside: fileName.string, in: parent, mode: status == nil ? Self.defaultMode : Self.privateMode
            )
        } catch {
            throw .cannotCreate(path: path, error)
        }
        TemporaryFiles.add(temporary)
    }

    deinit {
        discard()
    }

    /// Appends to the temporary file, 64 KiB at a time.
    public func write(_ bytes: Span<UInt8>) throws(FileError) {
        bytes.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        if pending.count >= Self.pendingLimit { try flush() }
    }

    /// Waits until the data are on the disk.
    public func synchronize() throws(FileError) {
        try flush()
        try attempt { descriptor throws(Errno) in try FileSystem.synchronize(descriptor) }
    }

    /// Empties the temporary file.
    public func restart() throws(FileError) {
        pending.removeAll(keepingCapacity: true)
        try attempt { descriptor throws(Errno) in
            guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
    }

    /// Gives the file its name, and waits until that is on the disk, too.
    public func commit() throws(FileError) {
        try synchronize()
        try attempt { descriptor throws(Errno) in
            if let targetMode, fchmod(descriptor, targetMode) != 0 { throw Errno(rawValue: errno) }
            guard rename(temporary, target) == 0 else { throw Errno(rawValue: errno) }
        }
        TemporaryFiles.remove(temporary)
        close()
        do throws(Errno) {
            let descriptor = try FileSystem.open(directory, O_RDONLY | O_DIRECTORY)
            defer { FileSystem.close(descriptor) }
            try FileSystem.synchronize(descriptor)
        } catch {
            // A directory that may be written but not read, or a file system without this operation: the file is
            // complete under its name, only a power failure might still undo the renaming.
        }
    }

    /// Removes the temporary file.
    public func discard() {
        guard descriptor != nil else { return }
        close()
        unlink(temporary)
        TemporaryFiles.remove(temporary)
    }

    private func flush() throws(FileError) {
        guard !pending.isEmpty else { return }
        try attempt { descriptor throws(Errno) in
            let result = pending.withUnsafeBytes { bytes -> Result<Void, Errno> in
                do throws(Errno) { return .success(try FileSystem.write(bytes, to: descriptor)) } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func close() {
        if let descriptor { FileSystem.close(descriptor) }
        descriptor = nil
    }

    private func attempt(_ body: (Int32) throws(Errno) -> Void) throws(FileError) {
        guard let descriptor else { throw .cannotWrite(path: name, .badFileDescriptor) }
        do throws(Errno) { try body(descriptor) } catch { throw .cannotWrite(path: name, error) }
    }

    private static func makeTemporary(
        beside name: String, in directory: FilePath, mode: mode_t
    ) throws(Errno) -> (path: String, descriptor: Int32) {
        // Names end at 255 bytes.
        let stem = String(decoding: name.utf8.prefix(200), as: UTF8.self)
        while true {
            let path = directory.appending(
                ".\(stem).\(String(UInt32.random(in: 0 ... .max), radix: 16)).part")
            do throws(Errno) {
                return (
                    path.string,
                    try FileSystem.open(path.string, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
                )
            } catch {
                guard error == .fileExists else { throw error }
            }
        }
    }
}

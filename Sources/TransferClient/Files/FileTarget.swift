internal import CLibrary
internal import SystemPackage

/// A file that appears, or replaces the old one, when it is complete.
///
/// Only this type decides whether a path may be written, and how. An existing target of this user keeps its
/// permissions. A symbolic link stays, and the file that it names is replaced.
struct FileTarget {
    /// The path as the user gave it.
    let name: String
    let place: FilePlace
    /// Whether an existing file may be replaced.
    private let isReplacing: Bool
    /// The permissions of the existing file, if it belongs to this user.
    private let mode: mode_t?

    /// The bits of a mode that are kept; the bits that let a program act as its owner are not.
    private static let permissionBits: mode_t = 0o777
    private static let executableBits: mode_t = 0o111
    private static let privateMode: mode_t = 0o600
    private static let defaultMode: mode_t = 0o666
    /// The most bytes of the target's name in the name of its temporary file. A name may have 255 bytes, and a dot, a
    /// random number and the suffix must fit, too.
    private static let stemLimit = 200

    /// Finds out where a path of the user leads, and whether the target can be written.
    ///
    /// - Returns: `nil` for a device, pipe or socket, which ``openStraight(_:_:)`` opens.
    static func find(_ path: String) throws(FileError) -> FileTarget? {
        let (place, status) = try look(at: path)
        guard let place else { return nil }
        if let status, !status.isRegularFile, !status.isDirectory { return nil }
        guard status?.isDirectory != true, !path.hasSuffix("/") else { throw .targetIsDirectory(path: path) }
        return try FileTarget(path: path, place, status, isReplacing: true)
    }

    /// A file whose name a device has chosen. It gets no permission to be run.
    ///
    /// - Parameter isReplacing: whether an existing file may be replaced.
    static func named(_ place: FilePlace, path: String, isReplacing: Bool) throws(FileError) -> FileTarget {
        let status: stat?
        do throws(Errno) { status = try place.status() } catch { throw .cannotCreate(path: path, error) }
        if let status {
            guard !status.isSymbolicLink else { throw .targetIsLink(path: path) }
            guard !status.isDirectory else { throw .targetIsDirectory(path: path) }
            guard isReplacing, status.isRegularFile else { throw .targetExists(path: path) }
        }
        return try FileTarget(
            path: path, place, status, isReplacing: isReplacing, without: executableBits)
    }

    /// Opens something other than a file, to write into it directly.
    ///
    /// - Throws: an error also if it has become a file since ``find(_:)``.
    static func openStraight(_ path: String, _ flags: Int32) throws(FileError) -> OwnedDescriptor {
        let (place, _) = try look(at: path)
        do throws(Errno) {
            let flags = flags | O_NOCTTY | O_NONBLOCK
            // Something that is open already may be a file that is not empty, so data are appended.
            guard let place else {
                return OwnedDescriptor(try FileSystem.open(path, flags | O_APPEND), isOwned: true)
            }
            let file = try place.open(flags)
            guard try !FileSystem.status(of: file.rawValue).isRegularFile else { throw .fileExists }
            return file
        } catch {
            throw .cannotCreate(path: path, error)
        }
    }

    /// The place to which a path of the user leads, and the status of the file there. The place is `nil` if the path
    /// leads to something that is open already.
    private static func look(at path: String) throws(FileError) -> (place: FilePlace?, status: stat?) {
        let (place, status) = try FilePlace.find(path)
        var isPlanted = false
        do throws(Errno) {
            // Throws the kernel's error for the path as a whole.
            _ = try FileSystem.status(of: path)
            if let place, let status, !status.isRegularFile, !status.isDirectory {
                isPlanted = try place.mayBePlanted(status)
            }
        } catch {
            throw .cannotCreate(path: path, error)
        }
        guard !isPlanted else { throw .targetIsForeign(path: path) }
        return (place, status)
    }

    private init(
        path: String, _ place: FilePlace, _ status: stat?, isReplacing: Bool, without bits: mode_t = 0
    ) throws(FileError) {
        name = path
        self.place = place
        self.isReplacing = isReplacing
        let isOurs = status?.st_uid == geteuid()
        mode = status.flatMap { isOurs ? $0.st_mode & Self.permissionBits & ~bits : nil }
        guard status != nil else { return }
        let isProtected: Bool
        do throws(Errno) {
            // In a folder such as `/tmp`, only the owner of a file may replace it.
            isProtected = isOurs ? false : try FileSystem.status(of: place.folder.rawValue).isSticky
            guard faccessat(place.folder.rawValue, place.name, W_OK, 0) == 0 else {
                throw Errno(rawValue: errno)
            }
        } catch {
            throw .cannotCreate(path: path, error)
        }
        guard !isProtected else { throw .targetIsForeign(path: path) }
    }

    /// The mode of a file that is to replace the target.
    var temporaryMode: mode_t { mode == nil ? Self.defaultMode : Self.privateMode }

    /// Makes a file that is to replace the target, and removes the temporary files of processes that were killed.
    func makeTemporary() throws(FileError) -> (place: FilePlace, file: OwnedDescriptor) {
        let stem = String(decoding: place.name.utf8.prefix(Self.stemLimit), as: UTF8.self)
        do throws(Errno) {
            AbandonedFiles.remove(inFolderOf: place)
            while true {
                let (temporary, file) = try place.makeTemporary(
                    prefix: ".\(stem).", suffix: AbandonedFiles.suffix, mode: temporaryMode)
                do throws(Errno) {
                    if try AbandonedFiles.lock(file.rawValue) { return (temporary, file) }
                } catch {
                    temporary.remove()
                    throw error
                }
            }
        } catch {
            throw .cannotCreate(path: name, error)
        }
    }

    /// Gives a file the name of the target. A target that is a mount point, such as a file that was handed into a
    /// container, cannot be replaced. It gets the content of the file instead.
    ///
    /// - Returns: whether the file has the name of the target.
    /// - Throws: ``FileError/exchanged(path:)`` if another file got the name, since somebody exchanged the files.
    @discardableResult
    func take(_ temporary: FilePlace, _ descriptor: Int32) throws(FileError) -> Bool {
        let isTaken: Bool
        do throws(Errno) {
            if let mode, fchmod(descriptor, mode) != 0 { throw Errno(rawValue: errno) }
            do throws(Errno) {
                try temporary.rename(to: place.name, replacing: isReplacing)
            } catch .resourceBusy {
                try fill(from: descriptor)
                temporary.remove()
                return false
            }
            isTaken = try place.isName(of: descriptor)
        } catch {
            throw !isReplacing && error == .fileExists
                ? .targetExists(path: name) : .cannotWrite(path: name, error)
        }
        guard isTaken else { throw .exchanged(path: name) }
        return true
    }

    /// Copies the content of a complete file into the existing target. Room for all of it is reserved before anything
    /// is overwritten.
    private func fill(from descriptor: Int32) throws(Errno) {
        let size = try FileSystem.status(of: descriptor).st_size
        let file = try place.open(O_RDWR)
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
}

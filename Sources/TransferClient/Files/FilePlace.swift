internal import CMachine
internal import CLibrary
internal import SystemPackage

/// A name in an open folder. The folder stays the same one, whatever happens to the path that led there.
struct FilePlace: Sendable {
    let folder: OwnedDescriptor
    let name: String

    private static let processFolder = OwnedDescriptor(AT_FDCWD, isOwned: false)
    /// The most symbolic links that are followed; the kernel's own limit.
    private static let linkLimit = 40

    /// The place that a path names. There may be a link at this place.
    init(_ path: String) throws(Errno) {
        try self.init(FilePath(path), in: Self.processFolder)
    }

    /// - Parameter start: the folder that a relative path is relative to.
    private init(_ path: FilePath, in start: OwnedDescriptor) throws(Errno) {
        let parent = path.removingLastComponent()
        folder = try Self.openFolder(parent.isEmpty ? "." : parent.string, in: start)
        name = path.lastComponent?.string ?? "."
    }

    init(folder: OwnedDescriptor, name: String) {
        self.folder = folder
        self.name = name
    }

    /// Finds the place to which a path leads. Symbolic links are followed here and not by the kernel, so that a link
    /// that another user has put into a folder of several users is refused even if `fs.protected_symlinks` is off.
    ///
    /// - Returns: the place, and the status of the file there; the place is `nil` if the path leads to something that
    ///   is open already, such as `/dev/stdout`.
    static func find(_ name: String) throws(FileError) -> (place: FilePlace?, status: stat?) {
        var path = FilePath(name)
        var folder = processFolder
        for _ in 0..<linkLimit {
            let isPlanted: Bool
            do throws(Errno) {
                let place = try FilePlace(path, in: folder)
                folder = place.folder
                guard let entry = try place.entry() else { return (place, nil) }
                let status = try FileSystem.status(of: entry.rawValue)
                guard status.isSymbolicLink else { return (place, status) }
                guard cmachine_is_in_proc(entry.rawValue) == 0 else { return (nil, nil) }
                isPlanted = try place.mayBePlanted(status)
                path = try linkTarget(of: entry)
            } catch {
                throw .cannotCreate(path: name, error)
            }
            guard !isPlanted else { throw .targetIsForeign(path: name) }
        }
        throw .cannotCreate(path: name, .tooManySymbolicLinkLevels)
    }

    private static func openFolder(_ path: String, in folder: OwnedDescriptor) throws(Errno)
        -> OwnedDescriptor
    {
        let descriptor = cmachine_open_folder(folder.rawValue, path)
        guard descriptor >= 0 else { throw Errno(rawValue: -descriptor) }
        return OwnedDescriptor(descriptor, isOwned: true)
    }

    private static func linkTarget(of link: OwnedDescriptor) throws(Errno) -> FilePath {
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(link.rawValue, "", &characters, characters.count)
        guard count >= 0 else { throw Errno(rawValue: errno) }
        return FilePath(
            String(decoding: characters.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// A descriptor for the file or the link at this place; `nil` if there is nothing.
    private func entry() throws(Errno) -> OwnedDescriptor? {
        let descriptor = cmachine_open_entry(folder.rawValue, name)
        if descriptor >= 0 { return OwnedDescriptor(descriptor, isOwned: true) }
        let code = Errno(rawValue: -descriptor)
        guard code == .noSuchFileOrDirectory else { throw code }
        return nil
    }

    /// The status of the file or the link at this place; `nil` if there is nothing.
    func status() throws(Errno) -> stat? {
        var result = stat()
        if fstatat(folder.rawValue, name, &result, AT_SYMLINK_NOFOLLOW) == 0 { return result }
        let code = Errno(rawValue: errno)
        guard code == .noSuchFileOrDirectory else { throw code }
        return nil
    }

    /// Whether the file may have been put there by somebody else than this user, root, or the owner of the folder.
    func mayBePlanted(_ status: stat) throws(Errno) -> Bool {
        let folderStatus = try FileSystem.status(of: folder.rawValue)
        return folderStatus.isWritableByOthers
            && ![geteuid(), 0, folderStatus.st_uid].contains(status.st_uid)
    }

    /// Another name in the same folder.
    func sibling(_ name: String) -> FilePlace { FilePlace(folder: folder, name: name) }

    /// Opens the file at this place, unless it is a link.
    func open(_ flags: Int32, mode: mode_t = 0) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(
            try FileSystem.open(name, flags | O_NOFOLLOW, mode: mode, in: folder.rawValue), isOwned: true)
    }

    /// Makes a new file with a random name between `prefix` and `suffix`.
    func makeTemporary(
        prefix: String, suffix: String, mode: mode_t
    ) throws(Errno) -> (place: FilePlace, file: OwnedDescriptor) {
        while true {
            let place = sibling(prefix + String(UInt32.random(in: 0 ... .max), radix: 16) + suffix)
            do throws(Errno) {
                return (place, try place.open(O_RDWR | O_CREAT | O_EXCL, mode: mode))
            } catch {
                guard error == .fileExists else { throw error }
            }
        }
    }

    /// Gives the file another name in its folder.
    ///
    /// - Parameter replacing: whether the file may replace another file of this name; if not, such a file is the error
    ///   `fileExists`.
    func rename(to name: String, replacing: Bool) throws(Errno) {
        if !replacing {
            let code = Errno(rawValue: -cmachine_rename_to_new_name(folder.rawValue, self.name, name))
            if code.rawValue == 0 { return }
            guard code == .invalidArgument || code == .noFunction else { throw code }
            guard try sibling(name).status() == nil else { throw .fileExists }
        }
        guard renameat(folder.rawValue, self.name, folder.rawValue, name) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// Removes the file at this place; `false` if it is still there.
    @discardableResult func remove() -> Bool {
        unlinkat(folder.rawValue, name, 0) == 0 || errno == ENOENT
    }

    /// Whether it is certain that there is nothing at this place.
    var isVacant: Bool {
        do throws(Errno) {
            return try status() == nil
        } catch {
            return false
        }
    }

    /// Whether this is the name of an open file.
    func isName(of descriptor: Int32) throws(Errno) -> Bool {
        let file = try FileSystem.status(of: descriptor)
        guard let named = try status() else { return false }
        return named.isSameFile(as: file)
    }

    /// Waits until the names in the folder are on the disk.
    func synchronizeNames() {
        do throws(Errno) {
            let descriptor = try FileSystem.open(".", O_RDONLY | O_DIRECTORY, in: folder.rawValue)
            defer { FileSystem.close(descriptor) }
            try FileSystem.synchronize(descriptor)
        } catch {
            // The folder may be written but not read, or the file system does not have this operation. The file is
            // complete under its name, and only a power failure might still undo the renaming.
        }
    }
}

extension stat {
    var isWritableByOthers: Bool { st_mode & (S_IWGRP | S_IWOTH) != 0 }

    /// Whether users of this folder may remove only their own files.
    var isSticky: Bool { st_mode & S_ISVTX != 0 }

    /// Whether nobody but this user could have made the file, or written to it.
    var isOursAlone: Bool { isRegularFile && st_uid == geteuid() && !isWritableByOthers && st_nlink == 1 }
}

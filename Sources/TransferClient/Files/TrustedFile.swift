internal import CLibrary
package import SystemPackage

/// Opens files that may be trusted, since nobody but this user and root could have made or written them.
package enum TrustedFile {
    /// Why a file is not trusted.
    package enum Doubt: Error, Hashable, Sendable {
        /// The file is a symbolic link, which may lead to another user's file with another purpose.
        case link
        case owner
        /// Others may write to the file, or the file has another name elsewhere.
        case others
        /// Others may replace the file, as they may write to its folder.
        case folder
    }

    /// Opens a file for reading. Does not wait for the writer of a FIFO.
    ///
    /// - Returns: the descriptor, or the reason not to trust the file; `nil` if there is no file.
    package static func open(_ path: String) throws(Errno) -> Result<Int32, Doubt>? {
        let place: FilePlace
        let descriptor: Int32
        do throws(Errno) {
            place = try FilePlace(path)
            guard try place.status() != nil else { return nil }
            descriptor = try FileSystem.open(
                place.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, in: place.folder.rawValue)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch .tooManySymbolicLinkLevels {
            return .failure(.link)
        }
        do throws(Errno) {
            guard let doubt = try doubt(about: descriptor, in: place.folder) else {
                return .success(descriptor)
            }
            FileSystem.close(descriptor)
            return .failure(doubt)
        } catch {
            FileSystem.close(descriptor)
            throw error
        }
    }

    private static func doubt(about file: Int32, in folder: OwnedDescriptor) throws(Errno) -> Doubt? {
        let file = try FileSystem.status(of: file)
        let folder = try FileSystem.status(of: folder.rawValue)
        guard belongsToUs(file) else { return .owner }
        guard !file.isWritableByOthers else { return .others }
        guard belongsToUs(folder) else { return .folder }
        guard folder.isWritableByOthers else { return nil }
        guard folder.isSticky else { return .folder }
        return file.st_nlink > 1 ? .others : nil
    }

    private static func belongsToUs(_ status: stat) -> Bool { [geteuid(), 0].contains(status.st_uid) }

    /// Whether an open file belongs to this user or to root, and not everybody may write to it.
    package static func isOurs(_ descriptor: Int32) throws(Errno) -> Bool {
        let status = try FileSystem.status(of: descriptor)
        return belongsToUs(status) && status.st_mode & S_IWOTH == 0
    }
}

internal import CLibrary
package import SystemPackage

/// A file that is believed, since nobody but this user and root could have put it there or written to it.
package enum TrustedFile {
    /// Why a file is not believed.
    package enum Doubt: Error, Hashable, Sendable {
        /// It is a symbolic link, which may lead to another user's file with another purpose.
        case link
        case owner
        /// Others may write to it, or it has another name elsewhere.
        case others
        /// Others may put something in its place.
        case folder
    }

    /// Opens a file for reading. A FIFO does not hold this up.
    ///
    /// - Returns: the descriptor or a doubt; `nil` if there is nothing.
    package static func open(_ path: String) throws(Errno) -> Result<Int32, Doubt>? {
        let place: FilePlace
        let descriptor: Int32
        do throws(Errno) {
            place = try FilePlace(path)
            guard try place.status() != nil else { return nil }
            descriptor = try place.open(O_RDONLY | O_NONBLOCK)
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

    /// Whether an open file belongs to this user or to root, and is not for everybody to write.
    package static func isOurs(_ descriptor: Int32) throws(Errno) -> Bool {
        let status = try FileSystem.status(of: descriptor)
        return belongsToUs(status) && status.st_mode & S_IWOTH == 0
    }
}

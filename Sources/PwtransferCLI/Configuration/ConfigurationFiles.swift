internal import CLibrary
internal import SystemPackage
internal import TransferClient

/// Which configuration files are used, and their bytes.
enum ConfigurationFiles {
    static let projectName = ".pwtransfer.toml"
    /// The option that names a configuration file, or `none`.
    static let optionKey = "config"
    static let none = "none"

    struct File {
        let path: String
        let bytes: [UInt8]
        /// Whether the file was found in the working folder or above, instead of being chosen by the user.
        var isProject = false
    }

    /// Reads the existing files, the one with most precedence first.
    ///
    /// - Parameters:
    ///   - choice: the file to read instead of the usual ones; `none` for no file.
    ///   - folder: the folder where the search for the project file begins; it continues in all folders above.
    static func read(
        choice: (path: String, origin: String)?, folder: String, environment: [String: String]
    ) throws(Failure) -> [File] {
        if let choice {
            guard choice.path != none else { return [] }
            do throws(Errno) {
                if let file = try read(choice.path) { return [file] }
                throw Errno.noSuchFileOrDirectory
            } catch {
                throw .configuration(.chosenFile(path: choice.path, origin: choice.origin, error))
            }
        }
        var files: [File] = []
        if let file = try projectFile(from: folder) { files.append(file) }
        if let path = userPath(environment), !files.contains(where: { $0.path == path }) {
            do throws(Errno) {
                if let file = try read(path, onlyOurs: true) { files.append(file) }
            } catch .notPermitted {
                throw .configuration(.untrustedFile(path: path, nil))
            } catch { throw .configuration(.unreadable(path, error)) }
        }
        return files
    }

    /// The folder in which the command runs; empty if the folder has been removed.
    static func currentFolder() throws(Failure) -> String {
        guard let path = getcwd(nil, 0) else {
            let code = Errno(rawValue: errno)
            guard code == .noSuchFileOrDirectory else {
                throw .configuration(.unreadable("the present folder", code))
            }
            return ""
        }
        defer { free(path) }
        return String(cString: path)
    }

    /// The path of the user's own file, whether or not the file exists.
    static func userPath(_ environment: [String: String]) -> String? {
        // A relative path is to be ignored, by the XDG Base Directory Specification.
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return folder + "/pwtransfer/config.toml"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/pwtransfer/config.toml"
    }

    private static func projectFile(from folder: String) throws(Failure) -> File? {
        var folder = FilePath(folder)
        repeat {
            let path = folder.appending(projectName).string
            let found: Result<Int32, TrustedFile.Doubt>?
            do throws(Errno) { found = try TrustedFile.open(path) } catch {
                // If we may not enter the folder, nobody knows whether the file exists.
                if error == .permissionDenied, access(path, F_OK) != 0 { continue }
                throw .configuration(.unreadable(path, error))
            }
            switch found {
            case nil: break
            case .failure(let doubt): throw .configuration(.untrustedFile(path: path, doubt))
            case .success(let descriptor):
                defer { FileSystem.close(descriptor) }
                do throws(Errno) {
                    return File(path: path, bytes: try content(of: descriptor), isProject: true)
                } catch { throw .configuration(.unreadable(path, error)) }
            }
        } while folder.removeLastComponent()
        return nil
    }

    /// The file at a path, or `nil` if there is none.
    ///
    /// - Parameter onlyOurs: whether a file that is not ours is an error, `notPermitted`.
    private static func read(_ path: String, onlyOurs: Bool = false) throws(Errno) -> File? {
        let descriptor: Int32
        do throws(Errno) { descriptor = try FileSystem.open(path, O_RDONLY) } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            // If we may not enter the folder, nobody knows whether the file exists.
            if error == .permissionDenied, access(path, F_OK) != 0 { return nil }
            throw error
        }
        defer { FileSystem.close(descriptor) }
        if onlyOurs, try !TrustedFile.isOurs(descriptor) { throw .notPermitted }
        return File(path: path, bytes: try content(of: descriptor))
    }

    /// The content of a file. If the file is too large, this is a little more than the limit, and not everything.
    static func content(of descriptor: Int32) throws(Errno) -> [UInt8] {
        try FileSystem.contents(of: descriptor, limit: TOMLDocument.sizeLimit)
    }
}

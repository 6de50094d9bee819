internal import CLibrary
internal import SystemPackage
internal import TransferClient

/// Which configuration files are used, and their bytes.
enum ConfigurationFiles {
    static let projectName = ".pwtransfer.toml"
    /// The option that names a file, or none.
    static let optionKey = "config"
    static let none = "none"

    struct File {
        let path: String
        let bytes: [UInt8]
        /// Whether it came with the folder in which the command runs, and was not chosen.
        var isProject = false
    }

    /// Reads the existing files, the one with most precedence first.
    ///
    /// - Parameters:
    ///   - choice: the file to read instead of the usual ones; `none` for no file.
    ///   - folder: where to look for the project file first, then in all folders above.
    static func read(
        choice: (path: String, origin: String)?, folder: String, environment: [String: String]
    ) throws(Problem) -> [File] {
        if let choice {
            guard choice.path != none else { return [] }
            do throws(Errno) {
                if let file = try read(choice.path) { return [file] }
                throw Errno.noSuchFileOrDirectory
            } catch {
                throw Problem(
                    status: .configuration, message: "\(choice.path): \(error.description)",
                    cause: "\(choice.origin) names this configuration file",
                    hint: "correct the name, or leave configuration files out with --\(optionKey) \(none)")
            }
        }
        var files: [File] = []
        if let file = try projectFile(from: folder) { files.append(file) }
        if let path = userPath(environment), !files.contains(where: { $0.path == path }) {
            do throws(Errno) {
                if let file = try read(path, onlyOurs: true) { files.append(file) }
            } catch .notPermitted {
                throw refusal(of: path, "it is neither yours nor root's, or everybody may write to it")
            } catch { throw unreadable(path, error) }
        }
        return files
    }

    /// The folder in which the command runs; empty if it has been removed, and with it every file.
    static func currentFolder() throws(Problem) -> String {
        guard let path = getcwd(nil, 0) else {
            let code = Errno(rawValue: errno)
            guard code == .noSuchFileOrDirectory else { throw unreadable("the present folder", code) }
            return ""
        }
        defer { free(path) }
        return String(cString: path)
    }

    /// Where the user's own file is, whether or not it is there.
    static func userPath(_ environment: [String: String]) -> String? {
        // A relative path is to be ignored, by the XDG Base Directory Specification.
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return folder + "/pwtransfer/config.toml"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/pwtransfer/config.toml"
    }

    private static func projectFile(from folder: String) throws(Problem) -> File? {
        var folder = FilePath(folder)
        repeat {
            let path = folder.appending(projectName).string
            let found: Result<Int32, TrustedFile.Doubt>?
            do throws(Errno) { found = try TrustedFile.open(path) } catch {
                // Permission may be missing for a folder in which the file may not even be.
                if error == .permissionDenied, access(path, F_OK) != 0 { continue }
                throw unreadable(path, error)
            }
            switch found {
            case nil: break
            case .failure(let doubt): throw refusal(of: path, text(of: doubt))
            case .success(let descriptor):
                defer { FileSystem.close(descriptor) }
                do throws(Errno) {
                    return File(path: path, bytes: try content(of: descriptor), isProject: true)
                } catch { throw unreadable(path, error) }
            }
        } while folder.removeLastComponent()
        return nil
    }

    private static func text(of doubt: TrustedFile.Doubt) -> String {
        switch doubt {
        case .link: "it is a symbolic link, which another user may have put there"
        case .owner: "it is neither yours nor root's (under sudo, you are root)"
        case .others: "others may write to it: `chmod go-w` takes that from them"
        case .folder:
            "others may put another file in its place: the folder is not yours, or others may write to it"
        }
    }

    private static func refusal(of path: String, _ cause: String) -> Problem {
        Problem(
            status: .configuration, message: "\(path) is not used", cause: cause,
            hint:
                "name it with --\(optionKey) \(ShellWord.quoted(path)) if you trust it; --\(optionKey) \(none) goes without it"
        )
    }

    private static func unreadable(_ path: String, _ error: Errno) -> Problem {
        Problem(
            status: .configuration, message: "cannot read \(path): \(error.description)",
            cause: Problem.limit(error),
            hint: "correct its permissions, or leave configuration files out with --\(optionKey) \(none)")
    }

    /// The file, or `nil` if there is none.
    ///
    /// - Parameter onlyOurs: whether one that is not ours is `notPermitted`.
    private static func read(_ path: String, onlyOurs: Bool = false) throws(Errno) -> File? {
        let descriptor: Int32
        do throws(Errno) { descriptor = try FileSystem.open(path, O_RDONLY) } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            // Permission may be missing for the file, or for a folder in which it may not even be.
            if error == .permissionDenied, access(path, F_OK) != 0 { return nil }
            throw error
        }
        defer { FileSystem.close(descriptor) }
        if onlyOurs, try !TrustedFile.isOurs(descriptor) { throw .notPermitted }
        return File(path: path, bytes: try content(of: descriptor))
    }

    /// All of it, or a little more than may be in it.
    static func content(of descriptor: Int32) throws(Errno) -> [UInt8] {
        try FileSystem.contents(of: descriptor, limit: TOMLDocument.sizeLimit)
    }
}

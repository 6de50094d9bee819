internal import Glibc
internal import SystemPackage

/// The system calls on files that sinks and sources share.
enum FileSystem {
    /// How many symbolic links are followed; the kernel's own limit.
    private static let linkLimit = 40

    /// What `stat(2)` says of the path, links followed; `nil` if there is nothing.
    static func status(of path: String) throws(Errno) -> stat? {
        var result = stat()
        if stat(path, &result) == 0 { return result }
        let code = Errno(rawValue: errno)
        guard code == .noSuchFileOrDirectory else { throw code }
        return nil
    }

    static func status(of descriptor: Int32) throws(Errno) -> stat {
        var result = stat()
        guard fstat(descriptor, &result) == 0 else { throw Errno(rawValue: errno) }
        return result
    }

    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(Errno) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            let code = Errno(rawValue: errno)
            guard code == .interrupted else { throw code }
        }
    }

    /// Makes a new file whose name nobody has guessed, between `prefix` and `suffix`.
    static func makeTemporary(
        in folder: FilePath, prefix: String, suffix: String = "", _ flags: Int32, mode: mode_t
    ) throws(Errno) -> (path: String, descriptor: Int32) {
        while true {
            let name = prefix + String(UInt32.random(in: 0 ... .max), radix: 16) + suffix
            let path = folder.appending(name).string
            do throws(Errno) {
                return (path, try open(path, flags | O_CREAT | O_EXCL, mode: mode))
            } catch {
                guard error == .fileExists else { throw error }
            }
        }
    }

    /// Writes everything.
    static func write(_ bytes: Span<UInt8>, to descriptor: Int32) throws(Errno) {
        try bytes.withUnsafeBytes { bytes throws(Errno) in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else {
                    let code = Errno(rawValue: errno)
                    guard code == .interrupted else { throw code }
                }
            }
        }
    }

    /// Writes everything.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
        try write(bytes.span, to: descriptor)
    }

    /// Reads from `offset` on, until the buffer is full or the file ends.
    static func read(
        from descriptor: Int32, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(filled))
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else {
                let code = Errno(rawValue: errno)
                guard code == .interrupted else { throw code }
            }
        }
        return filled
    }

    static func synchronize(_ descriptor: Int32) throws(Errno) {
        guard fsync(descriptor) == 0 else { throw Errno(rawValue: errno) }
    }

    static func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    /// The path that is meant in the end when `path` is a symbolic link, also if nothing is there yet.
    static func resolvingLinks(_ path: String) throws(Errno) -> FilePath {
        var path = FilePath(path)
        for _ in 0..<linkLimit {
            var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path.string, &characters, characters.count)
            guard count >= 0 else { return path }
            let target = FilePath(
                String(decoding: characters.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
            path = target.isAbsolute ? target : path.removingLastComponent().pushing(target)
        }
        throw .tooManySymbolicLinkLevels
    }
}

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
    var isFIFO: Bool { st_mode & S_IFMT == S_IFIFO }
}

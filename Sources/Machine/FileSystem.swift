package import CLibrary
package import CMachine
package import SystemPackage

/// The system calls on descriptors and files.
package enum FileSystem {
    // MARK: Descriptors

    /// Opens a file with a descriptor that processes started from here do not inherit.
    ///
    /// - Parameter folder: the descriptor of the folder that a relative path is relative to; by default the working
    ///   directory.
    package static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0, in folder: Int32 = AT_FDCWD
    ) throws(Errno) -> Int32 {
        while true {
            let descriptor = openat(folder, path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            let code = Errno(rawValue: errno)
            guard code == .interrupted else { throw code }
        }
    }

    /// Closes a descriptor. On Linux it is closed whatever `close(2)` returns, so the result is ignored.
    package static func close(_ descriptor: Int32) {
        _ = CLibrary.close(descriptor)
    }

    /// Reads once. Returns how many bytes stand at the start of the buffer: 0 at the end of the file, `nil` if there
    /// are none now.
    package static func read(
        from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int? {
        try untilDone { CLibrary.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    /// Reads from `offset` on, until the buffer is full or the file ends. Throws `invalidArgument` for a part that ends
    /// beyond 63 bits.
    package static func read(
        from descriptor: Int32, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        guard let start = off_t(exactly: offset), start <= off_t.max - off_t(buffer.count) else {
            throw .invalidArgument
        }
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(filled))
            let place = start + off_t(filled)
            let count = try untilDone { pread(descriptor, rest.baseAddress, rest.count, place) }
            guard let count else { throw .wouldBlock }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }

    /// Reads until the end, or until there are more than `limit` bytes.
    package static func contents(of descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= limit {
            let count = try buffer.filling(buffer.count) { room throws(Errno) in
                try read(from: descriptor, into: room)
            }
            guard let count else { throw .wouldBlock }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Writes once. Returns how many bytes were taken: 0 if none can be taken now.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(Errno) -> Int {
        try untilDone { CLibrary.write(descriptor, bytes.baseAddress, bytes.count) } ?? 0
    }

    /// Writes all bytes, and waits for the reader as long as it takes.
    package static func write(_ bytes: Span<UInt8>, to descriptor: Int32) throws(Errno) {
        try bytes.withUnsafeBytes { bytes throws(Errno) in
            var rest = bytes
            while !rest.isEmpty {
                let count = try write(rest, to: descriptor)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                if count == 0 { _ = DescriptorWait.isReady(descriptor, for: .write, until: nil) }
            }
        }
    }

    package static func synchronize(_ descriptor: Int32) throws(Errno) {
        guard fsync(descriptor) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Repeats a call that a signal interrupts; `nil` if the call would block.
    private static func untilDone(_ call: () -> Int) throws(Errno) -> Int? {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = Errno(rawValue: errno)
            switch code {
            case .interrupted: continue
            case .wouldBlock: return nil
            default: throw code
            }
        }
    }

    // MARK: Paths

    /// The status of the file at a path, with links followed; `nil` if there is no file.
    package static func status(of path: String) throws(Errno) -> stat? {
        if let status = fileStatus(at: path) { return status }
        let code = Errno(rawValue: errno)
        guard code == .noSuchFileOrDirectory else { throw code }
        return nil
    }

    package static func status(of descriptor: Int32) throws(Errno) -> stat {
        guard let status = fileStatus(of: descriptor) else { throw Errno(rawValue: errno) }
        return status
    }

    /// What a symbolic link leads to; `nil` if it cannot be read.
    package static func linkTarget(_ path: String) -> String? {
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &characters, characters.count)
        if count < 0 { return nil }
        return String(decoding: characters.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The path without links; `nil` if it does not exist.
    package static func realPath(of path: String) -> String? {
        let descriptor = cmachine_open_name(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if let name = linkTarget("/proc/self/fd/\(descriptor)") { return name }
        // `realpath` is used only without /proc, since umockdev's version writes beyond its buffer.
        guard let characters = realpath(path, nil) else { return nil }
        defer { free(characters) }
        return String(cString: characters)
    }

    /// The text of a file of at most 64 KiB such as those in /proc; `nil` if it cannot be read.
    package static func smallText(_ path: String) -> String? {
        do throws(Errno) {
            let descriptor = try open(path, O_RDONLY | O_NONBLOCK)
            defer { close(descriptor) }
            return String(decoding: try contents(of: descriptor, limit: 65536), as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// The names in a folder without `.` and `..`; empty if the folder cannot be read.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        return names(in: directory)
    }

    /// The names in an open folder without `.` and `..`.
    package static func names(in directory: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// The status of the file at a path, with links followed; `nil` with `errno` set if `stat(2)` fails.
package func fileStatus(at path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
}

/// The status of an open file; `nil` with `errno` set if `fstat(2)` fails.
package func fileStatus(of descriptor: Int32) -> stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
}

/// The status of the file or of the link at a path; `nil` if `lstat(2)` fails.
package func linkStatus(at path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
}

extension stat {
    package var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    package var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
    package var isFIFO: Bool { st_mode & S_IFMT == S_IFIFO }
    package var isSymbolicLink: Bool { st_mode & S_IFMT == S_IFLNK }
    package var isCharacterDevice: Bool { st_mode & S_IFMT == S_IFCHR }

    /// Whether this is the slave of a pseudo-terminal, by the kernel's fixed major numbers.
    package var isPseudoTerminal: Bool {
        isCharacterDevice && (136...143).contains(cmachine_device_major(st_rdev))
    }

    /// Whether both statuses are those of one file.
    package func isSameFile(as other: stat) -> Bool { st_ino == other.st_ino && st_dev == other.st_dev }

    /// The time since the file's content, permissions or names last changed (`st_ctim`).
    package var age: Duration {
        max(.zero, MonotonicClock.timeSince1970 - .seconds(st_ctim.tv_sec) - .nanoseconds(st_ctim.tv_nsec))
    }
}

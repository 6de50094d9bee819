internal import Glibc
internal import SystemPackage

/// The system calls on files that sinks and sources share.
enum FileSystem {
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

    /// - Parameter folder: where a relative path begins; otherwise in the folder of the process.
    static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0, in folder: Int32 = AT_FDCWD
    ) throws(Errno) -> Int32 {
        while true {
            let descriptor = openat(folder, path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            let code = Errno(rawValue: errno)
            guard code == .interrupted else { throw code }
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
}

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
    var isFIFO: Bool { st_mode & S_IFMT == S_IFIFO }
}

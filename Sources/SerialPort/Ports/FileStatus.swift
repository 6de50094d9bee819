internal import CSerial
internal import Glibc

/// What `stat(2)` says of a path, links followed; nil with `errno` set if it fails.
func fileStatus(at path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
}

/// What `fstat(2)` says of a descriptor; nil with `errno` set if it fails.
func fileStatus(of descriptor: Int32) -> stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
}

extension stat {
    var isCharacterDevice: Bool { st_mode & S_IFMT == S_IFCHR }

    /// Whether this is the slave of a pseudo-terminal, by the kernel's fixed major numbers.
    var isPseudoTerminal: Bool { isCharacterDevice && (136...143).contains(cserial_device_major(st_rdev)) }
}

/// How long ago the node at a path was made, or its permissions changed; nil if it is not there.
func nodeAge(_ path: String) -> Duration? {
    guard let status = fileStatus(at: path) else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let seconds = now.tv_sec.subtractingReportingOverflow(status.st_ctim.tv_sec)
    if seconds.overflow { return nil }
    return max(.zero, .seconds(seconds.partialValue) + .nanoseconds(now.tv_nsec - status.st_ctim.tv_nsec))
}

/// A symbolic link as it was made at one time, as opposed to another of the same path.
struct LinkIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t
    private let seconds: Int
    private let nanoseconds: Int

    /// The link at a path; nil if there is none.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
        device = status.st_dev
        number = status.st_ino
        seconds = status.st_ctim.tv_sec
        nanoseconds = status.st_ctim.tv_nsec
    }
}

/// What a symbolic link leads to; nil if it cannot be read.
func linkTarget(_ path: String) -> String? {
    var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &characters, characters.count)
    if count < 0 { return nil }
    return String(decoding: characters.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The path without links; nil if it does not exist.
func realPath(of path: String) -> String? {
    let descriptor = cserial_open_name(path)
    guard descriptor >= 0 else { return nil }
    defer { closeDescriptor(descriptor) }
    if let name = linkTarget("/proc/self/fd/\(descriptor)") { return name }
    // Without /proc. Not at once, since umockdev's realpath writes beyond its buffer.
    guard let characters = realpath(path, nil) else { return nil }
    defer { free(characters) }
    return String(cString: characters)
}

/// The text of a file of at most 64 KiB such as those in /proc; nil if it cannot be read.
func readSmallFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor == -1 { return nil }
    defer { closeDescriptor(descriptor) }
    let limit = 65536
    var bytes: [UInt8] = []
    while bytes.count < limit {
        let chunk = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if chunk.isEmpty { break }
        bytes += chunk
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The names in a folder but `.` and `..`; none if it cannot be read.
func directoryEntries(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

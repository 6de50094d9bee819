public import Glibc

/// A directory that is removed, with everything in it, when this object ends.
public final class TemporaryDirectory {
    /// The path of the directory.
    public let path: String

    /// A new directory that everyone may look into.
    public init() throws {
        var template = Array("/tmp/pwtransfer-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileTrouble(what: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Makes a directory in this one, and those on the way to it.
    public func directory(_ name: String) throws -> String {
        var path = path
        for component in name.split(separator: "/") {
            path += "/\(component)"
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw FileTrouble(what: "mkdir \(path)", code: errno)
            }
        }
        return path
    }

    /// The path of a file in the directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The names of everything in the directory, sorted.
    public var names: [String] { Self.names(in: path) }

    /// The names of everything in a directory, sorted.
    public static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// A system call that failed in the preparation of a test.
public struct FileTrouble: Error {
    let what: String
    let code: Int32
}

/// The bytes of a file.
public func contents(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw FileTrouble(what: "open \(path)", code: errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while true {
        let piece = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        if piece.isEmpty { return bytes }
        bytes += piece
    }
}

/// Makes a file of these bytes, and replaces an existing one.
public func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw FileTrouble(what: "create \(path)", code: errno) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
        throw FileTrouble(what: "write \(path)", code: errno)
    }
}

/// The permissions of a file; none of one that is not there.
public func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

/// Bytes that look random and are always the same; frame flags and escapes are among them.
public func patternBytes(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

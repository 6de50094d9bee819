internal import Glibc
internal import SystemPackage
internal import TransferClient

/// A file that records are appended to as they come. Whatever ends the program, what was appended is there.
final class RecordFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Creates the file, or empties the one that is there.
    init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o666)
        guard descriptor >= 0 else {
            let code = Errno(rawValue: errno)
            throw code == .isDirectory ? .targetIsDirectory(path: path) : .cannotCreate(path: path, code)
        }
    }

    deinit {
        close(descriptor)
    }

    /// Writes a record at once.
    func append(_ bytes: some Sequence<UInt8>) throws(FileError) {
        let bytes = Array(bytes)
        let failure = bytes.withUnsafeBytes { buffer -> Errno? in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else {
                    let code = Errno(rawValue: errno)
                    guard code == .interrupted else { return code }
                }
            }
            return nil
        }
        if let failure { throw .cannotWrite(path: path, failure) }
    }
}

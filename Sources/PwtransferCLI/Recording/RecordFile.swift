internal import Glibc
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// A file that records are appended to as they come. Whatever ends the program, what was appended is there.
final class RecordFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let state = Mutex<FileError?>(nil)

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

    /// Why the file is not complete, if it is not.
    var failure: FileError? { state.withLock { $0 } }

    /// Writes a record at once, if there was no failure before.
    ///
    /// - Returns: why that was not possible, the first time.
    func append(_ bytes: [UInt8]) -> FileError? {
        state.withLock { failure in
            guard failure == nil, let code = write(bytes) else { return nil }
            failure = .cannotWrite(path: path, code)
            return failure
        }
    }

    private func write(_ bytes: [UInt8]) -> Errno? {
        bytes.withUnsafeBytes { buffer in
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
    }
}

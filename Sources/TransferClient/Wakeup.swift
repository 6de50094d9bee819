internal import Glibc
internal import SystemPackage

/// A flag that `poll(2)` can wait for.
final class Wakeup: Sendable {
    /// Readable while the flag is raised.
    let descriptor: Int32

    private let writeEnd: Int32

    /// A flag that is not raised.
    init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        _ = close(descriptor)
        _ = close(writeEnd)
    }

    /// Raises the flag. A pipe that is full is readable already.
    func raise() {
        var byte: UInt8 = 0
        _ = write(writeEnd, &byte, 1)
    }

    /// Lowers the flag, however often it was raised. Whoever looks at what it stands for must do both under one lock.
    func lower() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}

internal import Glibc
internal import SystemPackage

/// A flag that `poll(2)` can wait for.
final class Wakeup: Sendable {
    /// Readable while the flag is raised.
    var descriptor: Int32 { pipe.readEnd }

    private let pipe: WakeupPipe

    /// A flag that is not raised.
    init() throws(Errno) {
        pipe = try WakeupPipe()
        for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    /// Raises the flag. A pipe that is full is readable already.
    func raise() {
        var byte: UInt8 = 0
        _ = write(pipe.writeEnd, &byte, 1)
    }

    /// Lowers the flag, however often it was raised. Whoever looks at what it stands for must do both under one lock.
    func lower() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}

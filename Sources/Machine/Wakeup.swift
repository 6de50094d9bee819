internal import CLibrary
internal import CMachine
package import SystemPackage

/// A flag that `poll(2)` can wait for: a pipe whose ends stay in this process.
package final class Wakeup: Sendable {
    /// Readable while the flag is raised.
    package let descriptor: Int32

    private let writeEnd: Int32

    /// A flag that is not raised.
    package init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        let result = cmachine_open_pipe(&ends)
        guard result == 0 else { throw Errno(rawValue: -result) }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        FileSystem.close(descriptor)
        FileSystem.close(writeEnd)
    }

    /// Raises the flag. A full pipe is readable already. A failed write is repeated, since nothing else wakes up the
    /// waiting thread.
    package func raise() {
        var byte: UInt8 = 0
        for _ in 1...Self.attempts {
            if write(writeEnd, &byte, 1) == 1 || errno == EAGAIN { return }
        }
    }

    /// How often a write is tried. On Linux, a write to a pipe with both ends open fails only if a filter of system
    /// calls makes up a failure, and a few attempts get past such a filter.
    private static let attempts = 8

    /// Lowers the flag, however often it was raised. Call this under the lock under which you look at what the flag
    /// announces.
    package func lower() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}

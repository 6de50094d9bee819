internal import CPoll
internal import Glibc
package import SystemPackage

/// A pipe whose ends stay in this process: whoever waits in `poll(2)` for one is woken by the other. Both are closed
/// with it.
package struct WakeupPipe: ~Copyable, Sendable {
    /// Readable while there is something in the pipe.
    package let readEnd: Int32
    /// Where to write what wakes.
    package let writeEnd: Int32

    /// An empty pipe.
    package init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        let result = cpoll_open_pipe(&ends)
        guard result == 0 else { throw Errno(rawValue: -result) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        _ = close(readEnd)
        _ = close(writeEnd)
    }
}

internal import Glibc

/// A pipe that no other process inherits, but one that is started at the same moment. Its ends are closed with it, unless they were before.
public final class Pipe {
    /// Where bytes are read; -1 once closed.
    public private(set) var readEnd: Int32
    /// Where bytes are written; -1 once closed.
    public private(set) var writeEnd: Int32

    /// An empty pipe.
    public init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw FileTrouble(what: "make a pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    /// From now on nobody reads.
    public func closeReadEnd() { Self.close(&readEnd) }

    /// The end of what is written.
    public func closeWriteEnd() { Self.close(&writeEnd) }

    private static func close(_ end: inout Int32) {
        if end >= 0 { Glibc.close(end) }
        end = -1
    }
}

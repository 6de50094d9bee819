internal import Glibc

/// A pipe that only a process inherits which is started at the same moment. Closes its ends with the object, unless
/// they are closed.
public final class Pipe {
    /// The end for reading; -1 after it was closed.
    public private(set) var readEnd: Int32
    /// The end for writing; -1 after it was closed.
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

    /// Closes the end for reading.
    public func closeReadEnd() { Self.close(&readEnd) }

    /// Closes the end for writing.
    public func closeWriteEnd() { Self.close(&writeEnd) }

    private static func close(_ end: inout Int32) {
        if end >= 0 { Glibc.close(end) }
        end = -1
    }
}

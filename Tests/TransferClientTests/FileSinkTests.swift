internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing
internal import TransferClient

@Suite struct FileSinkTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func nothingStandsUnderTheNameBeforeTheCommit() throws {
        let path = directory.file("out.bin")
        let sink = try FileSink(path: path)
        try sink.write([1, 2].span)
        #expect(!directory.names.contains("out.bin"))
        try sink.write([3].span)
        try sink.commit()
        #expect(try contents(of: path) == [1, 2, 3])
        #expect(directory.names == ["out.bin"])
    }

    @Test func discardedOrForgottenLeavesTheOldFile() throws {
        let path = directory.file("out.bin")
        try write([9], to: path)
        let sink = try FileSink(path: path)
        try sink.write([1].span)
        sink.discard()
        do {
            let forgotten = try FileSink(path: path)
            try forgotten.write([2].span)
        }
        #expect(try contents(of: path) == [9])
        #expect(directory.names == ["out.bin"])
    }

    @Test(arguments: [mode_t(0o600), 0o640, 0o755]) func replacedFileKeepsItsPermissions(_ expected: mode_t)
        throws
    {
        let path = directory.file("out.bin")
        try write([9], to: path)
        chmod(path, expected)
        try FileSink(path: path).commit()
        #expect(mode(of: path) == expected)
        #expect(try contents(of: path) == [])
    }

    @Test func newFileFollowsTheMask() throws {
        let mask = umask(0)
        umask(mask)
        let path = directory.file("new.bin")
        try FileSink(path: path).commit()
        #expect(mode(of: path) == 0o666 & ~mask)
    }

    @Test func linkStaysAndItsTargetIsReplaced() throws {
        let target = directory.file("target.bin")
        let link = directory.file("link.bin")
        for isDangling in [true, false] {
            unlink(link)
            symlink("target.bin", link)
            let sink = try FileSink(path: link)
            try sink.write([isDangling ? 1 : 2].span)
            try sink.commit()
            #expect(try contents(of: target) == [isDangling ? 1 : 2])
            var status = stat()
            #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        }
        #expect(directory.names == ["link.bin", "target.bin"])
    }

    @Test func directoryIsRefused() throws {
        #expect(throws: FileError.targetIsDirectory(path: directory.path)) {
            try DataFile.sink(at: directory.path)
        }
        #expect(throws: FileError.targetIsDirectory(path: directory.file("new/"))) {
            try DataFile.sink(at: directory.file("new/"))
        }
    }

    @Test func missingDirectoryIsFoundAtOnce() throws {
        let path = directory.file("missing/out.bin")
        #expect(throws: FileError.cannotCreate(path: path, .noSuchFileOrDirectory)) {
            try DataFile.sink(at: path)
        }
    }

    @Test func linksInACircleAreAnError() throws {
        symlink("b", directory.file("a"))
        symlink("a", directory.file("b"))
        let path = directory.file("a")
        #expect(throws: FileError.cannotCreate(path: path, .tooManySymbolicLinkLevels)) {
            try DataFile.sink(at: path)
        }
    }

    @Test func longNamesWork() throws {
        let name = String(repeating: "n", count: 255)
        try FileSink(path: directory.file(name)).commit()
        #expect(directory.names == [name])
    }

    @Test func devicesAreWrittenStraight() throws {
        let null = try DataFile.sink(at: "/dev/null")
        try null.write([1, 2, 3].span)
        try null.synchronize()
        try null.commit()
        let full = try DataFile.sink(at: "/dev/full")
        #expect(throws: FileError.cannotWrite(path: "/dev/full", .noSpace)) { try full.write([1].span) }
    }

    @Test func pipeWithoutReaderIsAnError() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe()
        pipe.closeReadEnd()
        defer { pipe.closeWriteEnd() }
        let sink = StreamSink(descriptor: pipe.writeEnd, name: "pipe")
        #expect(throws: FileError.cannotWrite(path: "pipe", .brokenPipe)) { try sink.write([1].span) }
    }

    @Test(.timeLimit(.minutes(30))) func stopEndsTheWaitForTheReaderOfAFIFO() throws {
        let path = directory.file("fifo")
        #expect(mkfifo(path, 0o600) == 0)
        let stop = try StopRequest()
        stop.request(signal: SIGINT)
        #expect(throws: FileError.stopped(path: path)) { try DataFile.sink(at: path, stop: stop) }

        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        try DataFile.sink(at: path).write([1, 2, 3].span)
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(read(reader, &bytes, 9) == 3)
    }

    @Test func stopEndsTheWaitForAReader() throws {
        let pipe = try Pipe()
        defer { pipe.closeReadEnd() }
        let stop = try StopRequest()
        let sink = StreamSink(descriptor: pipe.writeEnd, name: "pipe", stop: stop)
        stop.request(signal: SIGINT)
        let bytes = [UInt8](repeating: 0, count: 1 << 20)
        #expect(throws: FileError.stopped(path: "pipe")) { try sink.write(bytes.span) }
    }
}

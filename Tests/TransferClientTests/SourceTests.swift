internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing
internal import TransferClient

@Suite struct SourceTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func read(
        _ source: any ByteSource, at position: UInt64, count: Int
    ) throws(FileError) -> (SourceBytes, [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { bytes -> Result<SourceBytes, FileError> in
            do throws(FileError) { return .success(try source.read(at: position, into: bytes)) } catch {
                return .failure(error)
            }
        }
        let got = try result.get()
        guard case .bytes(let count, _) = got else { return (got, []) }
        return (got, Array(bytes.prefix(count)))
    }

    /// A new pipe, and a source for its end for reading.
    private func pipeSource() throws -> (source: any ByteSource, pipe: Pipe) {
        let pipe = try Pipe()
        return (try DataFile.source(descriptor: pipe.readEnd, name: "pipe"), pipe)
    }

    @Test func fileKnowsItsSizeAndItsEnd() throws {
        let path = directory.file("in.bin")
        try write([1, 2, 3, 4, 5], to: path)
        let source = try DataFile.source(at: path)
        #expect(source.size == 5)
        #expect(try read(source, at: 0, count: 3) == (.bytes(3, isLast: false), [1, 2, 3]))
        #expect(try read(source, at: 3, count: 2) == (.bytes(2, isLast: true), [4, 5]))
        #expect(try read(source, at: 1, count: 9) == (.bytes(4, isLast: true), [2, 3, 4, 5]))
        #expect(try read(source, at: 5, count: 0) == (.bytes(0, isLast: true), []))
    }

    /// Fewer bytes than requested mean the end, so even a large buffer must be filled.
    @Test(arguments: [1, 16_384, 16_385, 50_000, 99_990]) func aBufferOfAnySizeIsFilled(count: Int) throws {
        let path = directory.file("in.bin")
        let data = patternBytes(100_000)
        try write(data, to: path)
        let source = try DataFile.source(at: path)
        for start in [5, 10] {
            let isLast = start + count == data.count
            #expect(
                try read(source, at: UInt64(start), count: count)
                    == (.bytes(count, isLast: isLast), Array(data[start..<start + count])))
        }
        #expect(try read(source, at: 40_000, count: 90_000).0 == .bytes(60_000, isLast: true))
        truncate(path, 70_000)
        #expect(throws: FileError.sourceChanged(path: path, .size(from: 100_000, to: 70_000))) {
            try read(source, at: 30_000, count: 60_000)
        }
    }

    @Test func fileThatBecomesShorterIsAnError() throws {
        let path = directory.file("in.bin")
        try write(patternBytes(100), to: path)
        let source = try DataFile.source(at: path)
        truncate(path, 60)
        #expect(try read(source, at: 0, count: 50).0 == .bytes(50, isLast: false))
        #expect(throws: FileError.sourceChanged(path: path, .size(from: 100, to: 60))) {
            try read(source, at: 50, count: 50)
        }
    }

    /// The last bytes of a file that changes are never given out.
    @Test func aFileThatChangesHasNoLastBytes() throws {
        let path = directory.file("in.bin")
        func changed(_ change: SourceChange, by body: (String) throws -> Void) throws {
            try write([1, 2, 3], to: path)
            let source = try DataFile.source(at: path)
            #expect(try read(source, at: 0, count: 2) == (.bytes(2, isLast: false), [1, 2]))
            try source.checkUnchanged()
            try body(path)
            #expect(throws: FileError.sourceChanged(path: path, change)) {
                try read(source, at: 2, count: 1)
            }
            #expect(throws: FileError.sourceChanged(path: path, change)) { try source.checkUnchanged() }
        }
        try changed(.size(from: 3, to: 4)) { try write([1, 2, 3, 4], to: $0) }
        try changed(.content) { path in
            try write([3, 2, 1], to: path)
            // This is as if the file were written at another time, whatever the grain of the clock, and then made to
            // look as old as before.
            var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
            utimensat(AT_FDCWD, path, &times, 0)
        }
        try changed(.replaced) { path in
            try write([1, 2, 3], to: directory.file("new.bin"))
            rename(directory.file("new.bin"), path)
        }
        try changed(.replaced) { unlink($0) }
    }

    @Test func redirectedFileCountsFromItsPosition() throws {
        let path = directory.file("in.bin")
        try write([1, 2, 3, 4], to: path)
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        lseek(descriptor, 3, SEEK_SET)
        let source = try DataFile.source(descriptor: descriptor, name: "standard input")
        #expect(source.size == 1)
        #expect(try read(source, at: 0, count: 10) == (.bytes(1, isLast: true), [4]))
    }

    @Test func fileThatClaimsToBeEmptyIsReadToItsEnd() throws {
        let source = try DataFile.source(at: "/proc/version")
        #expect(source.size == nil)
        let (result, bytes) = try read(source, at: 0, count: 4096)
        #expect(result == .bytes(bytes.count, isLast: true))
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("Linux"))
    }

    @Test func missingFilesAndDirectoriesAreErrors() {
        let path = directory.file("missing")
        #expect(throws: FileError.cannotRead(path: path, .noSuchFileOrDirectory)) {
            try DataFile.source(at: path)
        }
        #expect(throws: FileError.sourceIsDirectory(path: directory.path)) {
            try DataFile.source(at: directory.path)
        }
    }

    @Test func pipeTellsTheLastBytesAsSuch() throws {
        let (source, pipe) = try pipeSource()
        defer { pipe.closeReadEnd() }
        #expect(source.size == nil)
        #expect(try read(source, at: 0, count: 2).0 == .notYet)
        #expect(Glibc.write(pipe.writeEnd, [1, 2, 3] as [UInt8], 3) == 3)
        #expect(try read(source, at: 0, count: 2) == (.bytes(2, isLast: false), [1, 2]))
        #expect(try read(source, at: 2, count: 2).0 == .notYet)
        pipe.closeWriteEnd()
        #expect(try read(source, at: 2, count: 2) == (.bytes(1, isLast: true), [3]))
        #expect(try read(source, at: 0, count: 3) == (.bytes(3, isLast: true), [1, 2, 3]))
    }

    /// Opening the file must not wait for the writer, so that the caller can do something else meanwhile.
    @Test(.timeLimit(.minutes(30))) func aFIFOIsOpenedBeforeItHasAWriter() throws {
        let path = directory.file("fifo")
        #expect(mkfifo(path, 0o600) == 0)
        let source = try DataFile.source(at: path)
        #expect(try read(source, at: 0, count: 2).0 == .notYet)
        let writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        #expect(try read(source, at: 0, count: 2).0 == .notYet)
        #expect(Glibc.write(writer, [1, 2, 3] as [UInt8], 3) == 3)
        #expect(try read(source, at: 0, count: 2) == (.bytes(2, isLast: false), [1, 2]))
        close(writer)
        #expect(try read(source, at: 2, count: 2) == (.bytes(1, isLast: true), [3]))
    }

    @Test func emptyPipeIsAnEmptySource() throws {
        let (source, pipe) = try pipeSource()
        defer { pipe.closeReadEnd() }
        pipe.closeWriteEnd()
        #expect(try read(source, at: 0, count: 10) == (.bytes(0, isLast: true), []))
    }

    @Test func pipeGoesBackAMebibyteButNotWithoutBound() throws {
        let zero = open("/dev/zero", O_RDONLY)
        defer { close(zero) }
        let source = try DataFile.source(descriptor: zero, name: "zero")
        let piece = 1 << 16
        for index in 0..<128 {
            #expect(
                try read(source, at: UInt64(index * piece), count: piece).0 == .bytes(piece, isLast: false))
        }
        let end = UInt64(128 * piece)
        #expect(try read(source, at: end - 1 << 20, count: piece).0 == .bytes(piece, isLast: false))
        #expect(throws: FileError.self) { try read(source, at: 0, count: 1) }
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing
internal import TransferClient

/// Names that are exchanged between the check and the use, and files whose other names nobody knows.
@Suite struct ExchangedFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func theTemporaryFileOfASink() throws {
        let sink = try FileSink(path: directory.file("out"))
        try sink.write([1, 2, 3].span)
        let temporary = try #require(directory.names.first)
        rename(directory.file(temporary), directory.file("away"))
        try write([9], to: directory.file(temporary))
        #expect(throws: FileError.exchanged(path: directory.file("out"))) { try sink.commit() }
    }

    @Test func thePartialFile() throws {
        let sink = try PartialFileSink(path: directory.file("out"))
        let origin = PartialFileOrigin(device: "d", resource: 1, path: nil, offset: 0, state: nil)
        #expect(try sink.prepare(for: origin) == nil)
        try sink.write([1, 2, 3].span)
        rename(directory.file("out.part"), directory.file("away"))
        try write([9], to: directory.file("out.part"))
        #expect(throws: FileError.exchanged(path: directory.file("out"))) { try sink.commit() }
    }

    @Test(arguments: [false, true]) func theFolderOnTheWay(isFolderOfADevice: Bool) throws {
        let folder = try directory.directory("folder")
        let elsewhere = try directory.directory("elsewhere")
        let sink: FileSink =
            isFolderOfADevice
            ? try OutputFolder(path: folder, isReplacing: false).sink(for: ["out"])
            : try FileSink(path: "\(folder)/out")
        rename(folder, directory.file("away"))
        symlink(elsewhere, folder)
        try sink.write([1].span)
        try sink.commit()
        #expect(TemporaryDirectory.names(in: elsewhere).isEmpty)
        #expect(try contents(of: directory.file("away/out")) == [1])
    }

    /// A file that appeared after the check is not replaced either.
    @Test func aFileThatAppears() throws {
        let sink = try OutputFolder(path: directory.path, isReplacing: false).sink(for: ["out"])
        try write([9], to: directory.file("out"))
        #expect(throws: FileError.targetExists(path: directory.file("out"))) { try sink.commit() }
        sink.discard()
        #expect(try contents(of: directory.file("out")) == [9])
        #expect(directory.names == ["out"])
    }

    @Test func recordsLeaveOtherNamesAlone() throws {
        try write([9], to: directory.file("victim"))
        link(directory.file("victim"), directory.file("record"))
        let record = try RecordFile(directory.file("record"))
        #expect(record.append([1, 2]) == nil)
        #expect(try contents(of: directory.file("victim")) == [9])
        #expect(try contents(of: directory.file("record")) == [1, 2])
        #expect(directory.names == ["record", "victim"])
    }

    @Test func aPartialFileWithASecondName() throws {
        try write([1, 2], to: directory.file("victim"))
        link(directory.file("victim"), directory.file("out.part"))
        let sink = try PartialFileSink(path: directory.file("out"))
        let origin = PartialFileOrigin(device: "d", resource: 1, path: nil, offset: 0, state: nil)
        #expect(try sink.prepare(for: origin) == .othersCouldChange)
        try sink.write([3].span)
        try sink.commit()
        #expect(try contents(of: directory.file("victim")) == [1, 2])
        #expect(try contents(of: directory.file("out")) == [3])
    }

    @Test func whatAKilledRunLeftOfARecord() throws {
        try write([1], to: directory.file("out.part.json.new"))
        let sink = try PartialFileSink(path: directory.file("out"))
        let origin = PartialFileOrigin(device: "d", resource: 1, path: nil, offset: 0, state: nil)
        _ = try sink.prepare(for: origin)
        try sink.commit()
        #expect(directory.names == ["out"])
    }

    @Test(arguments: [(0o4755, 0o755), (0o2755, 0o755), (0o6600, 0o600)] as [(mode_t, mode_t)])
    func bitsThatActAsTheOwner(old: mode_t, new: mode_t) throws {
        try write([9], to: directory.file("out"))
        chmod(directory.file("out"), old)
        try FileSink(path: directory.file("out")).commit()
        #expect(mode(of: directory.file("out")) == new)
    }

    /// A file whose name the device chooses is never executable.
    @Test func hooks() throws {
        try write([9], to: directory.file("pre-commit"))
        chmod(directory.file("pre-commit"), 0o755)
        try OutputFolder(path: directory.path, isReplacing: true).sink(for: ["pre-commit"]).commit()
        #expect(mode(of: directory.file("pre-commit")) == 0o644)
    }

    @Test(.timeLimit(.minutes(30))) func aRecordIntoAPipeThatNobodyReads() throws {
        mkfifo(directory.file("fifo"), 0o600)
        #expect(throws: FileError.cannotCreate(path: directory.file("fifo"), .noSuchAddressOrDevice)) {
            _ = try RecordFile(directory.file("fifo"))
        }
        let reader = open(directory.file("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let record = try RecordFile(directory.file("fifo"))
        #expect(record.append([1, 2]) == nil)
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(read(reader, &bytes, 9) == 2)
    }
}

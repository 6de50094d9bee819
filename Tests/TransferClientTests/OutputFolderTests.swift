internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing
internal import TransferClient

@Suite struct OutputFolderTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(
        arguments: [
            ("/logs/boot.txt", "/logs/", ["boot.txt"]), ("/logs/a/b", "/logs/", ["a", "b"]),
            ("/logs/../../etc/passwd", "/logs/", ["%2E%2E", "%2E%2E", "etc", "passwd"]),
            ("/logs/./.x", "/logs/", ["%2E", "%2Ex"]), ("/d/.git/-rf", "/d/", ["%2Egit", "%2Drf"]),
            ("/etc/passwd", "/logs/", ["etc", "passwd"]),
            ("//logs//a", "/logs/", ["logs", "a"]), ("a\u{1B}[31m\n", "/", ["a%1B[31m%0A"]),
            ("a\u{202E}b\0", "/", ["a%E2%80%AEb%00"]), ("100%1B", "/", ["100%251B"]), ("é\\", "/", ["é%5C"]),
        ] as [(String, String, [String])])
    func names(path: String, folder: String, components: [String]) {
        #expect(LocalName.components(of: path, in: folder) == components)
    }

    @Test(arguments: ["", "/", "///", "/logs/", "/logs//"])
    func nothingIsLeft(path: String) {
        #expect(LocalName.components(of: path, in: "/logs/") == nil)
    }

    private func store(_ components: [String], in folder: OutputFolder) throws {
        let sink = try folder.sink(for: components)
        try sink.write([1, 2, 3].span)
        try sink.commit()
    }

    @Test func foldersAreMade() throws {
        let folder = try OutputFolder(path: directory.file("out/"), isReplacing: true)
        try store(["a", "b", "file"], in: folder)
        try store(["a", "file"], in: folder)
        #expect(try contents(of: directory.file("out/a/b/file")) == [1, 2, 3])
        #expect(TemporaryDirectory.names(in: directory.file("out/a")) == ["b", "file"])
    }

    @Test func aFileThatFailsLeavesTheOldOne() throws {
        let folder = try OutputFolder(path: directory.path, isReplacing: true)
        try write([9], to: directory.file("file"))
        do {
            let sink = try folder.sink(for: ["file"])
            try sink.write([1].span)
        }
        #expect(try contents(of: directory.file("file")) == [9])
        #expect(directory.names == ["file"])
    }

    @Test(arguments: [(["link"], "link"), (["link", "file"], "link"), (["sub", "link"], "sub/link")])
    func linksAreNotFollowed(components: [String], link: String) throws {
        let outside = try directory.directory("outside")
        _ = try directory.directory("in/sub")
        symlink(outside, directory.file("in/link"))
        symlink("\(outside)/new", directory.file("in/sub/link"))
        let folder = try OutputFolder(path: directory.file("in"), isReplacing: true)
        #expect(throws: FileError.targetIsLink(path: "\(folder.path)/\(link)")) {
            try store(components, in: folder)
        }
        #expect(TemporaryDirectory.names(in: outside).isEmpty)
    }

    @Test(arguments: [[], [".."], ["."], ["a", "..", "b"], [""], ["a/b"]] as [[String]])
    func namesThatLeadElsewhereAreRefused(components: [String]) throws {
        let folder = try OutputFolder(path: directory.path, isReplacing: true)
        let path = "\(folder.path)/\(components.joined(separator: "/"))"
        #expect(throws: FileError.cannotCreate(path: path, .invalidArgument)) {
            try store(components, in: folder)
        }
        #expect(directory.names.isEmpty)
    }

    @Test func aFileIsInTheWay() throws {
        try write([9], to: directory.file("a"))
        let folder = try OutputFolder(path: directory.path, isReplacing: true)
        let path = directory.file("a")
        let error = FileError.cannotCreate(path: path, .notDirectory)
        #expect(throws: error) { try store(["a", "b"], in: folder) }
        #expect(throws: error) { _ = try OutputFolder(path: path, isReplacing: true) }
        #expect(try contents(of: path) == [9])
    }
}

internal import Glibc
internal import SerialPort
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite struct PseudoTerminalTests {
    @Test func clientsComeAndGo() throws {
        let device = try PseudoTerminal()
        for round in UInt8(0)..<3 {
            let client = try SerialPort(opening: device.slavePath)
            try client.write(all: [round])
            #expect(try device.read(count: 1) == [round])
            client.close()
            #expect(try device.readAvailable() == [])
        }
    }

    @Test func theLinkLeadsToTheTerminalAndGoesWithIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("board")
        let device = try PseudoTerminal(linkPath: path)
        #expect(device.name == path)
        let client = try SerialPort(opening: path)
        try client.write(all: [7])
        #expect(try device.read(count: 1) == [7])
        client.close()
        device.close()
        #expect(access(path, F_OK) != 0)
        #expect(unlink(path) == -1, "the link itself is gone as well")
    }

    @Test func aDanglingLinkIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("board")
        #expect(symlink("/dev/pts/999999", path) == 0)
        let device = try PseudoTerminal(linkPath: path)
        _ = try SerialPort(opening: path)
        #expect(device.linkPath == path)
    }

    @Test func nothingElseIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("file")
        try write(Array("precious".utf8), to: file)
        let link = directory.file("link")
        #expect(symlink(file, link) == 0)
        for path in [file, link] {
            #expect(throws: SerialPortError.linkOccupied(path: path)) { try PseudoTerminal(linkPath: path) }
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func aLinkThatLeadsElsewhereByNowIsLeft() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("board")
        let device = try PseudoTerminal(linkPath: path)
        #expect(unlink(path) == 0)
        #expect(symlink("/dev/null", path) == 0)
        device.close()
        #expect(access(path, F_OK) == 0)
    }

    @Test func aLinkInAMissingFolderIsAnError() throws {
        let path = "/no/such/folder/board"
        #expect(throws: SerialPortError.linkFailed(path: path, code: .noSuchFileOrDirectory)) {
            try PseudoTerminal(linkPath: path)
        }
    }
}

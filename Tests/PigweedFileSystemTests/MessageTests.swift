import PigweedFileSystem
import PigweedRPC
import Testing

@Suite struct MessageTests {
    /// The numbers are those of the reference's generated code.
    @Test func methodIDs() {
        #expect(FileSystemService.list == Method(service: 0xE7A9_ECA8, method: 0xE1AB_40E2))
        #expect(FileSystemService.delete == Method(service: 0xE7A9_ECA8, method: 0x2A2D_E411))
    }

    @Test func requests() {
        #expect(PathRequest(path: nil).bytes.isEmpty)
        #expect(PathRequest(path: "").bytes == [0x0A, 0])
        #expect(PathRequest(path: "/a").bytes == [0x0A, 2, 0x2F, 0x61])
        #expect(decodedRequest([0x0A, 2, 0x2F, 0x61])?.path == "/a")
        #expect(decodedRequest([0x0A, 0])?.path == .some(""))
        #expect(decodedRequest([]) == PathRequest(path: nil))
    }

    @Test(arguments: [[0x0A, 2, 0x2F], [0x0A, 1, 0xFF], [0x08, 1], [0xFF]] as [[UInt8]])
    func brokenRequests(bytes: [UInt8]) {
        #expect(decodedRequest(bytes) == nil)
    }

    /// The fields have the order of Pigweed's own service, and an unknown field follows.
    @Test func anEntryWithEverything() throws {
        let bytes: [UInt8] = [0x0A, 11, 0x0A, 2, 0x2F, 0x61, 0x18, 0x80, 0x01, 0x10, 3, 0x20, 0, 0x28, 7]
        let response = try #require(decodedList(bytes))
        #expect(
            response.entries == [FileEntry(path: "/a", permissions: [.read, .write], size: 128, id: 0)])
    }

    @Test func absentFieldsAreNotZero() throws {
        let response = try #require(decodedList([0x0A, 0, 0x0A, 2, 0x18, 0]))
        #expect(response.entries == [FileEntry(path: ""), FileEntry(path: "", size: 0)])
    }

    /// Numbers beyond 32 bits, names that are not UTF-8, fields of another type, lengths behind the end.
    @Test(
        arguments: [
            [0x0A, 6, 0x18, 0x80, 0x80, 0x80, 0x80, 0x10], [0x0A, 6, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F],
            [0x0A, 6, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F], [0x0A, 3, 0x0A, 1, 0xFF], [0x0A, 2, 0x08, 1],
            [0x0A, 3, 0x1A, 1, 0], [0x0A, 5, 0x0A], [0x08, 1], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
        ] as [[UInt8]])
    func brokenResponses(bytes: [UInt8]) {
        #expect(decodedList(bytes) == nil)
    }

    @Test func largestNumbers() throws {
        let bytes: [UInt8] = [0x0A, 6, 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        #expect(try #require(decodedList(bytes)).entries.first?.size == .max)
    }
}

private func decodedRequest(_ bytes: [UInt8]) -> PathRequest? { PathRequest(decoding: bytes.span) }

private func decodedList(_ bytes: [UInt8]) -> ListResponse? { ListResponse(decoding: bytes.span) }

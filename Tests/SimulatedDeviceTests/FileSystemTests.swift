import PigweedFileSystem
import PigweedRPC
import PigweedTransfer
import RecordedSessions
import SimulatedDevice
import TestSupport
import Testing

/// The device's service `pw.file.FileSystem`.
@Suite struct FileSystemTests {
    private static func makeBench(
        _ fault: ListingFault? = nil, files: [DeviceFile]? = nil, supportsFiles: Bool = true
    ) -> Bench {
        var configuration = DeviceConfiguration()
        configuration.supportsFiles = supportsFiles
        configuration.listingFault = fault
        let defaults = [
            DeviceFile(path: "/logs/a", resource: 0),
            DeviceFile(path: "/b", resource: 7, isDeletable: true),
        ]
        return Bench(
            configuration,
            [
                DeviceResource(id: 0, isWritable: false, storage: MemoryResource([1, 2, 3])),
                DeviceResource(id: 7, isReadable: false, storage: MemoryResource()),
            ], files: files ?? defaults)
    }

    private static func request(_ method: Method, call: UInt32 = 5) -> Packet {
        Packet(.request, channel: 1, method: method, callID: call)
    }

    private static func list(_ bench: inout Bench, _ path: String?) -> [SentPacket] {
        bench.send(request(FileSystemService.list), payload: PathRequest(path: path).bytes)
    }

    private static func entries(_ packets: [SentPacket]) -> [FileEntry] {
        packets.filter { $0.packet.kind == .serverStream }
            .flatMap { ListResponse(decoding: $0.payload.span)?.entries ?? [] }
    }

    @Test func everyFileInAMessageOfItsOwn() {
        var bench = Self.makeBench()
        let answer = Self.list(&bench, nil)
        #expect(answer.map(\.packet.kind) == [.serverStream, .serverStream, .response])
        #expect(answer.allSatisfy { $0.packet.callID == 5 })
        #expect(answer.last?.packet.status == .ok)
        #expect(
            Self.entries(answer) == [
                FileEntry(path: "/logs/a", permissions: .read, size: 3, id: 0),
                FileEntry(path: "/b", permissions: .write, size: 0, id: 7),
            ])
        // The fields are in the order of the reference: path, size, permissions, id; zeros are included.
        #expect(answer[1].payload == [0x0A, 10, 0x0A, 2, 0x2F, 0x62, 0x18, 0, 0x10, 2, 0x20, 7])
    }

    @Test(arguments: [
        ("/b", Status.ok, 1), ("/B", .notFound, 0), ("/logs", .notFound, 0), ("/logs/", .notFound, 0),
        ("", .dataLoss, 0),
    ])
    func onlyWholeNamesCount(path: String, status: Status, count: Int) {
        var bench = Self.makeBench()
        let answer = Self.list(&bench, path)
        #expect(Self.entries(answer).count == count)
        #expect(answer.last?.packet.kind == .response)
        #expect(answer.last?.packet.status == status)
    }

    @Test func deletion() {
        var bench = Self.makeBench()
        func delete(_ path: String?) -> Status? {
            let answer = bench.send(
                Self.request(FileSystemService.delete), payload: PathRequest(path: path).bytes)
            #expect(answer.count == 1 && answer[0].packet.kind == .response && answer[0].payload.isEmpty)
            return answer.first?.packet.status
        }
        #expect(delete(nil) == .invalidArgument)
        #expect(delete("/none") == .notFound)
        #expect(delete("/logs/a") == .unimplemented)
        #expect(delete("/b") == .ok)
        #expect(delete("/b") == .notFound)
        #expect(Self.entries(Self.list(&bench, nil)).map(\.path) == ["/logs/a"])
        let status = bench.send(
            Self.request(TransferService.getResourceStatus), payload: ResourceStatusResponse.request(for: 7))
        #expect(status.first?.packet.status == .notFound)
    }

    @Test func aDeviceWithoutFilesHasNoService() {
        var bench = Self.makeBench(supportsFiles: false)
        let answer = Self.list(&bench, nil)
        #expect(answer.map(\.packet.kind) == [.serverError])
        #expect(answer.first?.packet.status == .notFound)
    }

    /// The list is larger than the device's memory for frames.
    @Test func aLongListLosesNothing() {
        let files = (0..<5000).map { DeviceFile(path: "/files/number-\($0)", resource: 0) }
        var bench = Self.makeBench(files: files)
        bench.device.receive(
            frame(Self.request(FileSystemService.list), payload: PathRequest(path: nil).bytes).span, at: .zero
        )
        var packets: [SentPacket] = []
        while bench.device.hasOutput {
            var bytes: [UInt8] = []
            bench.device.transmit(into: &bytes)
            #expect(bytes.count < 10_000)
            packets += SentPacket.all(in: bytes)
        }
        #expect(Self.entries(packets).map(\.path) == files.map(\.path))
        #expect(packets.last?.packet.kind == .response)
    }

    @Test func anEndlessListEndsWithItsCall() {
        var bench = Self.makeBench(.endless)
        bench.device.receive(
            frame(Self.request(FileSystemService.list)).span, at: .zero)
        var bytes: [UInt8] = []
        for _ in 0..<100 { bench.device.transmit(into: &bytes) }
        #expect(bytes.count > 100_000)
        let cancel = Packet(
            .clientError, channel: 1, method: FileSystemService.list, callID: 5, status: .cancelled)
        bench.device.receive(frame(cancel).span, at: .zero)
        bytes = []
        bench.device.transmit(into: &bytes)
        let hasMore = bench.device.hasOutput
        #expect(!hasMore)
    }
}

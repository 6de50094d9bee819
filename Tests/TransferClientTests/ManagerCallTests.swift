internal import PigweedFileSystem
internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import SystemPackage
internal import TestSupport
internal import Testing
@testable internal import TransferClient
internal import TransferManager
internal import TransferTesting

@Suite struct ManagerCallTests {
    private static let log = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }

    private static func makeBoard() throws -> (TestBoard, LocalTransport) {
        var configuration = DeviceConfiguration()
        configuration.minDelay = .zero
        return try TestBoard.connected(
            contents: [2: [], 3: log],
            files: [
                DeviceFile(path: "/log", resource: 3),
                DeviceFile(path: "/old", resource: 2, isDeletable: true),
            ],
            configuration: configuration)
    }

    @Test func oneOpenPortServesTransfersFilesStatusAndCalls() async throws {
        let (board, transport) = try Self.makeBoard()
        let manager = try TransferManager(over: transport)
        try await manager.write(resource: 2, data: Self.log[100..<200])
        #expect(board.content(of: 2) == Array(Self.log[100..<200]))
        #expect(try await manager.files().entries.map(\.path).sorted() == ["/log", "/old"])
        #expect(try await manager.file(at: "/log").id == 3)
        #expect(try await manager.read(path: "/log") == Self.log)
        #expect(try await manager.status(of: 3).readableOffset == UInt64(Self.log.count))
        #expect(try await manager.delete("/old"))
        await #expect(throws: DeviceFilesError.notFound(known: ["/log"])) {
            try await manager.file(at: "/old")
        }
        let unknown = Method(service: "x", method: "Y")
        await #expect(throws: CallError.refused(.notFound)) { try await manager.call(unknown) }
        #expect(try await manager.read(resource: 3) == Self.log)
        await manager.close()
    }

    @Test func aBoardHasFaultsOfTheLineAndOfTheDevice() async throws {
        let lossy = try TestBoard.connected(
            contents: [3: Self.log], faults: [Fault(parsing: "to-client:data-dropper=1")])
        var configuration = TransferManager.Configuration()
        configuration.settings.startTimeout = .milliseconds(1)
        configuration.settings.retries = 0
        let unheard = try TransferManager(over: lossy.1, configuration: configuration)
        do throws(TransferError) {
            _ = try await unheard.read(resource: 3)
            Issue.record("every frame to the client is lost")
        } catch {
            #expect(error.reason == .transfer(.noAnswer))
        }
        await unheard.close()

        let refusing = try TestBoard.connected(
            contents: [3: Self.log], faults: [Fault(parsing: "device:refuse=UNAVAILABLE")])
        let refused = try TransferManager(over: refusing.1)
        do throws(TransferError) {
            _ = try await refused.read(resource: 3)
            Issue.record("every transfer is refused")
        } catch {
            #expect(error.status == .unavailable)
        }
        await refused.close()
    }

    @Test func aResourceIsComparedWithData() async throws {
        let (_, transport) = try Self.makeBoard()
        let manager = try TransferManager(over: transport)
        #expect(try await manager.verify(resource: 3, data: Self.log).isSame)
        var other = Self.log
        other[7] ^= 1
        let outcome = try await manager.verify(resource: 3, data: other)
        #expect(outcome.first == .init(offset: 7, expected: other[7], found: Self.log[7]))
        #expect(outcome.differing == 1)
        await manager.close()
    }

    @Test func filesMayBeNamedByAFilePath() async throws {
        let (board, transport) = try Self.makeBoard()
        let manager = try TransferManager(over: transport)
        let folder = try TemporaryDirectory()
        let path = FilePath(folder.path).appending("log")
        #expect(try await manager.read(resource: 3, toFile: path).progress.moved == UInt64(Self.log.count))
        try await manager.write(resource: 2, file: path)
        #expect(board.content(of: 2) == Self.log)
        #expect(try await manager.verify(resource: 3, file: path).isSame)
        let error = await #expect(throws: TransferError.self) {
            try await manager.write(
                resource: 2, file: FilePath(platformString: [0x66, CChar(bitPattern: 0xFF), 0]))
        }
        guard case .file(.cannotRead(_, .illegalByteSequence)) = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        await manager.close()
    }

    @Test func aCallEndsWithItsTaskAndWithTheManager() async throws {
        // Nobody answers at the other end.
        let (transport, other) = try LocalTransport.pair()
        let manager = try TransferManager(over: transport)
        let method = Method(service: "x", method: "Y")
        func call() -> Task<CallReply, any Error> {
            Task { try await manager.call(method, timeout: .seconds(3600), deadline: .seconds(3600)) }
        }
        func waitForBytes() async throws {
            var byte = [UInt8](repeating: 0, count: 1)
            while try byte.withUnsafeMutableBytes({ try other.read(into: $0) }) == 0 { await Task.yield() }
        }
        let cancelled = call()
        try await waitForBytes()
        // This call waits for its turn, so its own time has not begun.
        let waiting = Task { try await manager.status(of: 3) }
        waiting.cancel()
        await #expect(throws: ResourceStatusError.call(.cancelled)) { try await waiting.value }
        cancelled.cancel()
        await #expect(throws: CallError.cancelled) { try await cancelled.value }
        let closed = call()
        try await waitForBytes()
        await manager.close()
        await #expect(throws: CallError.closed) { try await closed.value }
        await #expect(throws: DeviceFilesError.call(.closed)) { try await manager.files() }
    }

    @Test func aTransferMayHaveADeadlineOfItsOwn() async throws {
        let (transport, other) = try LocalTransport.pair()
        let manager = try TransferManager(over: transport)
        let error = await #expect(throws: TransferError.self) {
            try await manager.read(resource: 3, deadline: .milliseconds(1))
        }
        #expect(error?.reason == .deadline(.milliseconds(1)))
        await manager.close()
        other.close()
    }

    @Test func settingsAreThoseOfEveryTransfer() async throws {
        let (_, transport) = try Self.makeBoard()
        var configuration = TransferManager.Configuration()
        configuration.settings.version = .legacy
        configuration.settings.chunkSize = 64
        let manager = try TransferManager(over: transport, configuration: configuration)
        let report = try await manager.read(resource: 3, toFile: "/dev/null")
        #expect(report.version == .legacy)
        #expect(report.request.settings.chunkSize == 64)
        await manager.close()
    }

    @Test func everyListenerGetsTheOutputAndItsEnd() async throws {
        let (transport, device) = try LocalTransport.pair()
        let manager = try TransferManager(over: transport)
        let outputs = [manager.deviceOutput, manager.deviceOutput]
        let text = Array("ready\n".utf8)
        #expect(try text.withUnsafeBytes { try device.write($0) } == text.count)
        for output in outputs {
            var got: [UInt8] = []
            for await bytes in output {
                got += bytes
                if got.count >= text.count { break }
            }
            #expect(got == text)
        }
        let later = manager.deviceOutput
        await manager.close()
        for await _ in later { Issue.record("nothing was printed") }
        for await _ in manager.deviceOutput { Issue.record("the manager is closed") }
    }

    @Test func thePortIsClosedHoweverTheBodyEnds() async throws {
        struct Failure: Error {}
        let terminal = try PseudoTerminal()
        let name = try await TransferManager.withPort(terminal.slavePath) { $0.port }
        #expect(name == terminal.slavePath)
        await #expect(throws: Failure.self) {
            try await TransferManager.withPort(terminal.slavePath) { _ in throw Failure() }
        }
        try SerialPort(opening: terminal.slavePath).close()
    }
}

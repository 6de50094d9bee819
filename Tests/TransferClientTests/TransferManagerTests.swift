internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import Synchronization
internal import TestSupport
internal import Testing
internal import TransferClient
import TransferManager

@Suite(.timeLimit(.minutes(30))) struct TransferManagerTests {
    private static let size = 60_000
    private static let longSize = 64_000_000

    private static func makeDevice(contexts: Int = 3) throws -> DeviceOnPort {
        var configuration = DeviceConfiguration(chunkBuffer: 1000)
        configuration.contexts = contexts
        configuration.minDelay = .zero
        configuration.window = 16_000
        return try DeviceOnPort(configuration) {
            [
                DeviceResource(id: 1, storage: MemoryResource()),
                DeviceResource(id: 3, isWritable: false, storage: MemoryResource(patternBytes(size))),
                DeviceResource(id: 4, isWritable: false, storage: MemoryResource([])),
                DeviceResource(
                    id: 5, isWritable: false,
                    storage: MemoryResource([UInt8](repeating: 0xA5, count: longSize))),
            ]
        }
    }

    private func failure<Value>(_ body: () async throws -> Value) async throws -> TransferError {
        try #require(await #expect(throws: TransferError.self) { _ = try await body() })
    }

    // MARK: Whole data and files

    @Test(arguments: [0, 1, 447, 448, 449, 50_000]) func writesAndReadsBack(count: Int) async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let data = patternBytes(count)
        let report = try await manager.write(resource: 1, data: data)
        #expect(report.progress.moved == UInt64(count))
        #expect(try await manager.read(resource: 1) == data)
        await manager.close()
    }

    @Test func beginsAtAnOffset() async throws {
        let device = try Self.makeDevice()
        let manager = try TransferManager(over: SerialPort(opening: device.path))
        #expect(try await manager.read(resource: 3, offset: 59_000) == patternBytes(Self.size).suffix(1000))
        await manager.close()
    }

    @Test func copiesFiles() async throws {
        let directory = try TemporaryDirectory()
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let (original, copy) = (directory.file("original"), directory.file("copy"))
        #expect(try await manager.read(resource: 3, toFile: original).progress.moved == UInt64(Self.size))
        try await manager.write(resource: 1, file: original)
        try await manager.read(resource: 1, toFile: copy)
        #expect(try contents(of: copy) == patternBytes(Self.size))
        let missing = try await failure { try await manager.write(resource: 1, file: directory.file("none")) }
        guard case .file(.cannotRead) = missing.reason else {
            Issue.record("\(missing)")
            return
        }
        await manager.close()
        #expect(directory.names == ["copy", "original"])
    }

    @Test func takesNoMoreIntoMemoryThanAllowed() async throws {
        let device = try Self.makeDevice()
        var configuration = TransferManager.Configuration()
        configuration.memoryLimit = Self.size - 1
        let manager = try await TransferManager(device.path, configuration: configuration)
        let error = try await failure { try await manager.read(resource: 3) }
        #expect(error.status == .dataLoss)
        #expect(try await manager.read(resource: 4).isEmpty)
    }

    // MARK: Streams

    @Test func streamsBothWays() async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let data = patternBytes(200_000)
        let pieces = stride(from: 0, to: data.count, by: 7000).map {
            Array(data[$0..<min($0 + 7000, data.count)])
        }
        let stream = AsyncStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        try await manager.write(resource: 1, chunks: stream)
        var got: [UInt8] = []
        for try await chunk in manager.chunks(resource: 1) {
            #expect(!chunk.isEmpty)
            got += chunk
        }
        #expect(got == data)
        for try await _ in manager.chunks(resource: 4) { Issue.record("an empty resource has no chunks") }
    }

    @Test func aReaderThatTakesNothingHoldsTheDeviceUp() async throws {
        let (slow, other) = (try Self.makeDevice(), try Self.makeDevice())
        let manager = try await TransferManager(slow.path)
        let witness = try await TransferManager(other.path)
        let progress = TransferProgress()
        var taken = 0
        do {
            var chunks = manager.chunks(resource: 5, progress: progress).makeAsyncIterator()
            taken = try #require(try await chunks.next()).count
            // An equal device could send much more in this time.
            for _ in 0..<8 { #expect(try await witness.read(resource: 3).count == Self.size) }
        }
        var last: TransferReport?
        for await report in progress { last = report }
        let moved = try #require(last).progress.moved
        #expect(moved >= taken)
        #expect(moved <= UInt64(taken) + 80_000)
        #expect(try await manager.read(resource: 4).isEmpty)
    }

    @Test func asksASequenceForLittleAhead() async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let asked = Counter()
        let endless = AsyncStream { asked.next() < 100_000 ? [UInt8](repeating: 1, count: 1000) : nil }
        let error = try await failure { try await manager.write(resource: 9, chunks: endless) }
        #expect(error.status == .notFound)
        #expect((1...100).contains(asked.value))
    }

    @Test func aSequenceThatFailsEndsTheTransferOnTheDevice() async throws {
        struct Accident: Error {}
        let device = try Self.makeDevice(contexts: 1)
        let manager = try await TransferManager(device.path)
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        continuation.yield(patternBytes(30_000))
        continuation.finish(throwing: Accident())
        await #expect(throws: Accident.self) { try await manager.write(resource: 1, chunks: stream) }
        try await manager.write(resource: 1, data: [7])
        #expect(try await manager.read(resource: 1) == [7])
    }

    // MARK: Progress

    @Test func tellsProgressToTheEnd() async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let progress = TransferProgress(every: .zero)
        async let data = manager.read(resource: 3, progress: progress)
        var moved: [UInt64] = []
        for await report in progress { moved.append(report.progress.moved) }
        #expect(try await data.count == Self.size)
        #expect(moved == moved.sorted())
        #expect(moved.last == UInt64(Self.size))
    }

    // MARK: Ends

    @Test func cancellationFreesTheOnlyContextOfTheDevice() async throws {
        let device = try Self.makeDevice(contexts: 1)
        let manager = try await TransferManager(device.path)
        let progress = TransferProgress()
        let task = Task { try await manager.read(resource: 5, progress: progress) }
        for await report in progress where report.progress.moved > 0 { break }
        task.cancel()
        let error = try await failure { try await task.value }
        #expect(error.reason == .transfer(.cancelled))
        #expect(error.report.progress.moved > 0)
        #expect(try await manager.read(resource: 4).isEmpty)
        let statuses = device.events.compactMap { event -> Status? in
            guard case .ended(_, let status, _) = event else { return nil }
            return status
        }
        #expect(statuses.first == .cancelled)
        #expect(!device.events.contains { if case .refused = $0 { true } else { false } })
    }

    @Test func cancelsATransferThatWaitsForItsTurn() async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        var running = manager.chunks(resource: 5).makeAsyncIterator()
        _ = try await running.next()
        let waiting = Task { try await manager.read(resource: 3) }
        waiting.cancel()
        let error = try await failure { try await waiting.value }
        #expect(error.reason == .transfer(.cancelled))
        #expect(error.report.bytesSent == 0)
        #expect(try await running.next() != nil)
    }

    @Test func namesStatusResourceAndWhatToDo() async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        let error = try await failure { try await manager.read(resource: 9) }
        #expect(error.status == .notFound)
        #expect(error.resource == 9)
        #expect(
            "\(error)" == """
                resource 9 was not read: the device refused with NOT_FOUND \
                (the firmware has no resource of this number); \
                check the resource's number, and that the firmware registers a handler for it at startup
                """)
        let refusal = try await failure { try await manager.write(resource: 3, data: [1]) }
        #expect(refusal.status == .permissionDenied)
        #expect(refusal.cause == "the resource can only be read")
        #expect(refusal.advice == "check the resource's number, or use read")
    }

    @Test func runsOneTransferAfterTheOther() async throws {
        let device = try Self.makeDevice(contexts: 1)
        let manager = try await TransferManager(device.path)
        let counts = try await withThrowingTaskGroup { group in
            for _ in 0..<5 { group.addTask { try await manager.read(resource: 3).count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [Int](repeating: Self.size, count: 5))
        #expect(!device.events.contains { if case .refused = $0 { true } else { false } })
    }

    @Test func managersRunSideBySide() async throws {
        let devices = try (0..<2).map { _ in try Self.makeDevice() }
        // Without this, optimized code may end the devices after the last use of the array.
        defer { withExtendedLifetime(devices) {} }
        let first = try await TransferManager(devices[0].path)
        let second = try await TransferManager(devices[1].path)
        var held = first.chunks(resource: 5).makeAsyncIterator()
        #expect(try await held.next() != nil)
        #expect(try await second.read(resource: 3) == patternBytes(Self.size))
        #expect(try await held.next() != nil)
    }

    /// As `AsyncIteratorProtocol` requires, nothing follows an error or the end.
    @Test(arguments: [(9, 0), (4, 0), (3, 1)] as [(UInt32, Int)])
    func nothingFollowsTheEndOfASequence(resource: UInt32, leastPieces: Int) async throws {
        let device = try Self.makeDevice()
        let manager = try await TransferManager(device.path)
        var chunks = manager.chunks(resource: resource).makeAsyncIterator()
        var pieces = 0
        if resource == 9 {
            #expect(try await failure { _ = try await chunks.next() }.status == .notFound)
        } else {
            while try await chunks.next() != nil { pieces += 1 }
        }
        #expect(pieces >= leastPieces)
        #expect(try await chunks.next() == nil)
        #expect(try await chunks.next() == nil)
    }

    @Test func closeEndsWhatRunsAndWhatWaits() async throws {
        let device = try Self.makeDevice(contexts: 1)
        let manager = try await TransferManager(device.path)
        var running = manager.chunks(resource: 5).makeAsyncIterator()
        _ = try await running.next()
        let waiting = Task { try await manager.read(resource: 3) }
        await manager.close()
        #expect(try await failure { try await waiting.value }.reason == .closed)
        #expect(try await failure { while try await running.next() != nil {} }.reason == .closed)
        #expect(try await failure { try await manager.read(resource: 3) }.reason == .closed)
        await manager.close()
        let next = try await TransferManager(device.path)
        #expect(try await next.read(resource: 3).count == Self.size)
    }

    @Test func aManagerThatNobodyHoldsReleasesItsPort() async throws {
        let device = try Self.makeDevice()
        let transport = try SerialPort(opening: device.path)
        do { _ = try await TransferManager(over: transport).read(resource: 4) }
        while transport.fileDescriptor != -1 { await Task.yield() }
    }

    // MARK: The port

    @Test func handsOutWhatTheDevicePrintsBetweenTransfers() async throws {
        let terminal = try PseudoTerminal()
        let (text, continuation) = AsyncStream<[UInt8]>.makeStream()
        var configuration = TransferManager.Configuration()
        configuration.deviceOutput = { continuation.yield($0) }
        let manager = try await TransferManager(terminal.slavePath, configuration: configuration)
        let greeting = Array("ready\n".utf8)
        #expect(try greeting.withUnsafeBytes { try terminal.write($0) } == greeting.count)
        var got: [UInt8] = []
        for await bytes in text {
            got += bytes
            if got.count >= greeting.count { break }
        }
        #expect(got == greeting)
        await manager.close()
    }

    @Test func tellsThatThePortWentAway() async throws {
        let terminal = try PseudoTerminal()
        let manager = try await TransferManager(terminal.slavePath)
        terminal.close()
        let error = try await failure { try await manager.read(resource: 3) }
        #expect(error.reason == .link(.disconnected(path: manager.port)))
        #expect(error.status == nil)
    }

    @Test func theOpeningOfAPortCanBeCancelled() async throws {
        let host = try DeafHost()
        let opening = Task { try await TransferManager("tcp:\(host.address)") }
        opening.cancel()
        await #expect(throws: PortRequestError.stopped) { _ = try await opening.value }
    }

    @Test func refusesPortsThatAreNotThere() async throws {
        await #expect(throws: PortRequestError.unusable(.notFound(path: "/dev/none"))) {
            try await TransferManager("/dev/none")
        }
        await #expect(throws: InvalidPortSelector.self) { try await TransferManager("usb:x") }
    }
}

/// A TCP service whose queue of clients is full, so that the next client gets no answer.
private struct DeafHost {
    let address: TCPAddress

    private let listener: TCPListener
    private let clients: [SocketConnection]

    init() throws {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        self.listener = listener
        address = listener.address
        var clients: [SocketConnection] = []
        do throws(SerialPortError) {
            while clients.count < 64 {
                clients.append(try SocketConnection(to: listener.address, timeout: .milliseconds(100)))
            }
        } catch {
            // This means that the queue of the listener is full.
            guard case .connectionFailed = error else { throw error }
        }
        try #require(clients.count < 64)
        self.clients = clients
    }
}

/// Counts calls from any task.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

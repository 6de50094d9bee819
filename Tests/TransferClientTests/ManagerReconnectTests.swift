internal import PigweedTransfer
internal import SerialPort
internal import SimulatedDevice
internal import Synchronization
internal import TestSupport
internal import Testing
internal import TransferClient
import TransferManager

/// Transfers of a manager while its device goes away.
@Suite(.timeLimit(.minutes(30))) struct ManagerReconnectTests {
    private static let data = patternBytes(60_000)

    /// A device with resource 1 to write and resource 3 to read.
    ///
    /// - Parameters:
    ///   - end: when the device hangs up.
    ///   - isFinal: whether the device never comes back after that.
    private static func makeDevice(
        hangsUp end: DeviceFault.Moment? = nil, isFinal: Bool = false, link: String? = nil,
        unheard: Int = 0, kept: [UInt8]? = nil,
        status: MemoryResource.StatusSource = .content
    ) throws -> DeviceOnPort {
        var configuration = DeviceConfiguration(chunkBuffer: 1000)
        configuration.minDelay = .zero
        configuration.window = 4000
        if let end { configuration.apply(.accident(isFinal ? .unplug : .hangUp, when: end)) }
        return try DeviceOnPort(configuration, link: link, unheard: unheard) {
            let storage = MemoryResource(kept)
            storage.statusSource = status
            return [
                DeviceResource(id: 1, storage: storage),
                DeviceResource(id: 3, isWritable: false, storage: MemoryResource(data)),
            ]
        }
    }

    /// A manager of a device that hangs up for good. Another device takes its place.
    private static func makeManager(
        of first: DeviceOnPort, then second: DeviceOnPort, _ news: News
    ) throws -> TransferManager {
        var configuration = TransferManager.Configuration()
        configuration.reconnection = { news.add($0) }
        return try TransferManager(
            over: SerialPort(opening: first.path), recovery: Replacement(by: second.path),
            configuration: configuration)
    }

    private func failure<Value>(_ body: () async throws -> Value) async throws -> TransferError {
        try #require(await #expect(throws: TransferError.self) { _ = try await body() })
    }

    // MARK: The same port again

    @Test(arguments: [1, 10, 40, 70])
    func theSameDeviceIsAwaited(afterChunks count: Int) async throws {
        let directory = try TemporaryDirectory()
        let device = try Self.makeDevice(hangsUp: .afterChunks(count), link: directory.file("board"))
        let manager = try await TransferManager(device.path, reconnect: .unlimited)
        #expect(try await manager.read(resource: 3) == Self.data)
        try await manager.write(resource: 1, data: Self.data)
        #expect(try await manager.read(resource: 1) == Self.data)
        #expect(device.events.contains(.hungUp))
        #expect(manager.port == directory.file("board"))
    }

    @Test func aDeviceThatWentAwayBetweenTwoTransfersIsAwaited() async throws {
        let directory = try TemporaryDirectory()
        let link = directory.file("board")
        let news = News()
        var configuration = TransferManager.Configuration()
        configuration.reconnection = { news.add($0) }
        var device: DeviceOnPort? = try Self.makeDevice(link: link)
        let manager = try await TransferManager(link, reconnect: .unlimited, configuration: configuration)
        #expect(try await manager.read(resource: 3) == Self.data)
        #expect(device != nil)
        device = nil
        let lost = Task { try await manager.write(resource: 1, data: Self.data) }
        await news.first { if case .lost = $0 { true } else { false } }
        device = try Self.makeDevice(link: link)
        let report = try await lost.value
        #expect(report.reconnects == 1)
        #expect(news.all.last == .startsOver(ReconnectionNews.Cause(.nothingMoved)))
        #expect(try await manager.read(resource: 1) == Self.data)
    }

    @Test func patienceEnds() async throws {
        let directory = try TemporaryDirectory()
        let device = try Self.makeDevice(
            hangsUp: .afterChunks(20), isFinal: true, link: directory.file("board"))
        let manager = try await TransferManager(device.path, reconnect: .limited(.milliseconds(1)))
        let error = try await failure { try await manager.read(resource: 3) }
        guard case .notResumed(.disconnected, .portUnavailable) = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect("\(error)".contains("did not come back"), "\(error)")
        #expect(try await failure { try await manager.read(resource: 3) }.report.bytesReceived == 0)
    }

    /// A limit shortens the patience, and does not create any where there is none.
    @Test(arguments: [
        (PortRequest.Patience.none, false), (.limited(.milliseconds(1)), true), (.unlimited, true),
    ])
    func aLimitMakesNoPatience(patience: PortRequest.Patience, waits: Bool) throws {
        let terminal = try PseudoTerminal()
        let transport = try SerialPort(opening: terminal.slavePath)
        let hasWaited = Mutex(false)
        let recovery = try PortRecovery(
            of: transport, openedBy: PortRequest(PortSelector(.node(terminal.slavePath))), patience: patience,
            onNews: { news in if case .waiting = news { hasWaited.withLock { $0 = true } } })
        terminal.close()
        #expect(throws: PortRequestError.self) {
            try recovery.recover(within: .milliseconds(1), stop: nil)
        }
        #expect(hasWaited.withLock { $0 } == waits)
    }

    @Test(arguments: [false, true]) func theWaitCanBeEnded(byClosing: Bool) async throws {
        let directory = try TemporaryDirectory()
        let device = try Self.makeDevice(
            hangsUp: .afterChunks(20), isFinal: true, link: directory.file("board"))
        let news = News()
        var configuration = TransferManager.Configuration()
        configuration.reconnection = { news.add($0) }
        let manager = try await TransferManager(
            device.path, reconnect: .unlimited, configuration: configuration)
        let read = Task { try await manager.read(resource: 3) }
        await news.first { if case .lost = $0 { true } else { false } }
        if byClosing { await manager.close() } else { read.cancel() }
        let error = try await failure { try await read.value }
        #expect(error.reason == (byClosing ? .closed : .transfer(.cancelled)))
        #expect(error.report.reconnects == 0)
    }

    // MARK: A line of one's own

    @Test func aReadGoesOnWhereItWas() async throws {
        let (first, second) = (try Self.makeDevice(hangsUp: .atOffset(30_000)), try Self.makeDevice())
        let news = News()
        let manager = try Self.makeManager(of: first, then: second, news)
        var got: [UInt8] = []
        for try await chunk in manager.chunks(resource: 3) { got += chunk }
        #expect(got == Self.data)
        #expect(news.all.count == 3)
        #expect(news.all[1] == .back(port: second.path))
        guard case .goesOn(let offset) = news.all[2] else {
            Issue.record("\(news.all)")
            return
        }
        #expect((1...30_000).contains(offset))
        #expect(manager.port == second.path)
    }

    @Test(
        arguments: [
            (patternBytes(20_000), .content, .goesOn(offset: 20_000)),
            (patternBytes(1), .content, .goesOn(offset: 1)),
            ([], .content, .startsOver(ReconnectionNews.Cause(.notResumable(.nothingKept)))),
            (
                [UInt8](repeating: 0, count: 20_000), .content,
                .startsOver(ReconnectionNews.Cause(.notResumable(.foreign(20_000))))
            ),
            (
                patternBytes(60_001), .content,
                .startsOver(ReconnectionNews.Cause(.notResumable(.moreThanSent(60_001))))
            ),
            (
                patternBytes(20_000), .unimplemented,
                .startsOver(ReconnectionNews.Cause(.notResumable(.notTold)))
            ),
        ] as [([UInt8], MemoryResource.StatusSource, ReconnectionNews)])
    func aWriteGoesOnIfTheDeviceHasItsBeginning(
        kept: [UInt8], status: MemoryResource.StatusSource, expected: ReconnectionNews
    ) async throws {
        for isStream in [false, true] {
            let first = try Self.makeDevice(hangsUp: .atOffset(30_000))
            let second = try Self.makeDevice(kept: kept, status: status)
            let news = News()
            let manager = try Self.makeManager(of: first, then: second, news)
            if isStream {
                let chunks = AsyncStream { continuation in
                    continuation.yield(Self.data)
                    continuation.finish()
                }
                try await manager.write(resource: 1, chunks: chunks)
            } else {
                try await manager.write(resource: 1, data: Self.data)
            }
            #expect(news.all.last == expected)
            #expect(try await manager.read(resource: 1) == Self.data)
        }
    }

    /// A device that has just come back may still be starting.
    @Test func theDeviceIsAskedUntilItHears() async throws {
        let first = try Self.makeDevice(hangsUp: .atOffset(30_000))
        let second = try Self.makeDevice(unheard: 2, kept: patternBytes(20_000))
        let news = News()
        let manager = try Self.makeManager(of: first, then: second, news)
        try await manager.write(resource: 1, data: Self.data)
        #expect(news.all.last == .goesOn(offset: 20_000))
    }

    /// All data were sent, but it is unknown whether the device has completed the write.
    @Test func whatIsCompleteIsWrittenAgain() async throws {
        let first = try Self.makeDevice(hangsUp: .inState(.terminating))
        let second = try Self.makeDevice(kept: Self.data)
        let news = News()
        let manager = try Self.makeManager(of: first, then: second, news)
        try await manager.write(resource: 1, data: Self.data)
        #expect(news.all.last == .startsOver(ReconnectionNews.Cause(.notResumable(.complete(60_000)))))
        #expect(try await manager.read(resource: 1) == Self.data)
    }

    @Test func aLongStreamCannotStartOver() async throws {
        let first = try Self.makeDevice(hangsUp: .atOffset(2_500_000))
        let second = try Self.makeDevice(kept: patternBytes(20_000))
        let manager = try Self.makeManager(of: first, then: second, News())
        let endless = AsyncStream { [UInt8](repeating: 1, count: 10_000) }
        let error = try await failure { try await manager.write(resource: 1, chunks: endless) }
        guard case .notResumed(.disconnected, .cannotStartOver(.sourceCannotGoBack)) = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect(error.advice == "write from memory or a file, not from a stream")
    }
}

/// A recovery that opens the port of another device.
private final class Replacement: LineRecovery {
    private let path: String

    init(by path: String) {
        self.path = path
    }

    func recover(within limit: Duration?, stop: StopRequest?) throws(PortRequestError) -> any ByteTransport {
        do throws(SerialPortError) { return try SerialPort(opening: path) } catch { throw .unusable(error) }
    }
}

/// The news that a manager reports about its line.
private final class News: Sendable {
    private let items = Mutex<[ReconnectionNews]>([])
    private let stream: AsyncStream<ReconnectionNews>
    private let continuation: AsyncStream<ReconnectionNews>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    var all: [ReconnectionNews] { items.withLock { $0 } }

    func add(_ news: ReconnectionNews) {
        items.withLock { $0.append(news) }
        continuation.yield(news)
    }

    /// Waits for the first news of this kind.
    func first(where isMeant: (ReconnectionNews) -> Bool) async {
        for await news in stream where isMeant(news) { return }
    }
}

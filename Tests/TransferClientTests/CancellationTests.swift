internal import PigweedTransfer
internal import SimulatedDevice
internal import TestSupport
internal import Testing
internal import TransferClient
import TransferManager

/// Transfers that are given up at any moment. The device has one context, so a session that does not end on the
/// device would block the next transfer.
@Suite(.timeLimit(.minutes(30))) struct CancellationTests {
    private static let data = patternBytes(20_000)

    private static func makeDevice() throws -> DeviceOnPort {
        var configuration = DeviceConfiguration(chunkBuffer: 1000)
        configuration.contexts = 1
        configuration.minDelay = .zero
        return try DeviceOnPort(configuration) {
            [
                DeviceResource(id: 1, storage: MemoryResource()),
                DeviceResource(id: 3, isWritable: false, storage: MemoryResource(data)),
            ]
        }
    }

    private enum Transfer: CaseIterable {
        case read
        case pieces
        case write
        case stream

        func run(with manager: TransferManager) async throws {
            switch self {
            case .read: #expect(try await manager.read(resource: 3) == data)
            case .pieces:
                var count = 0
                for try await piece in manager.chunks(resource: 3) { count += piece.count }
                #expect(count == data.count)
            case .write: try await manager.write(resource: 1, data: data)
            case .stream:
                let pieces = stride(from: 0, to: data.count, by: 1000).map { Array(data[$0..<$0 + 1000]) }
                let stream = AsyncStream { continuation in
                    for piece in pieces { continuation.yield(piece) }
                    continuation.finish()
                }
                try await manager.write(resource: 1, chunks: stream)
            }
        }
    }

    /// In each round, the transfer gets a little more time: that of reading a growing part from another device.
    @Test(arguments: Transfer.allCases) private func theNextTransferWorks(transfer: Transfer) async throws {
        let (device, other) = (try Self.makeDevice(), try Self.makeDevice())
        let manager = try await TransferManager(device.path)
        let pacemaker = try await TransferManager(other.path)
        var cancelled = 0
        for round in 0..<40 {
            let task = Task { try await transfer.run(with: manager) }
            if round > 0 {
                _ = try await pacemaker.read(resource: 3, offset: UInt64(20_000 - min(round * 500, 20_000)))
            }
            task.cancel()
            do {
                try await task.value
            } catch {
                let failure = try #require(error as? TransferError)
                #expect(failure.reason == .transfer(.cancelled))
                cancelled += 1
            }
            #expect(try await manager.read(resource: 3) == Self.data, "round \(round)")
        }
        #expect(cancelled > 0)
        #expect(!device.events.contains { if case .refused = $0 { true } else { false } })
        await manager.close()
        await pacemaker.close()
    }

    @Test(arguments: Transfer.allCases) private func closingEndsIt(transfer: Transfer) async throws {
        let device = try Self.makeDevice()
        for round in 0..<10 {
            let manager = try await TransferManager(device.path)
            let task = Task { try await transfer.run(with: manager) }
            for _ in 0..<round * 20 { await Task.yield() }
            await manager.close()
            do {
                try await task.value
            } catch {
                #expect((error as? TransferError)?.reason == .closed)
            }
        }
    }
}

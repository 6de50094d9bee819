internal import Machine
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// The data of a write on their way from a task to the thread of a `TransferLoop`.
final class ChunkSource: ByteSource, Sendable {
    /// The task is kept waiting while at least this many bytes wait for the transfer. This must be more than a chunk,
    /// since the byte behind a chunk shows that it is not the last one.
    private static let limit = 1 << 16

    private struct State {
        var kept = KeptBytes()
        var failure: (any Error)?
        /// Whether the transfer is over and takes no bytes any more.
        var isAbandoned = false
        var writer: CheckedContinuation<Void, Never>?

        var isFull: Bool { !isAbandoned && kept.aheadCount >= ChunkSource.limit }
    }

    let name = "the sequence"
    private let state = Mutex(State())
    private let news: Wakeup

    init() throws(Errno) {
        news = try Wakeup()
    }

    var size: UInt64? { nil }

    var waitDescriptor: Int32 { news.descriptor }

    /// The error that ended the sequence; `nil` if there was none.
    var failure: (any Error)? { state.withLock { $0.failure } }

    // MARK: The task

    /// Takes the pieces of a sequence at the pace of the transfer, until the sequence or the transfer is over.
    func take<Chunks: AsyncSequence>(_ chunks: Chunks) async where Chunks.Element: Collection<UInt8> {
        do {
            for try await chunk in chunks {
                guard await add(Array(chunk)) else { return }
            }
            finish(nil)
        } catch {
            finish(error)
        }
    }

    /// Adds bytes, and waits until more can be added. False once the transfer is over.
    private func add(_ bytes: [UInt8]) async -> Bool {
        state.withLock { state in
            state.kept.bytes += bytes
            news.raise()
        }
        await withCheckedContinuation { continuation in
            let isFull = state.withLock { state in
                if state.isFull { state.writer = continuation }
                return state.isFull
            }
            if !isFull { continuation.resume() }
        }
        return state.withLock { !$0.isAbandoned }
    }

    private func finish(_ failure: (any Error)?) {
        state.withLock { state in
            state.failure = failure
            state.kept.hasEnded = true
            news.raise()
        }
    }

    // MARK: The transfer

    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        let count = buffer.count
        let (bytes, result, writer) = try state.withLock {
            state throws(FileError) -> ([UInt8], SourceBytes, CheckedContinuation<Void, Never>?) in
            news.lower()
            if state.failure != nil { throw .cannotRead(path: name, .ioError) }
            let index = try state.kept.index(of: position, name: name)
            guard state.kept.suffices(from: index, count: count) else { return ([], .notYet, nil) }
            var bytes = [UInt8](repeating: 0, count: count)
            let result = bytes.withUnsafeMutableBytes { state.kept.give(from: index, into: $0) }
            guard !state.isFull else { return (bytes, result, nil) }
            defer { state.writer = nil }
            return (bytes, result, state.writer)
        }
        writer?.resume()
        buffer.copyBytes(from: bytes)
        return result
    }

    /// Notes that the transfer is over, and ends the task's wait.
    func abandon() {
        let writer: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.isAbandoned = true
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
    }
}

internal import PigweedTransfer
internal import SystemPackage
internal import TransferClient

/// A resource of a device as an asynchronous sequence of pieces.
struct ResourceChunks: AsyncSequence {
    let manager: TransferManager
    let request: TransferRequest
    let progress: TransferProgress?
    let deadline: Duration?

    /// Begins a transfer.
    func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// One transfer. It is cancelled when nobody holds the iterator any more.
    struct Iterator: AsyncIteratorProtocol {
        /// The transfer; `nil` once all bytes were given or the transfer failed.
        private var reader: Result<ChunkReader, TransferError>?

        init(_ chunks: ResourceChunks) {
            do throws(Errno) {
                reader = .success(ChunkReader(chunks, queue: try ChunkQueue()))
            } catch {
                reader = .failure(chunks.manager.outOfDescriptors(error, chunks.request, chunks.progress))
            }
        }

        /// The next piece; `nil` once all bytes of the resource were given and the device has confirmed the end, and
        /// after an error.
        ///
        /// - Throws: the failure of the transfer, once.
        mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransferError) -> [UInt8]? {
            guard let current = reader else { return nil }
            reader = nil
            guard let bytes = try await current.get().next().get() else { return nil }
            reader = current
            return bytes
        }
    }
}

/// A transfer, and the task that waits for its end.
private final class ChunkReader: Sendable {
    private let queue: ChunkQueue
    private let transfer: Task<Void, Never>

    init(_ chunks: ResourceChunks, queue: ChunkQueue) {
        self.queue = queue
        let request = chunks.request
        transfer = Task {
            [manager = chunks.manager, progress = chunks.progress, deadline = chunks.deadline] in
            do throws(TransferError) {
                try await manager.transfer(request, progress, within: deadline) {
                    loop, options throws(TransferError) in
                    _ = try loop.read(
                        request, into: ChunkSink(queue, stop: options.stop), options: options)
                }
                queue.end(.success(nil))
            } catch {
                queue.end(.failure(error))
            }
        }
    }

    deinit {
        transfer.cancel()
    }

    func next() async -> ChunkQueue.Delivery {
        await withTaskCancellationHandler {
            await queue.next()
        } onCancel: {
            transfer.cancel()
        }
    }
}

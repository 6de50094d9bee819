internal import Machine
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// The data of a read on their way from the thread of a `TransferLoop` to a task.
final class ChunkQueue: Sendable {
    /// The result for a task: bytes, `nil` at the end of the data, or the failure of the transfer.
    typealias Delivery = Result<[UInt8]?, TransferError>

    /// The device is kept waiting while at least this many bytes wait for the task.
    private static let limit = 1 << 16

    private struct State {
        var bytes: [UInt8] = []
        /// How many bytes the task has taken so far.
        var taken: UInt64 = 0
        var end: Delivery?
        var reader: CheckedContinuation<Delivery, Never>?

        mutating func deliver() -> (CheckedContinuation<Delivery, Never>, Delivery)? {
            guard let reader, let delivery = take() else { return nil }
            self.reader = nil
            return (reader, delivery)
        }

        mutating func take() -> Delivery? {
            guard !bytes.isEmpty else { return end }
            taken += UInt64(bytes.count)
            defer { bytes = [] }
            return .success(bytes)
        }
    }

    private let state = Mutex(State())
    private let room: Wakeup

    init() throws(Errno) {
        room = try Wakeup()
    }

    /// Waits for bytes or the end; one task at a time.
    func next() async -> Delivery {
        await withCheckedContinuation { continuation in
            if deliver(after: { $0.reader = continuation }) { room.raise() }
        }
    }

    /// Ends the data. A waiting task learns of the end only after it has taken every byte.
    func end(_ end: Delivery) {
        _ = deliver { $0.end = end }
    }

    /// Adds bytes; blocks while too many wait.
    ///
    /// - Returns: false if `stop` ended the wait.
    func add(_ bytes: [UInt8], stop: StopRequest?) -> Bool {
        _ = deliver { $0.bytes += bytes }
        var wait = DescriptorWait(count: 2)
        while isFull {
            if let stop {
                guard stop.signal == nil else { return false }
                wait.set(1, stop.descriptor, .read)
            }
            wait.set(0, room.descriptor, .read)
            wait.wait(until: nil)
        }
        return true
    }

    /// Discards all bytes if the task has taken none. Returns how many bytes the task has taken already.
    func restart() -> UInt64 {
        state.withLock { state in
            if state.taken == 0 { state.bytes = [] }
            return state.taken
        }
    }

    /// Gives a waiting task what there is for it after a change. Returns whether there was something.
    private func deliver(after change: (inout State) -> Void) -> Bool {
        let delivery = state.withLock { state in
            change(&state)
            return state.deliver()
        }
        guard let (reader, result) = delivery else { return false }
        reader.resume(returning: result)
        return true
    }

    private var isFull: Bool {
        state.withLock { state in
            room.lower()
            return state.bytes.count >= Self.limit
        }
    }
}

/// Puts the data of a read into a ``ChunkQueue``.
final class ChunkSink: ByteSink {
    let name = "the reader of the chunks"
    private let queue: ChunkQueue
    private let stop: StopRequest?

    init(_ queue: ChunkQueue, stop: StopRequest?) {
        self.queue = queue
        self.stop = stop
    }

    func write(_ bytes: Span<UInt8>) throws(FileError) {
        guard queue.add(bytes.array, stop: stop) else {
            throw .stopped(path: name)
        }
    }

    func synchronize() throws(FileError) {}

    func restart() throws(FileError) {
        let taken = queue.restart()
        guard taken == 0 else { throw .targetCannotGoBack(path: name, written: taken) }
    }

    func commit() throws(FileError) {}

    func discard() {}
}

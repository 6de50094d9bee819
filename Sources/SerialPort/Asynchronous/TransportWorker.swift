internal import Machine
internal import Synchronization
internal import SystemPackage

/// A thread that does the reads and writes of an ``AsyncTransport``.
final class TransportWorker: Sendable {
    enum Operation: Sendable {
        case read
        case write([UInt8])
    }

    struct Outcome: Sendable {
        var bytes: [UInt8] = []
        var written = 0
    }

    typealias Result = Swift.Result<Outcome, SerialPortError>

    /// An operation that waits for its turn or for the transport.
    private struct Request: Sendable {
        let token: Token
        let deadline: Instant?
        var bytes: [UInt8] = []
        var written = 0
        let continuation: CheckedContinuation<Result, Never>
    }

    /// The identity of an operation, and whether it is cancelled.
    private final class Token: Sendable {
        let isCancelled = Atomic(false)
    }

    private struct State {
        var reads: [Request] = []
        var writes: [Request] = []
        /// Bytes that arrived while only writes waited. The next read gets them, so no read ever waits beside them.
        var unclaimed: [UInt8] = []
        var failure: SerialPortError?
        var isClosing = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []

        var nextDeadline: Instant? { (reads + writes).compactMap(\.deadline).min() }

        /// Removes and returns the requests that have failed, are cancelled, or have passed their deadline.
        mutating func takeEnded(at now: Instant) -> [(Request, Result)] {
            let ends: (Request) -> Bool = { [failure] request in
                failure != nil || request.token.isCancelled.load(ordering: .relaxed)
                    || request.deadline.map { $0 <= now } ?? false
            }
            let ended = (reads + writes).filter(ends)
            reads.removeAll(where: ends)
            writes.removeAll(where: ends)
            return ended.map { request in
                (request, failure.map { .failure($0) } ?? .success(Outcome(written: request.written)))
            }
        }
    }

    private enum Slot {
        static let transport = 0
        static let wakeup = 1
        static let count = 2
    }

    private static let readSize = 1 << 14
    /// With this many unclaimed bytes, nothing more is read for a write.
    private static let unclaimedLimit = 1 << 16

    private let transport: any ByteTransport
    private let wakeup: Wakeup
    private let state = Mutex(State())

    init(_ transport: any ByteTransport) throws(Errno) {
        self.transport = transport
        wakeup = try Wakeup()
        try BackgroundThread.start { [self] in run() }
    }

    func perform(_ operation: Operation, timeout: Duration?) async -> Result {
        let token = Token()
        let deadline = timeout.map { MonotonicClock.now + $0 }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result: Result? = state.withLock { state in
                    if case .read = operation, !state.unclaimed.isEmpty,
                        !token.isCancelled.load(ordering: .relaxed)
                    {
                        defer { state.unclaimed = [] }
                        // The thread may read for a write again.
                        wakeup.raise()
                        return .success(Outcome(bytes: state.unclaimed))
                    }
                    if let failure = state.failure { return .failure(failure) }
                    var request = Request(token: token, deadline: deadline, continuation: continuation)
                    switch operation {
                    case .read: state.reads.append(request)
                    case .write(let bytes):
                        request.bytes = bytes
                        state.writes.append(request)
                    }
                    wakeup.raise()
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            token.isCancelled.store(true, ordering: .relaxed)
            wakeup.raise()
        }
    }

    func requestClose() {
        state.withLock { $0.isClosing = true }
        wakeup.raise()
    }

    func close() async {
        requestClose()
        await withCheckedContinuation { closer in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.closers.append(closer) }
                return state.isClosed
            }
            if isClosed { closer.resume() }
        }
    }

    private func run() {
        var wait = DescriptorWait(count: Slot.count)
        var buffer = [UInt8](repeating: 0, count: Self.readSize)
        while true {
            wakeup.lower()
            endRequests(at: MonotonicClock.now)
            let (interest, deadline, isClosing) = state.withLock { state in
                var interest: DescriptorWait.Interest = []
                if !state.writes.isEmpty, !transport.isSuspended { interest.insert(.write) }
                // Only a read shows that a suspended transport takes bytes again.
                let mustRead =
                    !state.writes.isEmpty && transport.isSuspended
                    && state.unclaimed.count < Self.unclaimedLimit
                if !state.reads.isEmpty || mustRead { interest.insert(.read) }
                return (interest, state.nextDeadline, state.isClosing)
            }
            if isClosing { break }
            let isBuffered = interest.contains(.read) && transport.hasBufferedBytes
            wait.set(Slot.transport, transport.fileDescriptor, interest)
            wait.set(Slot.wakeup, wakeup.descriptor, .read)
            wait.wait(until: isBuffered ? .zero : deadline)
            do throws(SerialPortError) {
                if interest.contains(.read), isBuffered || wait.isReady(Slot.transport, for: .read) {
                    try read(into: &buffer)
                }
                if interest.contains(.write), wait.isReady(Slot.transport, for: .write) { try write() }
            } catch {
                state.withLock { $0.failure = error }
            }
        }
        transport.close()
        state.withLock { state in
            state.failure = state.failure ?? .disconnected(path: transport.name)
            state.unclaimed = []
        }
        endRequests(at: MonotonicClock.now)
        let closers = state.withLock { state in
            state.isClosed = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func endRequests(at now: Instant) {
        let ended = state.withLock { $0.takeEnded(at: now) }
        for (request, result) in ended { request.continuation.resume(returning: result) }
    }

    private func read(into buffer: inout [UInt8]) throws(SerialPortError) {
        // A cancelled task takes no bytes away from the next one. Deadlines do not matter: the bytes arrived in time.
        endRequests(at: Instant(nanoseconds: .min))
        guard state.withLock({ !$0.reads.isEmpty }) || transport.isSuspended else { return }
        let count = try buffer.filling(buffer.count) { bytes throws(SerialPortError) in
            try transport.read(into: bytes)
        }
        guard count > 0 else { return }
        let request = state.withLock { state -> Request? in
            guard state.reads.isEmpty else { return state.reads.removeFirst() }
            state.unclaimed += buffer[..<count]
            return nil
        }
        request?.continuation.resume(returning: .success(Outcome(bytes: Array(buffer[..<count]))))
    }

    private func write() throws(SerialPortError) {
        endRequests(at: Instant(nanoseconds: .min))
        while var request = state.withLock({ $0.writes.first }) {
            if request.written < request.bytes.count {
                let count = try write(request.bytes, from: request.written)
                guard count > 0 else { return }
                request.written += count
            }
            if request.written < request.bytes.count {
                state.withLock { $0.writes[0].written = request.written }
            } else {
                state.withLock { _ = $0.writes.removeFirst() }
                request.continuation.resume(returning: .success(Outcome(written: request.written)))
            }
        }
    }

    private func write(_ bytes: [UInt8], from start: Int) throws(SerialPortError) -> Int {
        let rest = bytes.span.extracting(start...)
        return try rest.withUnsafeBytes { bytes throws(SerialPortError) in try transport.write(bytes) }
    }
}

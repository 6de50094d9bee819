internal import Machine
internal import SystemPackage

/// Reads and writes a transport asynchronously: a serial port, a network connection, or one of your own.
///
/// A thread of its own waits for the transport, so that no call occupies a thread of Swift's pool. Reads are served in
/// the order of the calls, and so are writes.
public final class AsyncTransport: Sendable {
    /// The transport that is read and written.
    public let transport: any ByteTransport

    private let worker: TransportWorker

    /// Begins to serve an open transport, which ``close()`` closes.
    ///
    /// - Throws: `SerialPortError.system` if the process has no pipe or thread left; the transport stays open then.
    public init(_ transport: any ByteTransport) throws(SerialPortError) {
        self.transport = transport
        do throws(Errno) { worker = try TransportWorker(transport) } catch {
            throw .system(operation: "start a thread for", path: transport.name, code: error)
        }
    }

    deinit {
        worker.requestClose()
    }

    /// Waits for bytes, and returns those that have arrived, 16 KiB at most.
    ///
    /// - Parameter timeout: how long to wait; `nil` for any time.
    /// - Returns: the bytes; empty if none came in time, or the task was cancelled.
    /// - Throws: `SerialPortError.disconnected` once the other side is gone and all its bytes were read, or after
    ///   ``close()``.
    public func read(timeout: Duration? = nil) async throws(SerialPortError) -> [UInt8] {
        try await worker.perform(.read, timeout: timeout).get().bytes
    }

    /// Writes all bytes; returns when the system has taken the last one.
    ///
    /// - Parameters:
    ///   - bytes: what to write.
    ///   - timeout: how long to wait until the transport takes bytes; `nil` for any time.
    /// - Returns: how many bytes were written; fewer than given if the time was over or the task was cancelled.
    /// - Throws: `SerialPortError.disconnected` if the other side is gone, or after ``close()``.
    @discardableResult public func write(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil
    ) async throws(SerialPortError) -> Int {
        try await worker.perform(.write(Array(bytes)), timeout: timeout).get().written
    }

    /// The received bytes, as they arrive, in pieces that are never empty. The sequence ends when the task is
    /// cancelled. Sequences of one transport share the received bytes: each piece goes to one of them.
    ///
    /// - Parameter timeout: the silence after which the sequence ends; `nil` for no limit.
    public func chunks(timeout: Duration? = nil) -> some AsyncSequence<[UInt8], SerialPortError> & Sendable {
        ReceivedChunks(source: self, timeout: timeout)
    }

    /// The received text, line by line.
    ///
    /// A line ends with a line feed; a carriage return before the line feed belongs to the end, too. The last line needs no
    /// end. Bytes that are no UTF-8 are replaced by U+FFFD. Text from a device may hold control characters: ``DeviceText``
    /// makes them visible.
    ///
    /// - Parameters:
    ///   - maximumLength: the most bytes of a line; a longer line comes in pieces.
    ///   - timeout: the silence after which the sequence ends; `nil` for no limit.
    public func lines(
        maximumLength: Int = 1 << 16, timeout: Duration? = nil
    ) -> some AsyncSequence<String, SerialPortError> & Sendable {
        ReceivedLines(
            chunks: ReceivedChunks(source: self, timeout: timeout), maximumLength: max(maximumLength, 1))
    }

    /// Ends all reads and writes, and returns when the transport is closed. A second call does nothing. Without a call,
    /// the transport is closed some time after nobody holds this object any more.
    public func close() async {
        await worker.close()
    }
}

/// The bytes that a transport receives, in pieces.
private struct ReceivedChunks: AsyncSequence {
    let source: AsyncTransport
    let timeout: Duration?

    func makeAsyncIterator() -> Iterator { Iterator(chunks: self) }

    struct Iterator: AsyncIteratorProtocol {
        let chunks: ReceivedChunks

        mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(SerialPortError) -> [UInt8]? {
            let bytes = try await chunks.source.read(timeout: chunks.timeout)
            return bytes.isEmpty ? nil : bytes
        }
    }
}

/// The text that a transport receives, in lines.
private struct ReceivedLines: AsyncSequence {
    let chunks: ReceivedChunks
    let maximumLength: Int

    func makeAsyncIterator() -> Iterator {
        Iterator(chunks: chunks.makeAsyncIterator(), maximumLength: maximumLength)
    }

    struct Iterator: AsyncIteratorProtocol {
        private static let lineFeed = UInt8(ascii: "\n")
        private static let carriageReturn = UInt8(ascii: "\r")

        private var chunks: ReceivedChunks.Iterator
        private let maximumLength: Int
        private var bytes: [UInt8] = []
        /// How many of ``bytes`` were searched for the end of a line, in vain.
        private var searched = 0

        init(chunks: ReceivedChunks.Iterator, maximumLength: Int) {
            self.chunks = chunks
            self.maximumLength = maximumLength
        }

        mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(SerialPortError) -> String? {
            while true {
                if let line = takeLine() { return line }
                guard let more = try await chunks.next(isolation: actor) else {
                    return bytes.isEmpty ? nil : take(bytes.count, dropping: 0)
                }
                bytes += more
            }
        }

        private mutating func takeLine() -> String? {
            let limit = Swift.min(bytes.count, maximumLength)
            if let end = bytes[Swift.min(searched, limit)..<limit].firstIndex(of: Self.lineFeed) {
                let isPair = end > 0 && bytes[end - 1] == Self.carriageReturn
                return take(isPair ? end - 1 : end, dropping: isPair ? 2 : 1)
            }
            searched = limit
            return limit == maximumLength ? take(limit, dropping: 0) : nil
        }

        private mutating func take(_ count: Int, dropping ending: Int) -> String {
            defer {
                bytes.removeFirst(count + ending)
                searched = 0
            }
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}

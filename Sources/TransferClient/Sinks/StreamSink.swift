internal import CLibrary
internal import PigweedTransfer
internal import SystemPackage

/// A target without a temporary file: standard output, a pipe, or a device such as `/dev/null`.
///
/// If nobody reads a pipe any more, this is an error only if `SIGPIPE` does not end the process: the thread must block
/// the signal, as the thread of a `TransferManager` does, or the process must ignore it.
package final class StreamSink: ByteSink {
    /// The path, or the name of standard output in messages.
    package let name: String

    private let file: OwnedDescriptor
    private let stop: StopRequest?
    private var writer: StreamWriter
    private var written: UInt64 = 0
    private var deadline: Instant?

    /// The time between two checks whether a FIFO has a reader, since no event reports one.
    private static let readerCheckInterval = Duration.milliseconds(50)

    /// A stream that is open already, and that the sink does not close.
    ///
    /// - Parameters:
    ///   - descriptor: the descriptor of the stream.
    ///   - name: the name of the stream in errors.
    ///   - stop: a request that ends a wait for a reader.
    package init(descriptor: Int32, name: String, stop: StopRequest? = nil) {
        file = OwnedDescriptor(descriptor, isOwned: false)
        writer = StreamWriter(descriptor)
        self.name = name
        self.stop = stop
    }

    /// Opens a device or a FIFO. For a FIFO this waits until somebody reads it.
    ///
    /// - Parameters:
    ///   - path: the path of the device or FIFO.
    ///   - stop: a request that ends this wait and later waits for a reader, with ``FileError/stopped(path:)``.
    package init(path: String, stop: StopRequest? = nil) throws(FileError) {
        file = try Self.open(path, stop)
        writer = StreamWriter(file.rawValue)
        name = path
        self.stop = stop
    }

    private static func open(_ path: String, _ stop: StopRequest?) throws(FileError) -> OwnedDescriptor {
        while true {
            do throws(FileError) { return try FileTarget.openStraight(path, O_WRONLY) } catch {
                guard error == .cannotCreate(path: path, .noSuchAddressOrDevice), isFIFO(path) else {
                    throw error
                }
            }
            guard stop?.signal == nil else { throw .stopped(path: path) }
            _ = DescriptorWait.isReady(
                stop?.descriptor ?? -1, for: .read, until: MonotonicClock.now + readerCheckInterval)
        }
    }

    private static func isFIFO(_ path: String) -> Bool {
        do throws(Errno) { return try FileSystem.status(of: path)?.isFIFO ?? false } catch { return false }
    }

    /// Sets the time until which writes wait for the reader.
    package func limit(to deadline: Instant) {
        self.deadline = deadline
    }

    /// Writes all bytes, and waits for the reader if necessary.
    ///
    /// - Throws: ``FileError/stopped(path:)`` if the reader has not taken all bytes by the stop or the deadline.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        let count: Int
        do throws(Errno) { count = try writer.write(bytes, until: deadline, stop: stop) } catch {
            throw .cannotWrite(path: name, error)
        }
        written += UInt64(count)
        guard count == bytes.count else { throw .stopped(path: name) }
    }

    /// Synchronizes the bytes to the disk if the stream leads to a file.
    package func synchronize() throws(FileError) {
        do throws(Errno) { try FileSystem.synchronize(file.rawValue) } catch {
            // Pipes and terminals have nothing to synchronize.
            guard error == .invalidArgument || error == .readOnlyFileSystem || error == .notSupported else {
                throw .cannotWrite(path: name, error)
            }
        }
    }

    /// Does nothing if nothing was written yet; otherwise throws ``FileError/targetCannotGoBack(path:written:)``.
    package func restart() throws(FileError) {
        guard written == 0 else { throw .targetCannotGoBack(path: name, written: written) }
    }

    /// Does nothing: all bytes are written already.
    package func commit() throws(FileError) {}

    /// Does nothing: written bytes cannot be taken back.
    package func discard() {}
}

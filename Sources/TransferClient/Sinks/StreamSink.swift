internal import CLibrary
internal import PigweedTransfer
internal import SystemPackage

/// A target that is written straight: standard output, a pipe, a device such as `/dev/null`.
///
/// A pipe that nobody reads any more is an error only if `SIGPIPE` does not end the process: the thread must block the
/// signal, as that of a `TransferManager` does, or the process ignore it.
package final class StreamSink: ByteSink {
    /// The path, or what standard output is called.
    package let name: String

    private let file: OwnedDescriptor
    private let stop: StopRequest?
    private var writer: StreamWriter
    private var written: UInt64 = 0
    private var deadline: Instant?

    /// How often to look whether a FIFO has a reader, since no event reports that.
    private static let readerCheckInterval = Duration.milliseconds(50)

    /// A stream that is open already and stays so.
    ///
    /// - Parameters:
    ///   - descriptor: where the data go.
    ///   - name: what the stream is called in errors.
    ///   - stop: ends a wait for a reader that takes nothing.
    package init(descriptor: Int32, name: String, stop: StopRequest? = nil) {
        file = OwnedDescriptor(descriptor, isOwned: false)
        writer = StreamWriter(descriptor)
        self.name = name
        self.stop = stop
    }

    /// Opens a device, or a FIFO, which waits until somebody reads it.
    ///
    /// - Parameters:
    ///   - path: where the data go.
    ///   - stop: ends this wait, and each for a reader that takes nothing, with ``FileError/stopped(path:)``.
    package init(path: String, stop: StopRequest? = nil) throws(FileError) {
        file = OwnedDescriptor(try Self.open(path, stop), isOwned: true)
        writer = StreamWriter(file.rawValue)
        name = path
        self.stop = stop
    }

    private static func open(_ path: String, _ stop: StopRequest?) throws(FileError) -> Int32 {
        var wait = DescriptorWait(count: 1)
        while true {
            do throws(FileError) { return try FileTarget.openStraight(path, O_WRONLY) } catch {
                guard error == .cannotCreate(path: path, .noSuchAddressOrDevice), isFIFO(path) else {
                    throw error
                }
            }
            if let stop {
                guard stop.signal == nil else { throw .stopped(path: path) }
                wait.set(0, stop.descriptor, .read)
            }
            wait.wait(until: MonotonicClock.now + readerCheckInterval)
        }
    }

    private static func isFIFO(_ path: String) -> Bool {
        do throws(Errno) { return try FileSystem.status(of: path)?.isFIFO ?? false } catch { return false }
    }

    /// No write waits longer than this for the reader.
    package func limit(to deadline: Instant) {
        self.deadline = deadline
    }

    /// Writes at once.
    ///
    /// - Throws: ``FileError/stopped(path:)`` if the reader takes nothing until the stop or the deadline.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        let count: Int
        do throws(Errno) { count = try writer.write(bytes, until: deadline, stop: stop) } catch {
            throw .cannotWrite(path: name, error)
        }
        written += UInt64(count)
        guard count == bytes.count else { throw .stopped(path: name) }
    }

    /// Asks the disk to keep it if the stream leads to one.
    package func synchronize() throws(FileError) {
        do throws(Errno) { try FileSystem.synchronize(file.rawValue) } catch {
            // Pipes and terminals have nothing to synchronize.
            guard error == .invalidArgument || error == .readOnlyFileSystem || error == .notSupported else {
                throw .cannotWrite(path: name, error)
            }
        }
    }

    /// Possible only as long as nothing was written.
    package func restart() throws(FileError) {
        guard written == 0 else { throw .targetCannotGoBack(path: name, written: written) }
    }

    /// Nothing is left to do.
    package func commit() throws(FileError) {}

    /// What was written cannot be taken back.
    package func discard() {}
}

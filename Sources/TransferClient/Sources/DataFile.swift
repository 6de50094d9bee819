internal import CLibrary
internal import SystemPackage

/// Opens a path as the right kind of sink or source.
public enum DataFile {
    /// The sink for a path. A file is replaced when it is complete; anything else is written directly.
    ///
    /// - Parameters:
    ///   - path: the path to write to.
    ///   - stop: a request that ends a wait for a reader.
    public static func sink(at path: String, stop: StopRequest? = nil) throws(FileError) -> any ByteSink {
        guard let target = try FileTarget.find(path) else { return try StreamSink(path: path, stop: stop) }
        return try FileSink(target)
    }

    /// The source for a path. A file has a size and can be read again anywhere; anything else is a stream. Opening does
    /// not wait until somebody writes into a FIFO; the source waits when it is read.
    public static func source(at path: String) throws(FileError) -> any ByteSource {
        let descriptor: Int32
        do throws(Errno) {
            descriptor = try FileSystem.open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK)
        } catch {
            throw .cannotRead(path: path, error)
        }
        return try source(OwnedDescriptor(descriptor, isOwned: true), name: path, path: path)
    }

    /// The source for an open descriptor, which the source does not close, such as standard input.
    public static func source(descriptor: Int32, name: String) throws(FileError) -> any ByteSource {
        try source(OwnedDescriptor(descriptor, isOwned: false), name: name, path: nil)
    }

    private static func source(
        _ file: OwnedDescriptor, name: String, path: String?
    ) throws(FileError) -> any ByteSource {
        let status: stat
        do throws(Errno) { status = try FileSystem.status(of: file.rawValue) } catch {
            throw .cannotRead(path: name, error)
        }
        guard !status.isDirectory else { throw .sourceIsDirectory(path: name) }
        let start = UInt64(max(0, lseek(file.rawValue, 0, SEEK_CUR)))
        guard status.isRegularFile else { return StreamSource(file, name: name) }
        if status.st_size == 0, try !isEmpty(file, name: name) { return StreamSource(file, name: name) }
        return FileSource(OpenedFile(file, name: name, path: path, status: status, start: start))
    }

    /// Whether a file of size 0 has no bytes; files of /proc and /sys have bytes nevertheless.
    private static func isEmpty(_ file: OwnedDescriptor, name: String) throws(FileError) -> Bool {
        var byte = [UInt8](repeating: 0, count: 1)
        do throws(Errno) {
            return try byte.filling(1) { room throws(Errno) in
                try FileSystem.read(from: file.rawValue, at: 0, into: room)
            } == 0
        } catch {
            throw .cannotRead(path: name, error)
        }
    }
}

/// A file that any number of transfers read at the same time, each on its own thread. The file is opened once, and read
/// from the disk once, since the kernel caches it.
package struct SharedFile: Sendable {
    private let file: OpenedFile

    /// Opens the file of a path; `nil` for a stream, whose data come only once.
    package init?(at path: String) throws(FileError) {
        self.init(try DataFile.source(at: path))
    }

    /// The file of an open descriptor, which is not closed, such as standard input; `nil` for a stream.
    package init?(descriptor: Int32, name: String) throws(FileError) {
        self.init(try DataFile.source(descriptor: descriptor, name: name))
    }

    private init?(_ source: any ByteSource) {
        guard let source = source as? FileSource else { return nil }
        file = source.file
    }

    /// A source for one transfer.
    package func makeSource() -> any ByteSource {
        FileSource(file)
    }
}

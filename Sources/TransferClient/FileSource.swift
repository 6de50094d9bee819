internal import Glibc
internal import SystemPackage

/// A file of known size.
///
/// The size when it was opened counts: what is appended later is not sent, and a file that becomes shorter is an
/// error as soon as the missing bytes are needed.
final class FileSource: ByteSource {
    let name: String
    let size: UInt64?

    private let file: OwnedDescriptor
    private let start: UInt64
    private let count: UInt64

    init(_ file: OwnedDescriptor, name: String, start: UInt64, end: UInt64) {
        self.file = file
        self.name = name
        self.start = start
        count = end - start
        size = count
    }

    var waitDescriptor: Int32 { file.rawValue }

    var currentSize: UInt64? {
        do throws(Errno) {
            let end = try FileSystem.status(of: file.rawValue).st_size
            return UInt64(max(0, end)) - min(start, UInt64(max(0, end)))
        } catch {
            return nil
        }
    }

    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        let wanted = Int(min(UInt64(buffer.count), count - min(position, count)))
        let read: Int
        do throws(Errno) {
            read = try FileSystem.read(
                from: file.rawValue, at: start + position,
                into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(wanted)))
        } catch {
            throw .cannotRead(path: name, error)
        }
        guard read == wanted else {
            throw .sourceShrank(path: name, from: count, to: position + UInt64(read))
        }
        return .bytes(read, isLast: position + UInt64(read) >= count)
    }
}

internal import Glibc
internal import SystemPackage

/// A file of known size.
///
/// The size when it was opened counts: what is appended later is not sent, and a file that becomes shorter is an
/// error as soon as the missing bytes are needed.
final class FileSource: ByteSource {
    let name: String
    let size: UInt64?

    let file: OwnedDescriptor
    let start: UInt64
    private let count: UInt64
    /// What was read last, and where it begins: chunks are too small for a system call each.
    private var block = [UInt8](repeating: 0, count: 1 << 14)
    private var blockPosition: UInt64 = 0
    private var blockCount = 0

    init(_ file: OwnedDescriptor, name: String, start: UInt64, end: UInt64) {
        self.file = file
        self.name = name
        self.start = start
        count = end - start
        size = count
    }

    /// Where the file ended when it was opened.
    var end: UInt64 { start + count }

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
        let left = count - min(position, count)
        let wanted = Int(min(UInt64(buffer.count), left))
        if wanted > block.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(wanted))
            try check(try readFile(at: position, into: room), from: position, isAtLeast: wanted)
        } else {
            if position < blockPosition || position + UInt64(wanted) > blockPosition + UInt64(blockCount) {
                try readBlock(at: position, atLeast: wanted)
            }
            let begin = Int(position - blockPosition)
            block.withUnsafeBytes { block in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[begin..<begin + wanted]))
            }
        }
        return .bytes(wanted, isLast: UInt64(wanted) == left)
    }

    private func readBlock(at position: UInt64, atLeast wanted: Int) throws(FileError) {
        let size = Int(min(UInt64(block.count), count - min(position, count)))
        blockCount = 0
        blockPosition = position
        blockCount = try block.filling(size) { room throws(FileError) in
            try readFile(at: position, into: room)
        }
        try check(blockCount, from: position, isAtLeast: wanted)
    }

    private func readFile(
        at position: UInt64, into room: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        do throws(Errno) {
            return try FileSystem.read(from: file.rawValue, at: start + position, into: room)
        } catch {
            throw .cannotRead(path: name, error)
        }
    }

    /// Makes sure that the file still had what it had at first.
    private func check(_ found: Int, from position: UInt64, isAtLeast wanted: Int) throws(FileError) {
        guard found >= wanted else {
            throw .sourceShrank(path: name, from: count, to: position + UInt64(found))
        }
    }
}

internal import SystemPackage

/// A file of known size, which must not change until its last bytes were read.
final class FileSource: ByteSource {
    let name: String
    let size: UInt64?

    let file: OpenedFile
    private let count: UInt64
    /// The block that was read last. Files are read in blocks, since chunks are too small for a system call each.
    private var block = [UInt8](repeating: 0, count: 1 << 14)
    private var blockPosition: UInt64 = 0
    private var blockCount = 0

    init(_ file: OpenedFile) {
        self.file = file
        name = file.name
        count = file.end - file.start
        size = count
    }

    var waitDescriptor: Int32 { file.descriptor.rawValue }

    func checkUnchanged() throws(FileError) { try file.checkUnchanged() }

    /// - Throws: ``FileError/sourceChanged(path:_:)`` instead of the last bytes, so that a mixture of two contents is
    ///   never complete.
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
        let isLast = UInt64(wanted) == left
        if isLast { try checkUnchanged() }
        return .bytes(wanted, isLast: isLast)
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
            return try FileSystem.read(from: file.descriptor.rawValue, at: file.start + position, into: room)
        } catch {
            throw .cannotRead(path: name, error)
        }
    }

    /// Makes sure that the file still had enough bytes.
    private func check(_ found: Int, from position: UInt64, isAtLeast wanted: Int) throws(FileError) {
        guard found >= wanted else {
            throw .sourceChanged(path: name, .size(from: count, to: position + UInt64(found)))
        }
    }
}

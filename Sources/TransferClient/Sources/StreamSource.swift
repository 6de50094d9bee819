internal import PigweedTransfer
internal import SystemPackage

/// A pipe, a terminal or another stream, whose end is known only when it is reached.
final class StreamSource: ByteSource {
    private static let readSize = 1 << 16

    let name: String
    let size: UInt64? = nil

    private let file: OwnedDescriptor
    private var kept = KeptBytes()
    private var wait = DescriptorWait(count: 1)

    init(_ file: OwnedDescriptor, name: String) {
        self.file = file
        self.name = name
    }

    var waitDescriptor: Int32 { file.rawValue }

    func read(
        at position: UInt64, into bytes: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        let index = try kept.index(of: position, name: name)
        while !kept.suffices(from: index, count: bytes.count) {
            guard try readMore() else { return .notYet }
        }
        return kept.give(from: index, into: bytes)
    }

    /// Takes bytes that have arrived; false if there are none.
    private func readMore() throws(FileError) -> Bool {
        wait.set(0, file.rawValue, .read)
        wait.wait(until: .zero)
        guard wait.isReady(0, for: .read) else { return false }
        let oldCount = kept.bytes.count
        kept.bytes.append(contentsOf: repeatElement(0, count: Self.readSize))
        var count: Int?
        defer { kept.bytes.removeLast(Self.readSize - (count ?? 0)) }
        do throws(Errno) {
            count = try kept.bytes.withUnsafeMutableBytes { buffer in
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(oldCount))
                return Result { () throws(Errno) in try FileSystem.read(from: file.rawValue, into: room) }
            }.get()
        } catch {
            throw .cannotRead(path: name, error)
        }
        if count == 0 { kept.hasEnded = true }
        return count != nil
    }
}

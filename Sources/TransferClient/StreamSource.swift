internal import Glibc
internal import PigweedTransfer
internal import SystemPackage

/// A pipe, a terminal or another stream, whose end shows only when it is reached.
///
/// Some of what was sent is kept for a device that missed it, and some is read ahead, since the last bytes must be
/// known as such when they are sent.
final class StreamSource: ByteSource {
    /// How many bytes that were sent are kept at least, if so many were sent.
    static let keptSize = 1 << 20
    private static let readSize = 1 << 16

    let name: String
    let size: UInt64? = nil

    private let file: OwnedDescriptor
    /// The bytes from position `base` on.
    private var buffer: [UInt8] = []
    private var base: UInt64 = 0
    private var hasEnded = false
    private var wait = DescriptorWait(count: 1)

    init(_ file: OwnedDescriptor, name: String) {
        self.file = file
        self.name = name
    }

    var waitDescriptor: Int32 { file.rawValue }

    func read(
        at position: UInt64, into bytes: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        guard position >= base, let start = Int(exactly: position - base), start <= buffer.count else {
            throw .sourceCannotGoBack(path: name, to: position, kept: base)
        }
        // One byte more tells whether these are the last ones.
        while !hasEnded, buffer.count - start <= bytes.count {
            guard try readMore() else { return .notYet }
        }
        let count = min(bytes.count, buffer.count - start)
        buffer.withUnsafeBytes {
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
        }
        let isLast = hasEnded && start + count == buffer.count
        forget(before: start + count)
        return .bytes(count, isLast: isLast)
    }

    /// Takes what has arrived; false if nothing has.
    private func readMore() throws(FileError) -> Bool {
        wait.set(0, file.rawValue, .read)
        wait.wait(until: .zero)
        guard wait.isReady(0, for: .read) else { return false }
        let oldCount = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.readSize))
        let (count, code) = buffer.withUnsafeMutableBytes { buffer in
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(oldCount))
            return (Glibc.read(file.rawValue, room.baseAddress, room.count), Errno(rawValue: errno))
        }
        buffer.removeLast(Self.readSize - max(0, count))
        if count == 0 { hasEnded = true }
        guard count < 0 else { return true }
        guard code == .interrupted || code == .wouldBlock else { throw .cannotRead(path: name, code) }
        return false
    }

    /// Gives up the older half of what was sent before `index`, once that is more than must be kept.
    private func forget(before index: Int) {
        let surplus = index - Self.keptSize
        guard surplus > Self.keptSize else { return }
        buffer.removeFirst(surplus)
        base += UInt64(surplus)
    }
}

/// The part of a stream that can be sent. Some sent bytes are kept for a device that missed them, and some bytes are
/// read ahead, since the last bytes must be known as such when they are sent.
package struct KeptBytes {
    /// At least this many of the last sent bytes are kept.
    static let keptSize = 1 << 20

    /// Whether no bytes will be added any more.
    package var hasEnded = false
    /// The bytes from position `base` on.
    package var bytes: [UInt8] = []
    private var base: UInt64 = 0
    /// How far bytes were given out, as an index of `bytes`.
    private var furthest = 0

    package init() {}

    /// How many bytes were never given out.
    package var aheadCount: Int { bytes.count - furthest }

    /// The index in `bytes` of a position of the stream.
    package func index(of position: UInt64, name: String) throws(FileError) -> Int {
        guard position >= base, let index = Int(exactly: position - base), index <= bytes.count else {
            throw .sourceCannotGoBack(path: name, to: position, kept: base)
        }
        return index
    }

    /// Whether a read of this many bytes can be answered. It can if more bytes are here, or if the stream has ended:
    /// only then is it known whether the bytes are the last ones.
    package func suffices(from index: Int, count: Int) -> Bool {
        hasEnded || bytes.count - index > count
    }

    /// Copies bytes that have arrived into the buffer; they must suffice.
    package mutating func give(from index: Int, into buffer: UnsafeMutableRawBufferPointer) -> SourceBytes {
        let count = min(buffer.count, bytes.count - index)
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[index..<index + count]))
        }
        let isLast = hasEnded && index + count == bytes.count
        furthest = max(furthest, index + count)
        forget(before: index + count)
        return .bytes(count, isLast: isLast)
    }

    /// Discards the oldest bytes before `index`, once there are more than twice as many as must be kept.
    private mutating func forget(before index: Int) {
        let surplus = index - Self.keptSize
        guard surplus > Self.keptSize else { return }
        bytes.removeFirst(surplus)
        base += UInt64(surplus)
        furthest -= surplus
    }
}

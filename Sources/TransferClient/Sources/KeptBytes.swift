/// The part of a stream that can be sent: some of what was sent is kept for a device that missed it, and some is there
/// ahead, since the last bytes must be known as such when they are sent.
package struct KeptBytes {
    /// How many sent bytes are kept at least, if that many were sent.
    static let keptSize = 1 << 20

    /// Whether nothing will be added any more.
    package var hasEnded = false
    /// The bytes from position `base` on.
    package var bytes: [UInt8] = []
    private var base: UInt64 = 0
    /// How far bytes were given out, as an index of `bytes`.
    private var furthest = 0

    package init() {}

    /// How many bytes were never given out.
    package var aheadCount: Int { bytes.count - furthest }

    /// Where a position of the stream stands in `bytes`.
    package func index(of position: UInt64, name: String) throws(FileError) -> Int {
        guard position >= base, let index = Int(exactly: position - base), index <= bytes.count else {
            throw .sourceCannotGoBack(path: name, to: position, kept: base)
        }
        return index
    }

    /// Whether this many bytes have arrived, and one more, which shows whether they are the last ones.
    package func suffices(from index: Int, count: Int) -> Bool {
        hasEnded || bytes.count - index > count
    }

    /// Copies what has arrived, which must suffice.
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

    /// Gives up the older half of what was sent before `index`, once that is more than must be kept.
    private mutating func forget(before index: Int) {
        let surplus = index - Self.keptSize
        guard surplus > Self.keptSize else { return }
        bytes.removeFirst(surplus)
        base += UInt64(surplus)
        furthest -= surplus
    }
}

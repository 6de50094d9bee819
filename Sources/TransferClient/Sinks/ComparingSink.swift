/// The result of a comparison of a resource with data.
public struct Comparison: Hashable, Sendable {
    /// A place at which two bytes differ.
    public struct Difference: Hashable, Sendable {
        /// The place, counted from the beginning of the data.
        public var offset: UInt64
        /// The byte of the data.
        public var expected: UInt8
        /// The byte that was read.
        public var found: UInt8
    }

    /// The number of bytes of the data.
    public var expectedSize: UInt64
    /// The number of bytes that were read from the resource.
    public var foundSize: UInt64 = 0
    /// The number of bytes that both have, but that differ.
    public var differing: UInt64 = 0
    /// The first difference; `nil` if there is none.
    public var first: Difference?

    /// Whether all bytes are the same, and none is missing or surplus.
    public var isSame: Bool { differing == 0 && foundSize == expectedSize }

    /// A comparison with this many bytes, in which nothing was compared yet.
    public init(expectedSize: UInt64) {
        self.expectedSize = expectedSize
    }
}

/// Compares the data of a read with a source, byte by byte, and stores nothing.
package final class ComparingSink: ByteSink {
    /// The name of the source.
    package let name: String
    /// The result of the comparison so far.
    package private(set) var outcome: Comparison

    private let source: any ByteSource
    private var expected = [UInt8](repeating: 0, count: 1 << 14)

    /// A comparison with a source of known size that can be read anywhere.
    package init(with source: any ByteSource) {
        self.source = source
        name = source.name
        outcome = Comparison(expectedSize: source.size ?? 0)
    }

    /// Compares the next bytes.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        var position = 0
        while position < bytes.count, outcome.foundSize < outcome.expectedSize {
            let rest = outcome.expectedSize - outcome.foundSize
            let wanted = min(min(bytes.count - position, expected.count), Int(clamping: rest))
            let filled = try source.fill(&expected, count: wanted, from: outcome.foundSize)
            guard filled > 0 else {
                throw .sourceChanged(
                    path: name, .size(from: outcome.expectedSize, to: outcome.foundSize))
            }
            compare(bytes.extracting(position..<position + filled))
            position += filled
        }
        outcome.foundSize += UInt64(bytes.count - position)
    }

    private func compare(_ found: Span<UInt8>) {
        for index in found.indices where found[index] != expected[index] {
            outcome.differing += 1
            guard outcome.first == nil else { continue }
            outcome.first = Comparison.Difference(
                offset: outcome.foundSize + UInt64(index), expected: expected[index], found: found[index])
        }
        outcome.foundSize += UInt64(found.count)
    }

    /// Does nothing, since nothing is stored.
    package func synchronize() {}

    /// Begins to compare again.
    package func restart() {
        outcome = Comparison(expectedSize: outcome.expectedSize)
    }

    /// Does nothing, since nothing is stored.
    package func commit() {}

    /// Does nothing, since nothing is stored.
    package func discard() {}
}

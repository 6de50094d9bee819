/// Data that arrived ahead of a gap, until the gap is filled: a ring in which each byte has the place of its offset.
struct HoldBuffer {
    /// The most bytes that are held behind the first missing one: twice what a line of 1 MB/s carries in 128 ms.
    static let capacity = 256 * 1024

    private var bytes: [UInt8] = []

    /// Holds `data`; all offsets held at a time lie within ``capacity``.
    mutating func hold(_ data: Span<UInt8>, at offset: UInt64) {
        if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: Self.capacity) }
        for index in data.indices {
            bytes[Int((offset &+ UInt64(index)) % UInt64(Self.capacity))] = data[index]
        }
    }

    /// Where the bytes at the beginning of `range` are, as many as stand in one piece.
    static func place(of range: Range<UInt64>) -> Range<Int> {
        let start = Int(range.lowerBound % UInt64(capacity))
        let count = min(range.upperBound - range.lowerBound, UInt64(capacity - start))
        return start..<start + Int(count)
    }

    /// The bytes at places given by ``place(of:)``.
    var storage: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }
}

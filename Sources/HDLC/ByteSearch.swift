internal import CHDLC

extension Span<UInt8> {
    /// The index of the first flag at or behind `start`; `count` if there is none.
    func firstFlag(from start: Int) -> Int {
        firstIndex(of: FrameFormat.flag, from: start)
    }

    /// The index of the first escape byte at or behind `start`; `count` if there is none.
    func firstEscape(from start: Int) -> Int {
        firstIndex(of: FrameFormat.escape, from: start)
    }

    private func firstIndex(of byte: UInt8, from start: Int) -> Int {
        start
            + extracting(droppingFirst: start).withUnsafeBufferPointer {
                chdlc_find($0.baseAddress, $0.count, byte)
            }
    }
}

extension [UInt8] {
    /// Appends the bytes of a span in one copy.
    package mutating func append(copying bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

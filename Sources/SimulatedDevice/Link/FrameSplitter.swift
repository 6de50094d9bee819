import HDLC

/// Cuts a stream of bytes into frames, flags included, and the bytes between them.
struct FrameSplitter {
    /// The beginning of a frame, from its opening flag on.
    private(set) var partial: [UInt8] = []

    /// The most bytes of a frame; a longer beginning is not taken for a frame.
    static let maximumPartial = 1 << 16

    /// Takes bytes from `position` on, up to the end of a piece. Returns the piece if it is complete. There must be
    /// bytes at `position`.
    mutating func next(in bytes: Span<UInt8>, at position: inout Int) -> LinePiece? {
        let first = bytes[position]
        if partial.isEmpty {
            position += 1
            guard first == FrameFormat.flag else { return LinePiece([first], isFrame: false) }
            partial.append(first)
            return nil
        }
        // Two flags in a row: the first one is a stray, the second one opens a frame.
        if first == FrameFormat.flag, partial.count == 1 {
            position += 1
            return LinePiece([first], isFrame: false)
        }
        let limit = min(bytes.count, position + Self.maximumPartial - partial.count)
        var end = position
        while end < limit, bytes[end] != FrameFormat.flag { end += 1 }
        let isFrame = end < limit
        if isFrame { end += 1 }
        bytes.extracting(position..<end).withUnsafeBufferPointer { partial.append(contentsOf: $0) }
        position = end
        guard isFrame || partial.count == Self.maximumPartial else { return nil }
        return LinePiece(takePartial(), isFrame: isFrame)
    }

    /// Gives up waiting for the end of a frame, and returns its beginning.
    mutating func takePartial() -> [UInt8] {
        defer { partial = [] }
        return partial
    }
}

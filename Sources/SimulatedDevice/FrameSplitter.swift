import HDLC

/// Cuts a stream of bytes into frames, flags included, and what stands between them.
struct FrameSplitter {
    /// The beginning of a frame, from its opening flag on.
    private(set) var partial: [UInt8] = []

    /// Longer beginnings are no frames.
    static let maximumPartial = 1 << 16

    /// Takes one byte; returns the piece that it completes.
    mutating func append(_ byte: UInt8) -> LinePiece? {
        let isFlag = byte == FrameFormat.flag
        if partial.isEmpty {
            guard isFlag else { return LinePiece([byte], isFrame: false) }
            partial.append(byte)
            return nil
        }
        // Two flags in a row: the first one is a stray, the second one opens a frame.
        if isFlag, partial.count == 1 { return LinePiece([byte], isFrame: false) }
        partial.append(byte)
        guard isFlag || partial.count == Self.maximumPartial else { return nil }
        return LinePiece(takePartial(), isFrame: isFlag)
    }

    /// Gives up waiting for the end of a frame.
    mutating func takePartial() -> [UInt8] {
        defer { partial = [] }
        return partial
    }
}

internal import HDLC

/// Cuts a stream of bytes, without adding or losing any, into frames, each from its first flag to its last, and the
/// bytes between frames.
///
/// Bytes between frames come out at once, frames when they are complete. If a flag is lost, frames and the bytes
/// between them are confused until two flags follow each other.
struct WirePackets: Sendable {
    private let limit: Int
    private var frame: [UInt8] = []
    /// Whether `frame` has other bytes than flags.
    private var hasContent = false

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ bytes: Span<UInt8>, packets: inout [[UInt8]]) {
        var text: [UInt8] = []
        for index in bytes.indices {
            let byte = bytes[index]
            if frame.isEmpty, byte != FrameFormat.flag {
                text.append(byte)
                continue
            }
            if !text.isEmpty {
                packets.append(text)
                text = []
            }
            frame.append(byte)
            if byte != FrameFormat.flag {
                hasContent = true
            }
            if byte == FrameFormat.flag && hasContent || frame.count >= limit { packets += rest() }
        }
        if !text.isEmpty { packets.append(text) }
    }

    /// The frame that has begun, complete or not; empty if there is none.
    mutating func rest() -> [[UInt8]] {
        guard !frame.isEmpty else { return [] }
        defer {
            frame = []
            hasContent = false
        }
        return [frame]
    }
}

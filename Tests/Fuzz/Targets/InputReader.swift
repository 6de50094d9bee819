internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import ProtobufWire
internal import TestSupport

/// Reads the decisions of a hostile peer from an input. After the end of the input, everything is zero.
struct InputReader: ~Copyable {
    private let bytes: [UInt8]
    private var position = 0

    init(_ input: Span<UInt8>) {
        bytes = input.array
    }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word() -> UInt32 { (0..<4).reduce(0) { word, _ in word << 8 | UInt32(byte()) } }

    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(position + count, bytes.count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    /// A number of any size: the expected one, one at a border, or any other.
    mutating func number(near expected: UInt64) -> UInt64 {
        let choice = byte()
        switch choice {
        case 0..<128: return expected
        case 128..<160: return expected &+ UInt64(choice) &- 144
        case 160..<176: return expected &- UInt64(choice - 160) &* 64
        case 176..<200: return UInt64(choice - 176)
        case 200..<216: return UInt64(UInt32.max) &- UInt64(choice - 200)
        case 216..<224: return UInt64.max &- UInt64(choice - 216)
        case 224..<240: return UInt64(word())
        default: return UInt64(word()) << 32 | UInt64(word())
        }
    }

    /// A time between nothing and an hour, mostly one of a few short times.
    mutating func time() -> Duration {
        let choice = Int64(byte())
        return .microseconds(choice < 200 ? choice * choice * 50 : 1 << (choice - 200 + 8) % 32)
    }

    /// A chunk. The input sets some of its fields; the others are plausible.
    ///
    /// - Parameters:
    ///   - session: the id that the peer expects.
    ///   - resource: the resource that the peer expects.
    ///   - offset: roughly the present offset of the transfer.
    mutating func chunk(session: UInt32, resource: UInt32, offset: UInt64) -> (Chunk, data: [UInt8]) {
        let kind = byte()
        var chunk = Chunk(kind & 15 == 15 ? nil : Chunk.Kind(rawValue: UInt32(kind & 7)))
        let fields = UInt16(byte()) << 8 | UInt16(byte())
        func has(_ bit: Int) -> Bool { fields & 1 << UInt16(bit) != 0 }
        if kind & 0x80 == 0 {
            if !has(0) { chunk.sessionID = UInt32(truncatingIfNeeded: number(near: UInt64(session))) }
        } else {
            chunk.transferID = UInt32(truncatingIfNeeded: number(near: UInt64(resource)))
        }
        if has(1) { chunk.resourceID = UInt32(truncatingIfNeeded: number(near: UInt64(resource))) }
        if has(2) { chunk.protocolVersion = byte() & 1 == 0 ? .version2 : .legacy }
        if !has(3) { chunk.offset = number(near: offset) }
        if has(4) { chunk.remainingBytes = number(near: 0) }
        if has(5) { chunk.status = UInt32(truncatingIfNeeded: number(near: 0)) }
        if has(6) { chunk.windowEndOffset = UInt32(truncatingIfNeeded: number(near: chunk.offset &+ 512)) }
        if has(7) { chunk.pendingBytes = UInt32(truncatingIfNeeded: number(near: 512)) }
        if has(8) { chunk.maxChunkSizeBytes = UInt32(truncatingIfNeeded: number(near: 128)) }
        if has(9) { chunk.minDelayMicroseconds = UInt32(truncatingIfNeeded: number(near: 0)) }
        if has(10) { chunk.initialOffset = number(near: 0) }
        if has(11), chunk.sessionID == nil {
            chunk.desiredSessionID = UInt32(truncatingIfNeeded: number(near: UInt64(session)))
        }
        let count = has(12) ? Int(byte()) : 0
        return (chunk, [UInt8](repeating: byte(), count: count * (has(13) ? 8 : 1)))
    }
}

/// A whole frame with a packet around a chunk.
func frame(_ packet: Packet, _ chunk: Chunk, data: [UInt8]) -> [UInt8] {
    var chunkWriter = FieldWriter()
    chunk.encode(data: data.span, into: &chunkWriter)
    return frame(packet, payload: chunkWriter.bytes)
}

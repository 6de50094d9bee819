import HDLC
package import PigweedRPC
import PigweedTransfer

/// A frame that carries a chunk of a transfer.
package struct TransferFrame: Hashable, Sendable {
    /// The RPC packet around the chunk.
    package let packet: Packet
    /// The chunk.
    package let chunk: Chunk
    /// The number of bytes of data in the chunk.
    package let dataCount: Int

    /// Which way the data of the transfer goes.
    package var direction: Direction { packet.method == TransferService.write ? .write : .read }

    /// What the chunk is for; inferred if a legacy peer does not say.
    package var kind: Chunk.Kind { chunk.effectiveKind(dataCount: dataCount) }

    /// Decodes the first valid frame in `bytes`; `nil` if there is none, or no chunk in it.
    package init?(_ bytes: [UInt8]) {
        var decoder = FrameDecoder(maximumContentSize: bytes.count)
        var position = 0
        while let output = decoder.next(in: bytes.span, at: &position) {
            guard case .frame(let address, _) = output else { continue }
            guard address != .log else { return nil }
            self.init(packetBytes: decoder.payload)
            return
        }
        return nil
    }

    private init?(packetBytes: Span<UInt8>) {
        guard let (packet, payload) = Packet.decode(packetBytes), !payload.isEmpty,
            packet.method == TransferService.read || packet.method == TransferService.write,
            let (chunk, data) = Chunk.decode(packetBytes.extracting(payload))
        else { return nil }
        self.packet = packet
        self.chunk = chunk
        dataCount = data.count
    }
}

/// Finds the bytes between flags, as a receiver does: every flag ends one frame and begins another.
struct FrameCollector: Hashable {
    /// The bytes since the last flag; `nil` before the first one.
    private var content: [UInt8]?

    /// Takes a byte; returns the bytes from the last flag to this one if there are any between.
    mutating func append(_ byte: UInt8) -> [UInt8]? {
        guard byte == FrameFormat.flag else {
            if let count = content?.count, count < FrameSplitter.maximumPartial { content?.append(byte) }
            return nil
        }
        defer { content = [] }
        guard let content, !content.isEmpty else { return nil }
        return [FrameFormat.flag] + content + [FrameFormat.flag]
    }
}

internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer

/// An item of a capture for programs: a JSON object. Encoded with the `snake_case` strategy, its keys are the
/// protocol's names. Text is ASCII with everything else escaped, as in ``WireItem/line``.
package struct WireRecord: Encodable, Sendable {
    /// `frame`, `stray` or `damaged`.
    package let type: String
    let port: String?
    let milliseconds: Double?
    let offset: UInt64
    let direction: String?
    let wireBytes: Int
    let lost: Bool?
    let error: String?
    let address: UInt64?
    let control: UInt8?
    let checksum: Checksum?
    let packet: PacketRecord?
    let chunk: ChunkRecord?
    let message: [String: String]?
    let messageCutShort: Bool?
    let text: String?

    struct Checksum: Encodable {
        let expected: String
        let received: String
    }

    struct PacketRecord: Encodable {
        let type: String
        let channel: UInt32
        let service: UInt32
        let method: UInt32
        let name: String
        let callId: UInt32
        let status: String?
    }

    struct ChunkRecord: Encodable {
        let type: String
        let typeIsGuessed: Bool?
        let sessionId: UInt32?
        let desiredSessionId: UInt32?
        let transferId: UInt32?
        let resourceId: UInt32?
        let protocolVersion: UInt32?
        let initialOffset: UInt64
        let offset: UInt64
        let dataBytes: Int
        let remainingBytes: UInt64?
        let windowEndOffset: UInt32
        let pendingBytes: UInt32?
        let maxChunkSizeBytes: UInt32?
        let minDelayMicroseconds: UInt32?
        let status: String?
    }

    /// The record of an item.
    package init(_ item: WireItem) {
        port = item.port
        milliseconds = item.time.map { Double($0.saturatedNanoseconds / 1000) / 1000 }
        offset = item.offset
        direction = item.direction.map { $0 == .toDevice ? "to_device" : "to_host" }
        wireBytes = item.wireSize
        lost = item.isLost ? true : nil
        var parts = Parts()
        switch item.content {
        case .frame(let address, let control, let content):
            type = "frame"
            self.address = address.rawValue
            self.control = control
            parts.add(content)
        case .stray(let excerpt):
            type = "stray"
            address = nil
            control = nil
            parts.text = excerpt.text
        case .damaged(let damage, let excerpt):
            type = "damaged"
            address = nil
            control = nil
            parts.error = damage.code
            parts.text = excerpt.text
            if case .checkSequence(let expected, let received) = damage {
                parts.checksum = Checksum(
                    expected: Hexadecimal.text(UInt64(expected), digits: 8),
                    received: Hexadecimal.text(UInt64(received), digits: 8))
            }
        }
        error = parts.error
        checksum = parts.checksum
        packet = parts.packet
        chunk = parts.chunk
        message = parts.message
        messageCutShort = parts.isMessageCutShort ? true : nil
        text = parts.text
    }

    private struct Parts {
        var error: String?
        var checksum: Checksum?
        var packet: PacketRecord?
        var chunk: ChunkRecord?
        var message: [String: String]?
        var isMessageCutShort = false
        var text: String?

        mutating func add(_ content: WireItem.FrameContent) {
            switch content {
            case .log(let excerpt), .other(let excerpt): text = excerpt.text
            case .badPacket(let excerpt):
                error = "bad_packet"
                text = excerpt.text
            case .packet(let packet, let content):
                self.packet = PacketRecord(packet)
                add(content)
            }
        }

        private mutating func add(_ content: WireItem.PacketContent) {
            switch content {
            case .empty: break
            case .chunk(let chunk, let dataCount): self.chunk = ChunkRecord(chunk, dataCount: dataCount)
            case .badChunk(let excerpt):
                error = "bad_chunk"
                text = excerpt.text
            case .badMessage(let excerpt):
                error = "bad_message"
                text = excerpt.text
            case .message(let fields, let isCutShort):
                message = MessageField.flat(fields)
                isMessageCutShort = isCutShort || fields.contains(where: \.isCutShort)
            }
        }
    }
}

extension WireRecord.PacketRecord {
    init(_ packet: Packet) {
        type = packet.kind.name
        channel = packet.channel
        service = packet.method.service
        method = packet.method.method
        name = KnownMethods.name(of: packet.method)
        callId = packet.callID
        status = packet.hasStatus ? packet.status.description : nil
    }
}

extension WireRecord.ChunkRecord {
    init(_ chunk: Chunk, dataCount: Int) {
        type = chunk.effectiveKind(dataCount: dataCount).name
        typeIsGuessed = chunk.kind == nil ? true : nil
        sessionId = chunk.sessionID
        desiredSessionId = chunk.desiredSessionID
        transferId = chunk.transferID == 0 && chunk.version == .version2 ? nil : chunk.transferID
        resourceId = chunk.resourceID
        protocolVersion = chunk.protocolVersion?.rawValue
        initialOffset = chunk.initialOffset
        offset = chunk.offset
        dataBytes = dataCount
        remainingBytes = chunk.remainingBytes
        windowEndOffset = chunk.windowEndOffset
        pendingBytes = chunk.pendingBytes
        maxChunkSizeBytes = chunk.maxChunkSizeBytes
        minDelayMicroseconds = chunk.minDelayMicroseconds
        status = chunk.status.map { Status(rawValue: $0).description }
    }
}

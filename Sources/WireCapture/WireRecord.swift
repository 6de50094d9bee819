internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer

/// An item of a capture for programs: a JSON object. Encoded with the `snake_case` strategy, its keys are the
/// protocol's names. Text is ASCII with everything else escaped, as in ``WireItem/line``.
package struct WireRecord: Encodable, Sendable {
    /// `frame`, `stray` or `damaged`.
    package private(set) var type: String
    private var port: String?
    private var milliseconds: Double?
    private var offset: UInt64
    private var direction: String?
    private var wireBytes: Int
    private var lost: Bool?
    private var error: String?
    private var address: UInt64?
    private var control: UInt8?
    private var checksum: Checksum?
    private var packet: PacketRecord?
    private var chunk: ChunkRecord?
    private var message: [String: String]?
    private var messageCutShort: Bool?
    private var text: String?

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
        switch item.content {
        case .frame(let address, let control, let content):
            type = "frame"
            self.address = address.rawValue
            self.control = control
            add(content)
        case .stray(let excerpt):
            type = "stray"
            text = excerpt.text
        case .damaged(let damage, let excerpt):
            type = "damaged"
            error = damage.code
            text = excerpt.text
            if case .checkSequence(let expected, let received) = damage {
                checksum = Checksum(
                    expected: Hexadecimal.text(UInt64(expected), digits: 8),
                    received: Hexadecimal.text(UInt64(received), digits: 8))
            }
        }
    }

    private mutating func add(_ content: WireItem.FrameContent) {
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
            if isCutShort || fields.contains(where: \.isCutShort) { messageCutShort = true }
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

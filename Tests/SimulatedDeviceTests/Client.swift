import HDLC
import PigweedRPC
import PigweedTransfer
import ProtobufWire
import RecordedSessions
import SimulatedDevice
import TestSupport

/// A chunk with its data, as tests write and compare them.
struct SentChunk: Hashable, CustomStringConvertible {
    var chunk: Chunk
    var data: [UInt8] = []

    init(_ chunk: Chunk, data: [UInt8] = []) {
        self.chunk = chunk
        self.data = data
    }

    init?(message: [UInt8]) {
        guard let (chunk, range) = Chunk.decode(message.span) else { return nil }
        self.init(chunk, data: Array(message[range]))
    }

    var message: [UInt8] {
        var writer = FieldWriter()
        chunk.encode(data: data.span, into: &writer)
        return writer.bytes
    }

    var description: String {
        let fields: [(String, Any?)] = [
            ("session", chunk.sessionID), ("transfer", chunk.transferID == 0 ? nil : chunk.transferID),
            ("resource", chunk.resourceID), ("version", chunk.protocolVersion), ("offset", chunk.offset),
            ("data", data.isEmpty ? nil : data.count), ("windowEnd", chunk.windowEndOffset),
            ("pending", chunk.pendingBytes), ("max", chunk.maxChunkSizeBytes),
            ("delay", chunk.minDelayMicroseconds), ("remaining", chunk.remainingBytes),
            ("status", chunk.status.map(Status.init)), ("initial", chunk.initialOffset),
        ]
        let present = fields.compactMap { name, value in value.map { "\(name)=\($0)" } }
        return (["\(chunk.kind.map { "\($0)" } ?? "typeless")"] + present).joined(separator: " ")
    }
}

/// A packet with its payload.
struct SentPacket: Hashable {
    var packet: Packet
    var payload: [UInt8] = []

    var chunk: SentChunk? { SentChunk(message: payload) }

    /// All RPC packets in a stream of frames.
    static func all(in bytes: [UInt8]) -> [SentPacket] {
        var decoder = FrameDecoder(maximumContentSize: 1 << 16)
        var position = 0
        var packets: [SentPacket] = []
        while let output = decoder.next(in: bytes.span, at: &position) {
            guard case .frame(.rpc, _) = output else { continue }
            let payload = decoder.payload.withUnsafeBufferPointer { Array($0) }
            guard let (packet, range) = Packet.decode(payload.span) else { continue }
            packets.append(SentPacket(packet: packet, payload: Array(payload[range])))
        }
        return packets
    }
}

/// A device and a client that sends single packets to it, in virtual time.
struct Bench: ~Copyable {
    var device: SimulatedDevice
    var now = Instant.zero
    var callID: UInt32 = 1

    init(
        _ configuration: DeviceConfiguration = DeviceConfiguration(), _ resources: [DeviceResource] = [],
        files: [DeviceFile] = []
    ) {
        device = SimulatedDevice(configuration: configuration, resources: resources, files: files)
    }

    /// Sends bytes; returns the answers that come before any time passes.
    mutating func send(bytes: [UInt8]) -> [SentPacket] {
        device.receive(bytes.span, at: now)
        return takeAll()
    }

    mutating func send(_ packet: Packet, payload: [UInt8] = []) -> [SentPacket] {
        send(bytes: frame(packet, payload: payload))
    }

    mutating func open(_ direction: Direction) {
        _ = send(Packet(.request, channel: 1, method: direction.method, callID: callID))
    }

    /// Sends a chunk; returns the chunks that come as answers before any time passes.
    mutating func send(_ direction: Direction, _ chunk: Chunk, data: [UInt8] = []) -> [SentChunk] {
        let packet = Packet(.clientStream, channel: 1, method: direction.method, callID: callID)
        return send(packet, payload: SentChunk(chunk, data: data).message).compactMap(\.chunk)
    }

    /// Lets time pass; returns the chunks that come in that time.
    mutating func wait(_ duration: Duration) -> [SentChunk] {
        let end = now + duration
        var chunks: [SentChunk] = []
        while let next = device.nextTimeout, next <= end {
            now = max(now, next)
            device.handleTimeout(at: now)
            chunks += takeAll().compactMap(\.chunk)
        }
        now = end
        return chunks
    }

    mutating func events() -> [DeviceEvent] {
        var events: [DeviceEvent] = []
        while let event = device.nextEvent() { events.append(event) }
        return events
    }

    private mutating func takeAll() -> [SentPacket] {
        var bytes: [UInt8] = []
        repeat {
            device.transmit(into: &bytes)
            guard let next = device.nextTimeout, next <= now else { break }
            device.handleTimeout(at: now)
        } while device.hasOutput
        return SentPacket.all(in: bytes)
    }
}

extension Chunk {
    /// A version 2 start.
    static func start(
        resource: UInt32, session: UInt32 = 1, offset: UInt64 = 0
    ) -> Chunk {
        var chunk = Chunk(.start)
        chunk.transferID = resource
        chunk.resourceID = resource
        chunk.protocolVersion = .version2
        chunk.desiredSessionID = session
        chunk.initialOffset = offset
        return chunk
    }

    static func legacyStart(resource: UInt32, windowEnd: UInt32 = 0) -> Chunk {
        var chunk = Chunk(.start)
        chunk.transferID = resource
        chunk.windowEndOffset = windowEnd
        if windowEnd > 0 { chunk.pendingBytes = windowEnd }
        return chunk
    }

    /// A version 2 chunk.
    static func session(
        _ kind: Kind, _ session: UInt32 = 1, offset: UInt64 = 0, windowEnd: UInt32 = 0,
        max: UInt32? = nil, remaining: UInt64? = nil, status: Status? = nil
    ) -> Chunk {
        var chunk = Chunk(kind)
        chunk.sessionID = session
        if kind == .startAckConfirmation { chunk.protocolVersion = .version2 }
        chunk.offset = offset
        chunk.windowEndOffset = windowEnd
        chunk.maxChunkSizeBytes = max
        chunk.remainingBytes = remaining
        chunk.status = status?.rawValue
        return chunk
    }

    /// A legacy chunk.
    static func transfer(
        _ kind: Kind?, _ transfer: UInt32, offset: UInt64 = 0, windowEnd: UInt32 = 0,
        remaining: UInt64? = nil, status: Status? = nil
    ) -> Chunk {
        var chunk = Chunk(kind)
        chunk.transferID = transfer
        chunk.offset = offset
        chunk.windowEndOffset = windowEnd
        chunk.remainingBytes = remaining
        chunk.status = status?.rawValue
        return chunk
    }
}

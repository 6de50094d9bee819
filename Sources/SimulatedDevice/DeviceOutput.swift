import HDLC
import PigweedRPC
import PigweedTransfer
import ProtobufWire

/// The frames that a device has sent and nobody has taken.
struct DeviceOutput: ~Copyable {
    private(set) var frames: [UInt8] = []
    /// Whether a data chunk is among the frames.
    private(set) var holdsData = false
    /// Chunks that were sent since the device was made.
    private(set) var sentChunks = 0

    private let address: FrameAddress
    private let packetBuffer: Int
    private var chunkWriter = FieldWriter(capacity: 512)
    private var packetWriter = FieldWriter(capacity: 512)

    init(_ configuration: DeviceConfiguration) {
        address = configuration.address
        packetBuffer = configuration.packetBuffer
    }

    /// Sends a packet whose payload is a chunk; false if the packet is larger than the device's buffer.
    mutating func send(_ packet: Packet, chunk: Chunk, data: Span<UInt8>) -> Bool {
        chunkWriter.removeAll()
        chunk.encodeInDeviceOrder(data: data, into: &chunkWriter)
        guard encode(packet, limit: packetBuffer) else { return false }
        holdsData = holdsData || chunk.kind == .data
        sentChunks += 1
        return true
    }

    /// Sends a packet with any payload.
    mutating func send(_ packet: Packet, payload: Span<UInt8>) {
        packetWriter.removeAll()
        packet.encodeInDeviceOrder(payload: payload, into: &packetWriter)
        _ = frame()
    }

    /// Sends a packet without payload.
    mutating func send(_ packet: Packet) {
        send(packet, payload: [UInt8]().span)
    }

    /// Sends bytes that are no packet, such as console output, unless too much waits already.
    mutating func send(bytes: [UInt8]) {
        if frames.count < DeviceLimits.output { frames += bytes }
    }

    /// Moves all frames to the end of `output`.
    mutating func take(into output: inout [UInt8]) {
        output.append(contentsOf: frames)
        removeAll()
    }

    /// Forgets all frames.
    mutating func removeAll() {
        frames.removeAll(keepingCapacity: true)
        holdsData = false
    }

    private mutating func encode(_ packet: Packet, limit: Int) -> Bool {
        packetWriter.removeAll()
        Self.encode(packet, payload: chunkWriter, into: &packetWriter)
        return packetWriter.bytes.count <= limit && frame()
    }

    private static func encode(
        _ packet: Packet, payload: borrowing FieldWriter, into writer: inout FieldWriter
    ) {
        packet.encodeInDeviceOrder(payload: payload.bytes.span, into: &writer)
    }

    private mutating func frame() -> Bool {
        guard frames.count < DeviceLimits.output else { return false }
        Self.encode(packetWriter, address: address, into: &frames)
        return true
    }

    private static func encode(
        _ packet: borrowing FieldWriter, address: FrameAddress, into frames: inout [UInt8]
    ) {
        FrameEncoder.encode(address: address, payload: packet.bytes.span, into: &frames)
    }
}

import HDLC
import PigweedRPC
import PigweedTransfer
import ProtobufWire

/// The frames that a device has sent and nobody has taken.
///
/// A device whose output is slow (``DeviceConfiguration/outputTime``) keeps its frames in a queue, first in, first out.
/// Each data chunk leaves the queue after that time; other frames leave it right behind the data chunk before them.
struct DeviceOutput: ~Copyable {
    /// A frame in the queue of a slow output.
    private struct QueuedFrame {
        var bytes: [UInt8]
        var isData: Bool
        var leavesAt: Instant
    }

    private(set) var frames: [UInt8] = []
    /// Whether a data chunk is among the frames that did not come from the queue. The device waits until it is taken.
    private(set) var holdsData = false
    /// Whether a data chunk that came from the queue is among the frames.
    private var holdsQueuedData = false
    /// How many chunks were sent since the device was made.
    private(set) var sentChunks = 0

    private let address: FrameAddress
    private let packetBuffer: Int
    private let outputTime: Duration
    private var queue: [QueuedFrame] = []
    private var queuedBytes = 0
    /// When the last data chunk leaves the queue.
    private var queueFreeAt = Instant.zero
    private var chunkWriter = FieldWriter(capacity: 512)
    private var packetWriter = FieldWriter(capacity: 512)

    init(_ configuration: DeviceConfiguration) {
        address = configuration.address
        packetBuffer = configuration.packetBuffer
        outputTime = configuration.outputTime
    }

    /// The number of bytes that wait, in the queue or outside.
    var waitingBytes: Int { frames.count + queuedBytes }

    /// When ``advance(to:)`` has something to do. While a data chunk waits to be taken, nothing leaves the queue.
    var nextTimeout: Instant? { holdsQueuedData ? nil : queue.first?.leavesAt }

    /// Moves the frames whose time has come out of the queue.
    mutating func advance(to now: Instant) {
        while !holdsQueuedData, let frame = queue.first, frame.leavesAt <= now {
            queue.removeFirst()
            queuedBytes -= frame.bytes.count
            frames += frame.bytes
            holdsQueuedData = frame.isData
        }
    }

    /// Sends a packet whose payload is a chunk; false if the packet is larger than the device's buffer.
    mutating func send(_ packet: Packet, chunk: Chunk) -> Bool {
        guard encode(packet, chunk, data: [UInt8]().span) else { return false }
        return enqueue()
    }

    /// Sends a packet whose payload is a data chunk; false if the packet is larger than the device's buffer, or the
    /// queue is full.
    mutating func send(_ packet: Packet, chunk: Chunk, data: Span<UInt8>, at now: Instant) -> Bool {
        guard encode(packet, chunk, data: data) else { return false }
        guard outputTime > .zero else {
            holdsData = true
            return enqueue()
        }
        guard queue.count(where: \.isData) < DeviceConfiguration.outputQueue else { return false }
        queueFreeAt = max(queueFreeAt, now) + outputTime
        return enqueue(dataLeavingAt: queueFreeAt)
    }

    /// Sends a packet with any payload.
    mutating func send(_ packet: Packet, payload: Span<UInt8>) {
        packetWriter.removeAll()
        packet.encodeInDeviceOrder(payload: payload, into: &packetWriter)
        _ = enqueue()
    }

    /// Sends a packet without payload.
    mutating func send(_ packet: Packet) {
        send(packet, payload: [UInt8]().span)
    }

    /// Sends bytes that are no packet, such as console output, unless too much waits already.
    mutating func send(bytes: [UInt8]) {
        if waitingBytes < DeviceLimits.output { append(bytes) }
    }

    /// Moves all frames that are not in the queue to the end of `output`.
    mutating func take(into output: inout [UInt8]) {
        output.append(contentsOf: frames)
        frames.removeAll(keepingCapacity: true)
        holdsData = false
        holdsQueuedData = false
    }

    /// Discards all frames.
    mutating func removeAll() {
        frames.removeAll(keepingCapacity: true)
        holdsData = false
        holdsQueuedData = false
        queue = []
        queuedBytes = 0
        queueFreeAt = .zero
    }

    /// Writes a packet into ``packetWriter``; false if the packet is too large.
    private mutating func encode(_ packet: Packet, _ chunk: Chunk, data: Span<UInt8>) -> Bool {
        chunkWriter.removeAll()
        chunk.encodeInDeviceOrder(data: data, into: &chunkWriter)
        packetWriter.removeAll()
        Self.encode(packet, payload: chunkWriter, into: &packetWriter)
        guard packetWriter.bytes.count <= packetBuffer else { return false }
        sentChunks += 1
        return true
    }

    private static func encode(
        _ packet: Packet, payload: borrowing FieldWriter, into writer: inout FieldWriter
    ) {
        packet.encodeInDeviceOrder(payload: payload.bytes.span, into: &writer)
    }

    /// Sends the packet in ``packetWriter``; false if too much waits already.
    private mutating func enqueue(dataLeavingAt time: Instant? = nil) -> Bool {
        guard waitingBytes < DeviceLimits.output else { return false }
        guard time != nil || !queue.isEmpty else {
            Self.encode(packetWriter, address: address, into: &frames)
            return true
        }
        var bytes: [UInt8] = []
        Self.encode(packetWriter, address: address, into: &bytes)
        append(bytes, dataLeavingAt: time)
        return true
    }

    private mutating func append(_ bytes: [UInt8], dataLeavingAt time: Instant? = nil) {
        guard let leavesAt = time ?? queue.last?.leavesAt else {
            frames += bytes
            return
        }
        queue.append(QueuedFrame(bytes: bytes, isData: time != nil, leavesAt: leavesAt))
        queuedBytes += bytes.count
    }

    private static func encode(
        _ packet: borrowing FieldWriter, address: FrameAddress, into frames: inout [UInt8]
    ) {
        FrameEncoder.encode(address: address, payload: packet.bytes.span, into: &frames)
    }
}

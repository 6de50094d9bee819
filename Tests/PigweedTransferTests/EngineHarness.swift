import HDLC
import PigweedRPC
import ProtobufWire
import TestSupport
import Testing

@testable import PigweedTransfer

/// A chunk with its data.
struct FullChunk: Equatable {
    var chunk: Chunk
    var data: [UInt8] = []
}

/// The engine against a device that the test plays: the test delivers and receives chunks, and lets time pass.
final class EngineHarness {
    /// The meaning of a packet from the client.
    enum Sent: Equatable {
        case open(Method, callID: UInt32)
        case chunk(FullChunk)
        case other(Packet.Kind)
    }

    static let sessionID: UInt32 = 11
    /// The time from the start to its acknowledgement.
    static let roundTrip = Duration.milliseconds(10)

    var engine: TransferEngine
    var now = Instant.zero
    /// The bytes that a read has stored.
    var stored: [UInt8] = []
    /// The bytes that a write sends, from the initial offset on.
    var source: [UInt8] = []
    var finished: TransferFailure??
    var started: ProtocolVersion?
    var deviceOutput: [UInt8] = []
    var reopenings = 0
    /// The offsets at which the transfer continued after the device had lost the stream.
    var restarts: [UInt64] = []
    /// Whether the next store fails.
    var failsToStore = false
    private(set) var request = TransferRequest.read(3)
    private var callID: UInt32 = 0

    init() {
        engine = TransferEngine(
            configuration: RPCClient.Configuration(), firstSessionID: Self.sessionID, firstCallID: 5)
    }

    /// Begins a transfer, with the stream opened and the start sent.
    /// - Returns: the start.
    func begin(_ request: TransferRequest, source: [UInt8] = []) throws -> Chunk {
        self.request = request
        self.source = source
        try engine.begin(request, at: now)
        if StartPauses.mayStartAtOnce(request) { return try #require(reopened(as: 5)) }
        #expect(sent() == [.open(request.direction.method, callID: 5)])
        advance(Tuning.streamOpening)
        return try #require(chunks().first).chunk
    }

    /// Begins a transfer in version 2 up to the confirmation.
    /// - Returns: the confirmation.
    func establish(_ request: TransferRequest, source: [UInt8] = []) throws -> Chunk {
        _ = try begin(request, source: source)
        var acknowledgement = Chunk(.startAck)
        acknowledgement.sessionID = Self.sessionID
        acknowledgement.resourceID = request.resource
        acknowledgement.protocolVersion = .version2
        acknowledgement.initialOffset = request.initialOffset
        advance(Self.roundTrip)
        #expect(kinds().allSatisfy { $0 == .start })
        deliver(acknowledgement)
        #expect(started == .version2)
        let confirmation = try #require(chunks().first).chunk
        advance(Self.roundTrip)
        return confirmation
    }

    /// Takes the frames that open the stream again and start the transfer at once.
    /// - Returns: the start.
    func reopened(as callID: UInt32) -> Chunk? {
        let sent = sent()
        #expect(sent.first == .open(request.direction.method, callID: callID))
        guard sent.count == 2, case .chunk(let start) = sent[1], start.chunk.kind == .start else {
            Issue.record("not a start behind the opening of the stream: \(sent)")
            return nil
        }
        return start.chunk
    }

    // MARK: Device to client

    func deliver(
        _ kind: Chunk.Kind, session: UInt32? = sessionID, data: [UInt8] = [],
        _ set: (inout Chunk) -> Void = { _ in }
    ) {
        var chunk = Chunk(kind)
        chunk.sessionID = session
        set(&chunk)
        deliver(chunk, data: data)
    }

    func deliverData(_ data: [UInt8], at offset: UInt64, isLast: Bool = false) {
        var chunk = Chunk(.data)
        chunk.sessionID = Self.sessionID
        chunk.offset = offset
        if isLast { chunk.remainingBytes = 0 }
        deliver(chunk, data: data)
    }

    func deliver(_ chunk: Chunk, data: [UInt8] = []) {
        var writer = FieldWriter()
        chunk.encode(data: data.span, into: &writer)
        deliver(
            Packet(.serverStream, channel: 1, method: request.direction.method, callID: callID),
            payload: writer.bytes)
    }

    func deliver(_ packet: Packet, payload: [UInt8] = []) {
        deliver(frame(packet, payload: payload))
    }

    func deliver(_ bytes: [UInt8]) {
        var position = 0
        repeat {
            engine.receive(bytes.span, at: &position, now: now)
            handleEvents()
        } while position < bytes.count
    }

    func endStream(_ kind: Packet.Kind, _ status: Status) {
        deliver(Packet(kind, channel: 1, method: request.direction.method, callID: callID, status: status))
    }

    private func handleEvents() {
        while let event = engine.nextEvent() {
            switch event {
            case .started(let version): started = version
            case .data(let offset):
                #expect(offset == request.initialOffset + UInt64(stored.count))
                if failsToStore {
                    engine.fail(.storageFailed, at: now)
                } else {
                    let data = engine.data.array
                    stored += data
                    engine.confirmStored(at: now)
                }
            case .deviceOutput:
                let output = engine.deviceOutput.array
                deviceOutput += output
            case .reopenedStream: reopenings += 1
            case .deviceBusy, .slowedDown, .readsAgain: break
            case .restarted(let offset): restarts.append(offset)
            case .finished(let failure):
                #expect(finished == nil, "finished twice")
                finished = .some(failure)
            }
        }
    }

    // MARK: Time

    /// Lets time pass, stopping at each deadline.
    func advance(_ duration: Duration) {
        let end = now + duration
        while let next = engine.nextTimeout, next <= end {
            now = max(now, next)
            engine.handleTimeout(at: now)
            handleEvents()
        }
        now = end
    }

    /// Lets time pass up to the next deadline of the engine.
    func advanceToTimeout() {
        guard let next = engine.nextTimeout else { return }
        advance(next - now)
    }

    // MARK: Client to device

    /// The packets that the client has sent since the last call. This includes data that the client may send now.
    func sent() -> [Sent] {
        let source = self.source
        while let request = engine.dataRequest(at: now) {
            let start = Int(request.offset - self.request.initialOffset)
            let end = min(start + request.count, source.count)
            engine.send(source.span.extracting(start..<end), isLast: end == source.count, at: now)
        }
        var bytes: [UInt8] = []
        engine.transmit(into: &bytes)
        var decoder = FrameDecoder(maximumContentSize: 1 << 16)
        var position = 0
        var found: [Sent] = []
        while case .frame = decoder.next(in: bytes.span, at: &position) {
            guard let (packet, range) = Packet.decode(decoder.payload) else {
                Issue.record("the client sent a frame without a packet")
                continue
            }
            found.append(meaning(of: packet, payload: decoder.payload.extracting(range).array))
        }
        return found
    }

    private func meaning(of packet: Packet, payload: [UInt8]) -> Sent {
        switch packet.kind {
        case .request:
            callID = packet.callID
            return .open(packet.method, callID: packet.callID)
        case .clientStream:
            #expect(!payload.isEmpty, "pitfall 27: an empty payload starts a legacy transfer of resource 0")
            guard let (chunk, range) = Chunk.decode(payload.span) else {
                Issue.record("the client sent a message that is no chunk")
                return .other(packet.kind)
            }
            #expect(chunk.kind != nil, "rule 3: the kind is always encoded")
            #expect(
                chunk.kind != .start || range.isEmpty,
                "a start has no data: older firmware mishandles them, newer firmware rejects it")
            return .chunk(FullChunk(chunk: chunk, data: Array(payload[range])))
        default:
            return .other(packet.kind)
        }
    }

    /// The chunks that the client has sent since the last call.
    func chunks() -> [FullChunk] {
        sent().compactMap { sent in
            guard case .chunk(let chunk) = sent else { return nil }
            return chunk
        }
    }

    /// The kinds of the chunks that the client has sent since the last call.
    func kinds() -> [Chunk.Kind] {
        chunks().compactMap(\.chunk.kind)
    }
}

/// The chunks that a read sends.
extension EngineHarness {
    static func parameters(_ kind: Chunk.Kind, offset: UInt64, end: UInt32) -> Chunk {
        var chunk = Chunk(kind)
        chunk.sessionID = sessionID
        chunk.offset = offset
        chunk.windowEndOffset = end
        chunk.maxChunkSizeBytes = 448
        return chunk
    }

    static func completion(_ status: Status) -> Chunk {
        var chunk = Chunk(.completion)
        chunk.sessionID = sessionID
        chunk.status = status.rawValue
        return chunk
    }
}

extension TransferRequest {
    static func smallRead(window: UInt32) -> TransferRequest {
        var request = TransferRequest.read(3)
        request.window = window
        return request
    }
}

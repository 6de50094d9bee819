import HDLC
import RecordedSessions
import TestSupport
import Testing

@testable import PigweedRPC
@testable import PigweedTransfer

/// Plays the device's side of the recordings to our client, which must get the same data and the same end as the
/// recorded one.
///
/// The recorded device reacted to another client, at the times of that client. Ours asks in its own way, and must
/// make the best of the recorded answers. Ids are those of the recorded client.
@Suite struct RecordedDeviceTests {
    private static let files: [UInt32: String] = [
        0: "r0", 7: "r0", 3: "r100", 4: "r3k", 5: "r64k", 6: "r3k",
    ]

    /// The recordings of single transfers that ended by themselves.
    private static let transfers = RecordedSession.all.filter { session in
        !session.name.contains("status") && !session.name.contains("cancel")
            && !session.name.contains("killed") && !session.name.contains("restart")
    }

    /// The first packets of the recorded client.
    private struct Opening {
        var call: UInt32
        var direction: Direction
        var start: Chunk
    }

    private func opening(of session: RecordedSession) throws -> Opening {
        var decoder = FrameDecoder(maximumContentSize: 4096)
        var call: UInt32?
        for event in session.events where event.direction == .clientToServer {
            var position = 0
            while let output = decoder.next(in: event.bytes.span, at: &position) {
                guard case .frame(.rpc, _) = output, let (packet, range) = Packet.decode(decoder.payload)
                else { continue }
                if packet.kind == .request { call = packet.callID }
                guard packet.kind == .clientStream, let call,
                    let (chunk, data) = Chunk.decode(decoder.payload.extracting(range)),
                    chunk.effectiveKind(dataCount: data.count) == .start
                else { continue }
                let direction: Direction = packet.method == TransferService.read ? .read : .write
                return Opening(call: call, direction: direction, start: chunk)
            }
        }
        throw NoTransfer()
    }

    private struct NoTransfer: Error {}

    private func request(for opening: Opening, data: [UInt8]) -> TransferRequest {
        let start = opening.start
        let resource = start.resourceID ?? start.transferID
        var request =
            opening.direction == .read
            ? TransferRequest.read(resource)
            : .write(resource, size: UInt64(data.count) - start.initialOffset)
        request.initialOffset = start.initialOffset
        request.version = start.desiredSessionID == nil ? .legacy : nil
        // The recorded client may have asked for larger windows and chunks than ours would.
        request.window = 1 << 20
        request.leastWindow = 1 << 20
        request.chunkTimeout = .seconds(5)
        return request
    }

    @Test(arguments: transfers) func replay(_ session: RecordedSession) throws {
        let opening = try opening(of: session)
        let resource = opening.start.resourceID ?? opening.start.transferID
        let file = Self.files[resource].map(RecordedSession.data) ?? []
        let client = ReplayedClient(
            sessionID: opening.start.desiredSessionID ?? 1, callID: opening.call,
            source: Array(file.dropFirst(Int(opening.start.initialOffset))))
        try client.begin(request(for: opening, data: file))
        for event in session.delivered(.serverToClient) {
            client.receive(
                event.bytes, at: ReplayedClient.leadTime + .nanoseconds(Int64(event.seconds * 1e9)))
        }
        client.finish()

        let outcome = try #require(client.outcome, "the transfer has not ended")
        #expect((outcome?.status ?? .ok).description == session.result)
        guard session.result == "OK", opening.direction == .read else { return }
        #expect(client.stored == Array(file.dropFirst(Int(opening.start.initialOffset))))
    }
}

/// Our engine, which gets the bytes of a recorded device.
private final class ReplayedClient {
    /// Our client begins this much earlier than the recording, so that it has sent its start when the device answers
    /// a start.
    static let leadTime = Duration.milliseconds(500)

    private var engine: TransferEngine
    private let source: [UInt8]
    private var now = Instant.zero
    private var initialOffset: UInt64 = 0
    private(set) var stored: [UInt8] = []
    private(set) var outcome: TransferFailure??

    init(sessionID: UInt32, callID: UInt32, source: [UInt8]) {
        engine = TransferEngine(
            configuration: RPCClient.Configuration(), firstSessionID: sessionID, firstCallID: callID)
        self.source = source
    }

    func begin(_ request: TransferRequest) throws {
        initialOffset = request.initialOffset
        try engine.begin(request, at: now)
    }

    func receive(_ bytes: [UInt8], at time: Duration) {
        advance(to: max(now, .zero + time))
        sendAll()
        var position = 0
        repeat {
            engine.receive(bytes.span, at: &position, now: now)
            handleEvents()
        } while position < bytes.count
        provideData()
    }

    /// Lets the client end by itself after the recording.
    func finish() {
        advance(to: now + .seconds(60))
    }

    private func advance(to end: Instant) {
        while let next = engine.nextWake, next <= end {
            now = max(now, next)
            provideData()
            engine.handleTimeout(at: now)
            handleEvents()
        }
        now = end
    }

    /// The recorded device answers to data that the recorded client had already sent, whatever pause our client makes.
    private func sendAll() {
        while let next = engine.nextDataTime { advance(to: max(now, next)) }
    }

    private func provideData() {
        let source = source
        while let request = engine.dataRequest(at: now) {
            let start = Int(request.offset - initialOffset)
            let end = min(start + request.count, source.count)
            engine.send(source.span.extracting(start..<end), isLast: end == source.count, at: now)
        }
        var output: [UInt8] = []
        engine.transmit(into: &output)
    }

    private func handleEvents() {
        while let event = engine.nextEvent() {
            switch event {
            case .data:
                let data = engine.data.array
                stored += data
                engine.confirmStored(at: now)
            case .finished(let failure): outcome = .some(failure)
            case .started, .deviceOutput, .reopenedStream, .restarted, .slowedDown, .readsAgain, .deviceBusy:
                break
            }
        }
    }
}

import HDLC
import TestSupport
import Testing

@testable import PigweedRPC
@testable import PigweedTransfer

/// A server stream beside transfers, such as that of the device's log.
@Suite struct SideStreamTests {
    private static let log = LogService.listen

    /// The packets that a client wants to send.
    private static func sent(by client: inout RPCClient) -> [Packet] {
        var bytes: [UInt8] = []
        client.transmit(into: &bytes)
        var decoder = FrameDecoder(maximumContentSize: 1 << 10)
        var position = 0
        var packets: [Packet] = []
        while decoder.next(in: bytes.span, at: &position) != nil {
            if let (packet, _) = Packet.decode(decoder.payload) { packets.append(packet) }
        }
        return packets
    }

    private static func makeClient() -> RPCClient {
        RPCClient(configuration: RPCClient.Configuration(), firstCallID: 7)
    }

    /// Takes the result instead of the call, since the call changes the stream.
    private func expect(
        _ isMessage: Bool?, _ expected: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(isMessage == expected, sourceLocation: sourceLocation)
    }

    private static let silence = Tuning.sideStreamSilence

    @Test func theRequestIsRepeatedAfterSilence() {
        var client = Self.makeClient()
        var stream = SideStream(Self.log)
        var now = Instant.zero
        stream.handleTimeout(on: &client, at: now)
        #expect(Self.sent(by: &client).map(\.callID) == [7])
        now = now + Self.silence - .milliseconds(1)
        stream.handleTimeout(on: &client, at: now)
        #expect(Self.sent(by: &client).isEmpty)
        let call = RPCClient.Call(method: Self.log, id: 7)
        expect(stream.receive(.message(call), at: now), true)
        #expect(stream.nextTimeout == now + Self.silence)
        now = now + Self.silence
        stream.handleTimeout(on: &client, at: now)
        let packets = Self.sent(by: &client)
        #expect(packets.map(\.kind) == [.request])
        #expect(packets.map(\.callID) == [7])
        expect(stream.receive(.message(RPCClient.Call(method: TransferService.read, id: 9)), at: now), false)
    }

    @Test func aStreamThatIsEndedIsOpenedAgain() {
        var client = Self.makeClient()
        var stream = SideStream(Self.log)
        var now = Instant.zero
        for id in UInt32(7)..<7 + UInt32(Tuning.sideStreamAttempts) {
            #expect(stream.refusal == nil)
            stream.handleTimeout(on: &client, at: now)
            #expect(Self.sent(by: &client).map(\.callID) == [id])
            expect(stream.receive(.response(RPCClient.Call(method: Self.log, id: id), .ok), at: now), false)
            now = now + Tuning.sideStreamPause
        }
        #expect(stream.refusal == .ok)
        #expect(stream.nextTimeout == nil)
    }

    @Test func aDeviceWithoutTheServiceIsAskedOnce() {
        var client = Self.makeClient()
        var stream = SideStream(Self.log)
        stream.handleTimeout(on: &client, at: .zero)
        _ = Self.sent(by: &client)
        expect(stream.receive(.error(RPCClient.Call(method: Self.log, id: 7), .notFound), at: .zero), false)
        #expect(stream.refusal == .notFound)
        stream.deviceRestarted(at: .zero)
        stream.handleTimeout(on: &client, at: .zero + .seconds(100))
        #expect(Self.sent(by: &client).isEmpty)
    }

    @Test func theEndIsTold() {
        var client = Self.makeClient()
        var stream = SideStream(Self.log)
        stream.handleTimeout(on: &client, at: .zero)
        _ = Self.sent(by: &client)
        stream.close(on: &client)
        #expect(Self.sent(by: &client).map(\.kind) == [.clientError])
        stream.handleTimeout(on: &client, at: .zero + .seconds(100))
        #expect(Self.sent(by: &client).isEmpty)
    }

    /// The engine lends out its client, with the open calls and the beginning of a frame.
    @Test func nothingIsLostBetweenTransfersAndCalls() throws {
        var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        engine.open(SideStream(Self.log))
        #expect(engine.nextTimeout == .zero)
        engine.handleTimeout(at: .zero)
        var bytes: [UInt8] = []
        engine.transmit(into: &bytes)
        var decoder = FrameDecoder(maximumContentSize: 1 << 10)
        var position = 0
        _ = decoder.next(in: bytes.span, at: &position)
        let id = Packet.decode(decoder.payload)?.0.callID
        let callID = try #require(id)
        let message = Packet(.serverStream, channel: 1, method: Self.log, callID: callID)
        let frame = frame(message, payload: [1, 2, 3])

        position = 0
        engine.receive(frame.span.extracting(0..<9), at: &position, now: .zero)
        #expect(engine.nextEvent() == nil)
        var client = Self.makeClient()
        var stream: SideStream?
        engine.exchangeClient(with: &client, &stream)
        position = 9
        let event = client.next(in: frame.span, at: &position)
        #expect(event == .message(RPCClient.Call(method: Self.log, id: callID)))
        expect(stream?.receive(try #require(event), at: .zero), true)
        engine.exchangeClient(with: &client, &stream)

        position = 0
        engine.receive(frame.span, at: &position, now: .zero)
        #expect(engine.nextEvent() == .deviceOutput)
        #expect(engine.outputPlace == .logService)
        var payload: [UInt8] = []
        engine.appendDeviceOutput(to: &payload)
        #expect(payload == [1, 2, 3])
    }
}

import HDLC
import PigweedRPC
import TestSupport
import Testing

@Suite struct RPCClientTests {
    static let read = Method(service: "pw.transfer.Transfer", method: "Read")
    static let status = Method(service: "pw.transfer.Transfer", method: "GetResourceStatus")

    private func client(firstCallID: UInt32 = 1) -> RPCClient {
        RPCClient(configuration: RPCClient.Configuration(), firstCallID: firstCallID)
    }

    @Test func requestAndStreamMessageOnTheWire() {
        var client = client()
        let call = client.open(Self.read)
        var output: [UInt8] = []
        client.transmit(into: &output)
        #expect(output == hex("7ea50310011d7bc8d65b25da66785b380159415caa7e"))
        client.send(hex("080310c20318c20320d00f48c2035001580368027001"), on: call)
        output.removeAll()
        client.transmit(into: &output)
        #expect(
            output
                == hex(
                    "7ea503080210011d7bc8d65b25da66785b2a16080310c20318c20320d00f48c20350015803680270013801d4aae0407e"
                ))
        let hasMore = client.hasOutput
        #expect(!hasMore)
    }

    @Test(arguments: [UInt32(7), 0, .max]) func answersAreMatchedByCallIdOrItsAbsence(_ callID: UInt32) {
        var client = client(firstCallID: 7)
        let call = client.open(Self.read)
        var position = 0
        let input = frame(
            Packet(.serverStream, channel: 1, method: Self.read, callID: callID), payload: [1, 2, 3])
        let event = client.next(in: input.span, at: &position)
        #expect(event == .message(call))
        #expect(client.payload.array == [1, 2, 3])
    }

    @Test func packetsOfNoOpenCallAreUnrelated() {
        var client = client(firstCallID: 7)
        _ = client.open(Self.read)
        for packet in [
            Packet(.serverStream, channel: 1, method: Self.read, callID: 8),
            Packet(.serverStream, channel: 2, method: Self.read, callID: 7),
            Packet(.serverStream, channel: 1, method: Self.status, callID: 7),
            Packet(.clientStream, channel: 1, method: Self.read, callID: 7),
        ] {
            var position = 0
            #expect(client.next(in: frame(packet).span, at: &position) == .unrelated)
        }
    }

    @Test func reopeningForgetsTheEarlierCall() {
        var client = client(firstCallID: 7)
        _ = client.open(Self.read)
        let second = client.open(Self.read)
        var position = 0
        let old = frame(Packet(.response, channel: 1, method: Self.read, callID: 7))
        #expect(client.next(in: old.span, at: &position) == .unrelated)
        position = 0
        let new = frame(
            Packet(.serverError, channel: 1, method: Self.read, callID: 8, status: .failedPrecondition))
        #expect(client.next(in: new.span, at: &position) == .error(second, .failedPrecondition))
        position = 0
        #expect(client.next(in: new.span, at: &position) == .unrelated)
    }

    @Test func unaryCall() {
        var client = client(firstCallID: 3)
        let call = client.open(Self.status, payload: [0x08, 0x0A])
        var output: [UInt8] = []
        client.transmit(into: &output)
        #expect(output == hex("7ea50310011d7bc8d65b25bbc013c92a02080a380385f652d57e"))
        let answer = hex(
            "7ea503080110011d7bc8d65b25bbc013c92a0f080a100020e80730eeff031800280038030b80a1687e")
        var position = 0
        #expect(client.next(in: answer.span, at: &position) == .response(call, .ok))
        #expect(client.payload.array == hex("080a100020e80730eeff0318002800"))
    }

    @Test func logFramesAndTextAreTold() {
        var client = client()
        let log = hex("7e03036c6f67f49349e37e")
        var position = 0
        #expect(client.next(in: log.span, at: &position) == .log)
        #expect(client.payload.array == Array("log".utf8))
        let text = Array("panic!".utf8) + [0x7E]
        position = 0
        #expect(client.next(in: text.span, at: &position) == .unframed(.text))
        #expect(client.unframed.array == Array("panic!".utf8))
    }

    @Test func onlyAnEventWithAMessageHasAPayload() {
        var client = client(firstCallID: 7)
        _ = client.open(Self.read)
        let message = Packet(.serverStream, channel: 1, method: Self.read, callID: 7)
        var foreign = Packet(.serverError, channel: 1, method: Self.status, callID: 7)
        foreign.status = .notFound
        let other = frame([9], address: FrameAddress(rawValue: 5))
        let stream = frame(message, payload: [UInt8](repeating: 1, count: 100)) + frame(foreign) + other
        var sizes: [Int] = []
        var position = 0
        while client.next(in: stream.span, at: &position) != nil { sizes.append(client.payload.count) }
        #expect(sizes == [100, 0, 0])
    }

    @Test(
        arguments: [(1, [1, 2]), (16383, [16383, 1]), (0, [1, 2]), (16384, [1, 2]), (.max, [1, 2])]
            as [(UInt32, [UInt32])])
    func callIdsStayWithinWhatAllReferenceClientsUse(first: UInt32, ids: [UInt32]) {
        var client = client(firstCallID: first)
        #expect(client.open(Self.read).id == ids[0])
        #expect(client.open(Self.read).id == ids[1])
    }
}

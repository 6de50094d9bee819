internal import HDLC
internal import PigweedFileSystem
internal import PigweedRPC
internal import ProtobufWire
internal import TestSupport
internal import Testing
internal import TransferClient

@Suite struct CallLoopTests {
    private static let echo = Method(service: "pw.rpc.EchoService", method: "Echo")

    /// A packet in a frame, for any call of the method.
    private static func frame(
        _ kind: Packet.Kind, _ method: Method = echo, payload: [UInt8] = [], status: Status = .ok
    ) -> [UInt8] {
        let packet = Packet(kind, channel: 1, method: method, callID: 0, status: status)
        return TestSupport.frame(packet, payload: payload)
    }

    private static func damaged(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        frame[frame.count / 2] ^= 1
        return frame
    }

    private func call(
        over transport: ScriptedTransport, _ configure: (inout CallLoop.Options) -> Void = { _ in }
    ) throws(CallError) -> CallReply {
        var options = CallLoop.Options()
        options.timeout = .milliseconds(1)
        configure(&options)
        var loop = CallLoop(over: transport, configuration: RPCClient.Configuration())
        return try loop.call(Self.echo, request: [7], options: options)
    }

    @Test func theReplyHasWhatCameBeforeIt() throws {
        let transport = try ScriptedTransport(
            Self.frame(.serverStream, payload: [1]) + Self.frame(.serverStream, payload: [2, 3])
                + Self.frame(.response, payload: [4], status: .aborted))
        let reply = try call(over: transport)
        #expect(reply.messages == [[1], [2, 3]])
        #expect(reply.payload == [4])
        #expect(reply.status == .aborted)
        #expect(!reply.isDamaged)
        #expect(transport.sent.map(\.kind) == [.request])
    }

    @Test func aRefusalIsAnError() throws {
        let transport = try ScriptedTransport(Self.frame(.serverError, status: .notFound))
        #expect(throws: CallError.refused(.notFound)) { try call(over: transport) }
    }

    /// Text that is not followed by a frame shows that the line works, and somebody may want to read it.
    @Test func silenceTellsOfTextWithoutAnEnd() throws {
        let text = Array("login: ".utf8)
        let transport = try ScriptedTransport(text)
        var output: [UInt8] = []
        let error = try #require(
            #expect(throws: CallError.self) {
                try call(over: transport) { $0.deviceOutput = { bytes, _ in output += bytes } }
            })
        guard case .noAnswer(let line) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(line.strayBytes == 7)
        #expect(line.frames == 0)
        #expect(output == text)
        #expect(transport.sent.map(\.kind) == [.request, .request, .clientError])
    }

    @Test func whatFollowsTheReplyIsNotLost() throws {
        let text = Array("done\n".utf8)
        let transport = try ScriptedTransport(Self.frame(.response) + text + [0x7E])
        var output: [UInt8] = []
        _ = try call(over: transport) { $0.deviceOutput = { bytes, _ in output += bytes } }
        #expect(output == text)
    }

    @Test func whatFollowsARefusalIsNotLost() throws {
        let text = Array("no such service\n".utf8)
        let transport = try ScriptedTransport(Self.frame(.serverError, status: .notFound) + text + [0x7E])
        var output: [UInt8] = []
        #expect(throws: CallError.refused(.notFound)) {
            try call(over: transport) { $0.deviceOutput = { bytes, _ in output += bytes } }
        }
        #expect(output == text)
    }

    /// If a second call gets no answer, it is cancelled, and the reply to the first call is used.
    @Test func aDamagedStreamIsAskedForOnceMore() throws {
        let transport = try ScriptedTransport(
            Self.damaged(Self.frame(.serverStream, payload: [1])) + Self.frame(.response))
        let reply = try call(over: transport)
        #expect(reply.isDamaged)
        #expect(reply.attempt == 1)
        #expect(transport.sent.map(\.kind) == [.request, .request, .clientError])
    }

    @Test func anAnswerIsBounded() throws {
        let message = Self.frame(.serverStream, payload: [1, 2, 3])
        let stream = message + message + message
        #expect(throws: CallError.endless(messages: 2)) {
            try call(over: try ScriptedTransport(stream)) { $0.messageLimit = 2 }
        }
        #expect(throws: CallError.endless(messages: 1)) {
            try call(over: try ScriptedTransport(stream)) { $0.byteLimit = 5 }
        }
    }

    /// Each message may hold thousands of files.
    @Test func aListIsBounded() throws {
        var writer = FieldWriter()
        ListResponse([FileEntry](repeating: FileEntry(path: "a"), count: 4)).encode(into: &writer)
        let message = Self.frame(.serverStream, FileSystemService.list, payload: writer.bytes)
        let transport = try ScriptedTransport(
            message + message + message + Self.frame(.response, FileSystemService.list))
        var options = CallLoop.Options()
        options.messageLimit = 5
        #expect(throws: DeviceFilesError.call(.endless(messages: 8))) {
            var files = DeviceFiles(
                over: transport, configuration: RPCClient.Configuration(), options: options)
            _ = try files.list()
        }
    }
}

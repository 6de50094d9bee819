import PigweedRPC
import PigweedTokenizer
import PigweedTransfer
import RecordedSessions
import SimulatedDevice
import Testing

/// The RPC server: which packets are answered, and how.
@Suite struct CallTests {
    private static func makeBench(
        _ configuration: DeviceConfiguration = DeviceConfiguration()
    ) -> Bench {
        let content = MemoryResource([UInt8](repeating: 7, count: 3000))
        var status = ResourceStatusResponse(size: 0, checksum: 0)
        status.readableOffset = 1000
        status.readChecksum = 65518
        content.statusSource = .fixed(status)
        let silent = MemoryResource()
        silent.statusSource = .unimplemented
        return Bench(
            configuration, [DeviceResource(id: 10, storage: content), DeviceResource(id: 3, storage: silent)])
    }

    private static let read = TransferService.read

    private static let reboot = Packet(.request, channel: 1, method: DeviceService.reboot, callID: 5)

    /// The device restarts without an answer, and has forgotten its calls.
    @Test(arguments: [false, true]) func restarts(hangingUp: Bool) {
        var configuration = DeviceConfiguration()
        configuration.hangsUpOnReboot = hangingUp
        var bench = Self.makeBench(configuration)
        bench.open(.read)
        _ = bench.events()
        #expect(bench.send(Self.reboot) == [])
        #expect(bench.events() == [hangingUp ? .hungUp : .rebooted])
        let chunk = Packet(.clientStream, channel: 1, method: Self.read, callID: 1)
        let answers = bench.send(chunk, payload: SentChunk(.start(resource: 10)).message)
        #expect(answers.map(\.packet.status) == [.failedPrecondition])
    }

    @Test func restartsOnlyIfItCan() {
        var configuration = DeviceConfiguration()
        configuration.supportsReboot = false
        var bench = Self.makeBench(configuration)
        #expect(bench.send(Self.reboot).map(\.packet.status) == [.notFound])
        #expect(bench.events() == [])
    }

    /// A listener gets the messages from then on. If the device drops a message, the next one counts it.
    @Test func logs() throws {
        var configuration = DeviceConfiguration()
        configuration.console = ConsoleOutput(
            every: .seconds(1), as: .rpc, text: "Line %u", from: .start, drop: 3)
        var bench = Self.makeBench(configuration)
        _ = bench.wait(.milliseconds(1500))
        func listen(_ bench: inout Bench) {
            let request = Packet(.request, channel: 1, method: LogService.listen, callID: 4)
            #expect(bench.send(request) == [])
        }
        listen(&bench)
        var entries: [LogEntries] = []
        for _ in 2...5 {
            bench.now = bench.now + .seconds(1)
            for sent in bench.send(bytes: []) {
                #expect(sent.packet.kind == .serverStream)
                #expect(sent.packet.callID == 4)
                let packet = LogEntries(decoding: sent.payload.span)
                entries.append(try #require(packet))
            }
            // After a new request, the log continues.
            listen(&bench)
        }
        #expect(entries.map(\.firstNumber) == [1, 2, 3])
        #expect(entries.map { $0.entries.map(\.dropped) } == [[0], [1, 0], [0]])
        #expect(
            entries.compactMap(\.entries.last).map(\.message)
                == [Int64(2), 4, 5].map { number in
                    var message = TokenizedMessage(of: "Line %u")
                    message.append(argument: number)
                    return message.bytes
                })
        #expect(bench.send(Packet(.clientError, channel: 1, method: LogService.listen, callID: 4)) == [])
        bench.now = bench.now + .seconds(1)
        #expect(bench.send(bytes: []) == [])
    }

    struct Answer: Sendable, CustomStringConvertible {
        var description: String
        var packet: Packet
        var payload: [UInt8] = []
        var status: Status?
    }

    static let examples: [Answer] = {
        let unknown = Method(service: "pw.file.FileSystem", method: "List")
        func packet(_ kind: Packet.Kind, _ method: Method = read, call: UInt32 = 1, channel: UInt32 = 1)
            -> Packet
        {
            Packet(kind, channel: channel, method: method, callID: call)
        }
        return [
            Answer(description: "unknown channel", packet: packet(.clientStream, channel: 2)),
            Answer(description: "channel 0", packet: packet(.clientStream, channel: 0)),
            Answer(description: "packet of a server", packet: packet(.serverStream)),
            Answer(description: "unknown method", packet: packet(.request, unknown), status: .notFound),
            Answer(
                description: "unknown method, stream", packet: packet(.clientStream, unknown),
                status: .notFound),
            Answer(description: "unknown method, error", packet: packet(.clientError, unknown)),
            Answer(
                description: "stream without call", packet: packet(.clientStream, TransferService.write),
                status: .failedPrecondition),
            Answer(
                description: "end of a stream without call",
                packet: packet(.clientRequestCompletion, TransferService.write), status: .failedPrecondition),
            Answer(description: "error without call", packet: packet(.clientError, TransferService.write)),
            Answer(
                description: "another call id", packet: packet(.clientStream, call: 8),
                status: .failedPrecondition),
        ]
    }()

    @Test(arguments: examples)
    func isAnswered(_ example: Answer) {
        var bench = Self.makeBench()
        bench.open(.read)
        let sent = bench.send(example.packet)
        var expected = example.packet
        expected.kind = .serverError
        expected.status = example.status ?? .ok
        #expect(sent.map(\.packet) == (example.status == nil ? [] : [expected]))
    }

    @Test(arguments: [UInt32(0), .max])
    func openCallIDsReachTheCall(_ id: UInt32) {
        var bench = Self.makeBench()
        bench.callID = 7
        bench.open(.read)
        let sent = bench.send(
            Packet(.clientStream, channel: 1, method: Self.read, callID: id),
            payload: SentChunk(.start(resource: 10)).message)
        #expect(sent.map(\.packet.callID) == [7])
    }

    @Test func callWithoutIDAdoptsTheFirstOne() {
        var bench = Self.makeBench()
        bench.callID = 0
        bench.open(.read)
        let first = bench.send(
            Packet(.clientStream, channel: 1, method: Self.read, callID: 0),
            payload: SentChunk(.start(resource: 10)).message)
        #expect(first.map(\.packet.callID) == [0])
        let second = bench.send(
            Packet(.clientStream, channel: 1, method: Self.read, callID: 9),
            payload: SentChunk(.start(resource: 10)).message)
        #expect(second.map(\.packet.callID) == [9])
    }

    @Test(arguments: [1, 2, 0] as [UInt32])
    func secondRequestAbortsTheTransfersOfTheDirection(callID: UInt32) {
        var bench = Self.makeBench()
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 10))
        _ = bench.send(.read, .session(.startAckConfirmation, windowEnd: 400, max: 400))
        let sent = bench.send(Packet(.request, channel: 1, method: Self.read, callID: callID))
        let response = Packet(.response, channel: 1, method: Self.read, callID: 1)
        #expect(sent.map(\.packet) == (callID == 2 ? [response] : []))

        bench.callID = callID
        let late = bench.send(.read, .session(.parametersContinue, offset: 400, windowEnd: 800))
        #expect(late == [SentChunk(.session(.completion, status: .aborted))])
        let silence = bench.wait(.seconds(60))
        #expect(silence.isEmpty)
    }

    @Test func reopeningOneDirectionLeavesTheOtherAlone() {
        var bench = Self.makeBench()
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 3))
        bench.open(.read)
        let answer = bench.send(.write, .session(.startAckConfirmation))
        #expect(answer.map(\.chunk.kind) == [.parametersRetransmit])
    }

    @Test func halfClosedStreamTakesNoChunks() {
        var bench = Self.makeBench()
        bench.open(.read)
        let half = bench.send(
            Packet(.clientRequestCompletion, channel: 1, method: Self.read, callID: 1))
        #expect(half.isEmpty)
        let refused = bench.send(Packet(.clientStream, channel: 1, method: Self.read, callID: 1))
        #expect(refused.map(\.packet.status) == [.failedPrecondition])
    }

    @Test func cancelledCallLeavesTheTransferToItsTimeouts() {
        var bench = Self.makeBench()
        bench.open(.write)
        _ = bench.send(.write, .start(resource: 3))
        _ = bench.send(.write, .session(.startAckConfirmation))
        let sent = bench.send(
            Packet(.clientError, channel: 1, method: TransferService.write, callID: 1, status: .cancelled))
        #expect(sent.isEmpty)
        let silence = bench.wait(.seconds(60))
        #expect(silence.isEmpty)
        let ended = bench.events().contains {
            if case .ended(_, .deadlineExceeded, _) = $0 { true } else { false }
        }
        #expect(ended)
    }

    @Test func streamIsDeafAfterItsRequest() {
        var configuration = DeviceConfiguration()
        configuration.startDeafness = .milliseconds(20)
        var bench = Self.makeBench(configuration)
        bench.open(.read)
        let dropped = bench.send(.read, .start(resource: 10))
        #expect(dropped.isEmpty)
        _ = bench.wait(.milliseconds(20))
        let heard = bench.send(.read, .start(resource: 10))
        #expect(heard.map(\.chunk.kind) == [.startAck])
    }

    @Test func openingBothStreamsAtOnceKillsTheFirst() {
        var configuration = DeviceConfiguration()
        configuration.startDeafness = .milliseconds(20)
        var bench = Self.makeBench(configuration)
        bench.open(.read)
        let sent = bench.send(Packet(.request, channel: 1, method: TransferService.write, callID: 2))
        #expect(sent.map(\.packet) == [Packet(.response, channel: 1, method: Self.read, callID: 1)])
    }

    @Test(arguments: [
        ("080a", Status.ok, "080a100020e80730eeff0318002800"), ("0803", .unimplemented, "0803100c"),
        ("0863", .notFound, "08631005"), ("", .notFound, "08001005"), ("1001", .dataLoss, ""),
        ("ff", .dataLoss, ""),
    ])
    func resourceStatus(request: String, status: Status, answer: String) {
        var bench = Self.makeBench()
        let packet = Packet(.request, channel: 1, method: TransferService.getResourceStatus, callID: 3)
        let sent = bench.send(packet, payload: [UInt8](hex: request))
        var expected = packet
        expected.kind = .response
        expected.status = status
        #expect(sent == [SentPacket(packet: expected, payload: [UInt8](hex: answer))])
    }

    @Test func firmwareWithoutResourceStatus() {
        var configuration = DeviceConfiguration()
        configuration.supportsStatus = false
        var bench = Self.makeBench(configuration)
        let packet = Packet(.request, channel: 1, method: TransferService.getResourceStatus, callID: 3)
        let sent = bench.send(packet)
        #expect(sent.map(\.packet.status) == [.notFound])
        #expect(sent.map(\.packet.kind) == [.serverError])
    }

    @Test func rebootLosesCallsAndTransfers() {
        var bench = Self.makeBench()
        bench.open(.read)
        _ = bench.send(.read, .start(resource: 10))
        bench.device.reboot()
        let sent = bench.send(
            Packet(.clientStream, channel: 1, method: Self.read, callID: 1),
            payload: SentChunk(.session(.startAckConfirmation, windowEnd: 400)).message)
        #expect(sent.map(\.packet.status) == [.failedPrecondition])
        bench.open(.read)
        let silence = bench.send(.read, .session(.startAckConfirmation, windowEnd: 400))
        #expect(silence.isEmpty)
    }
}

import HDLC
import PigweedRPC
import PigweedTokenizer
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing

@Suite struct DeviceFaultTests {
    private func bench(_ faults: DeviceFault..., data: Int = 2000) -> Bench {
        var configuration = DeviceConfiguration()
        for fault in faults { configuration.apply(fault) }
        var bench = Bench(
            configuration,
            [
                DeviceResource(id: 1, storage: MemoryResource([UInt8](repeating: 1, count: data))),
                DeviceResource(id: 2, storage: MemoryResource()),
            ])
        bench.open(.read)
        bench.open(.write)
        return bench
    }

    private func beginWrite(_ bench: inout Bench) -> UInt32? {
        _ = bench.send(.write, .start(resource: 2))
        return bench.send(.write, .session(.startAckConfirmation)).first?.chunk.windowEndOffset
    }

    private func restarts(_ bench: inout Bench) -> [DeviceEvent] {
        bench.events().filter { $0 == .rebooted || $0 == .hungUp }
    }

    @Test func resetAfterTime() {
        var bench = bench(.accident(.reset, when: .after(.seconds(2))))
        #expect(bench.device.nextTimeout == Instant.zero + .seconds(2))
        _ = bench.wait(.milliseconds(1999))
        #expect(restarts(&bench) == [])
        _ = bench.wait(.milliseconds(1))
        #expect(restarts(&bench) == [.rebooted])
        #expect(bench.device.nextTimeout == nil)
        // The device has forgotten its calls.
        let packet = Packet(.clientStream, channel: 1, method: TransferService.read, callID: 1)
        let answers = bench.send(packet, payload: SentChunk(.start(resource: 1)).message)
        #expect(answers.map(\.packet.kind) == [.serverError])
    }

    @Test func resetAfterAWrite() {
        var bench = bench(.accident(.reset, when: .afterWrite(.milliseconds(5))))
        _ = beginWrite(&bench)
        _ = bench.wait(.seconds(1))
        #expect(restarts(&bench) == [])
        _ = bench.send(.write, .session(.data, remaining: 0), data: [1, 2, 3])
        #expect(restarts(&bench) == [])
        _ = bench.wait(.milliseconds(4))
        #expect(restarts(&bench) == [])
        _ = bench.wait(.milliseconds(1))
        #expect(restarts(&bench) == [.rebooted])
        _ = bench.wait(.seconds(1))
        #expect(restarts(&bench) == [])
    }

    @Test func hangUpAfterChunks() {
        // The chunks are START, START_ACK, the confirmation and the first data.
        var bench = bench(.accident(.hangUp, when: .afterChunks(4)))
        let ack = bench.send(.read, .start(resource: 1))
        #expect(ack.count == 1)
        #expect(restarts(&bench) == [])
        let data = bench.send(.read, .session(.startAckConfirmation, windowEnd: 1000, max: 100))
        #expect(data == [])
        #expect(restarts(&bench) == [.hungUp])
    }

    /// During the pause, the device neither reads nor sends. Arriving chunks wait, and are answered in their order.
    @Test func standsStillInARead() {
        var bench = bench(.pause(DevicePause(.milliseconds(50), after: 300, every: 500)), data: 2000)
        _ = bench.send(.read, .start(resource: 1))
        let data = bench.send(.read, .session(.startAckConfirmation, windowEnd: 2000, max: 100))
        #expect(data.map(\.chunk.offset) == [0])
        let before = bench.wait(.milliseconds(2))
        #expect(before.map(\.chunk.offset) == [100])
        let none = bench.wait(.milliseconds(51))
        #expect(none == [])
        // The pause begins at the third chunk, 2 ms after the second.
        #expect(bench.device.nextTimeout == Instant.zero + .milliseconds(54))
        let hasOutput = bench.device.hasOutput
        #expect(!hasOutput)
        let unheard = bench.send(
            .read, .session(.parametersRetransmit, offset: 1000, windowEnd: 2000, max: 100))
        #expect(unheard == [])
        let after = bench.wait(.milliseconds(1))
        #expect(after.map(\.chunk.offset) == [200, 1000])
        let rest = bench.wait(.milliseconds(8))
        #expect(rest.map(\.chunk.offset) == [1100, 1200, 1300])
        #expect(bench.device.nextTimeout == Instant.zero + .milliseconds(112))
    }

    @Test func standsStillInAWrite() {
        var bench = bench(.pause(DevicePause(.seconds(1), after: 1)))
        _ = beginWrite(&bench)
        let unheard = bench.send(.write, .session(.data, remaining: 2), data: [1])
        #expect(unheard == [])
        let rest = bench.send(.write, .session(.data, offset: 1, remaining: 0), data: [2, 3])
        #expect(rest == [])
        let answers = bench.wait(.seconds(1))
        #expect(answers.map(\.chunk.status) == [Status.ok.rawValue])
    }

    @Test func aRestartEndsTheStandstill() {
        var bench = bench(.pause(DevicePause(.seconds(1), after: 1)))
        _ = bench.send(.read, .start(resource: 1))
        _ = bench.send(.read, .session(.startAckConfirmation, windowEnd: 2000, max: 100))
        bench.device.reboot()
        #expect(bench.device.nextTimeout == nil)
        bench.open(.read)
        let answer = bench.send(.read, .start(resource: 1))
        #expect(answer.map(\.chunk.kind) == [.startAck])
    }

    @Test(arguments: [
        (DeviceFault.Accident.unplug, DeviceEvent.unplugged), (.fallSilent, .fellSilent),
    ])
    func goneAtAnOffset(accident: DeviceFault.Accident, event: DeviceEvent) {
        var bench = bench(.accident(accident, when: .atOffset(300)))
        _ = bench.send(.read, .start(resource: 1))
        var data = bench.send(.read, .session(.startAckConfirmation, windowEnd: 1000, max: 100))
        while bench.device.nextTimeout != nil { data += bench.wait(.milliseconds(2)) }
        // The chunk at which the device goes away is lost.
        #expect(data.map(\.chunk.offset) == [0, 100])
        #expect(bench.events().last == event)
        // The device receives nothing any more.
        let silence = bench.send(.read, .start(resource: 1))
        #expect(silence == [])
        bench.open(.read)
        let (timeout, hasOutput) = (bench.device.nextTimeout, bench.device.hasOutput)
        #expect(timeout == nil)
        #expect(!hasOutput)
        bench.device.reboot()
        bench.open(.read)
        let answers = bench.send(.read, .start(resource: 1))
        #expect(answers.count == 1)
    }

    @Test func silentFromTheBeginning() throws {
        let fault = try Fault(parsing: "device:silent")
        var bench = bench(try #require(FaultSet([fault]).device.first))
        let answers = bench.send(.read, .start(resource: 1))
        #expect(answers == [])
        #expect(bench.events() == [.fellSilent])
    }

    @Test func refusesResources() {
        var bench = bench(.refuse(.dataLoss, resource: 1), .refuse(.unavailable, resource: nil))
        var statuses: [[UInt32?]] = []
        for resource: UInt32 in [1, 2, 9] {
            let answers = bench.send(.read, .start(resource: resource))
            statuses.append(answers.map { $0.chunk.status })
        }
        #expect(statuses == [[15], [14], [14]])
    }

    @Test func accidentsCanBeCancelled() {
        var bench = bench(.accident(.reset, when: .afterChunks(1)))
        bench.device.endAccidents()
        let ack = bench.send(.read, .start(resource: 1))
        #expect(ack.count == 1)
        #expect(restarts(&bench) == [])
    }

    @Test(arguments: [
        (DeviceState.initiating, 1), (.waiting, 2), (.recovery, 3), (.terminating, 4),
    ])
    func resetInStateOfAWrite(state: DeviceState, step: Int) {
        var bench = bench(.accident(.reset, when: .inState(state)))
        let steps: [(Chunk, [UInt8])] = [
            (.start(resource: 2), []), (.session(.startAckConfirmation), []),
            (.session(.data, offset: 100), [1]), (.session(.data, remaining: 0), [1]),
        ]
        for (index, (chunk, data)) in steps.enumerated() {
            _ = bench.send(.write, chunk, data: data)
            let events = restarts(&bench)
            #expect(events == (index + 1 == step ? [.rebooted] : []))
            if !events.isEmpty { return }
        }
    }

    @Test func resetWhileTransmittingAndPreparing() {
        var transmitting = bench(.accident(.reset, when: .inState(.transmitting)))
        _ = transmitting.send(.read, .start(resource: 1))
        _ = transmitting.send(.read, .session(.startAckConfirmation, windowEnd: 1000, max: 100))
        #expect(restarts(&transmitting) == [.rebooted])

        var preparing = bench(
            .slowPrepare(.seconds(1)), .accident(.reset, when: .inState(.preparing)))
        _ = preparing.send(.read, .start(resource: 1))
        #expect(restarts(&preparing) == [.rebooted])
        let answers = preparing.wait(.seconds(2))
        #expect(answers == [])
    }

    @Test func slowWriteAnswersLate() {
        var bench = bench(.slowWrite(.milliseconds(50)), .slowFinalize(.seconds(3)))
        let window = beginWrite(&bench)
        #expect(window == 450)
        let data = [UInt8](repeating: 1, count: 400)
        let first = bench.send(.write, .session(.data, offset: 0), data: data)
        // While the first chunk is stored, the second one waits.
        let second = bench.send(.write, .session(.data, offset: 400), data: data)
        #expect(first.isEmpty && second.isEmpty)
        let early = bench.wait(.milliseconds(49))
        #expect(early.isEmpty)
        let parameters = bench.wait(.milliseconds(1))
        #expect(parameters.map(\.chunk.kind) == [.parametersContinue])
        #expect(parameters.first?.chunk.offset == 400)
        _ = bench.wait(.milliseconds(50))

        let last = bench.send(.write, .session(.data, offset: 800, remaining: 0), data: [9])
        let storing = bench.wait(.milliseconds(3049))
        #expect(last.isEmpty && storing.isEmpty)
        let completion = bench.wait(.milliseconds(1))
        #expect(completion.map(\.chunk.status) == [Status.ok.rawValue])
    }

    @Test func duplicatesNeedNoStoring() {
        var bench = bench(.slowWrite(.milliseconds(50)))
        _ = beginWrite(&bench)
        _ = bench.send(.write, .session(.data, offset: 0), data: [1, 2, 3])
        _ = bench.wait(.milliseconds(50))
        let answer = bench.send(.write, .session(.data, offset: 0), data: [1, 2, 3])
        #expect(answer.map(\.chunk.kind) == [.parametersContinue])
    }

    @Test func consolePrints() {
        let line = Array("x\n".utf8)
        for form in [ConsoleOutput.Form.frames, .text] {
            var bench = bench(.console(ConsoleOutput(every: .milliseconds(10), as: form, text: "x\n")))
            var bytes: [UInt8] = []
            bench.device.transmit(into: &bytes)
            bytes = []
            for step in 1...5 {
                bench.device.handleTimeout(at: .zero + .milliseconds(5 * step))
                bench.device.transmit(into: &bytes)
            }
            let log = frame(line, address: .log)
            #expect(bytes == (form == .frames ? log + log : line + line))
            #expect(bench.device.nextTimeout == Instant.zero + .milliseconds(30))
        }
    }

    @Test func consoleLogsTokens() {
        var base64 = ConsoleOutput(every: .milliseconds(10), as: .base64, text: "n=%u\n", from: .start)
        let message = base64.line(number: 3)
        // 4 + 65599 * 'n' + 65599^2 * '=' + ..., modulo 2^32, and 3 in zigzag.
        let token = TokenizedMessage.token(of: "n=%u")
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) } + [6]
        let frame = frame([0x22, 3, 0, 0] + bytes, address: .log)
        base64.form = .tokens
        #expect(base64.line(number: 3) == frame)
        #expect(message.count > frame.count)
    }

    @Test func consoleBeginsWhenItIsTold() {
        for (beginning, lines) in [(ConsoleOutput.Beginning.start, 1), (.restart, 0), (.contact, 0)] {
            let console = ConsoleOutput(every: .milliseconds(10), as: .text, text: "x", from: beginning)
            var configuration = DeviceConfiguration()
            configuration.console = console
            var device = SimulatedDevice(configuration: configuration, resources: [])
            var bytes: [UInt8] = []
            for milliseconds in [1, 11, 12, 22] {
                if milliseconds == 12 {
                    #expect(bytes.count == lines)
                    device.reboot()
                }
                device.handleTimeout(at: .zero + .milliseconds(milliseconds))
                device.transmit(into: &bytes)
            }
            #expect(bytes.count == (beginning == .start ? 2 : beginning == .restart ? 1 : 0))
        }
    }
}

internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import TestSupport

/// Feeds a client's engine with the output of a device that was made to break it.
///
/// The input is a transfer followed by operations: bytes as they are, frames with a chunk, frames with another packet,
/// time, data, the user. What must hold: nothing traps, memory stays bounded, data come in order, and the transfer
/// ends once, at the latest when the device is silent for long enough.
struct ClientFuzzer: ~Copyable {
    /// How many bytes of output, and how many events, may wait after one operation.
    private static let outputLimit = 1 << 17
    private static let eventLimit = 64

    private var input: InputReader
    private var engine: TransferEngine
    private var request = TransferRequest.read(3)
    private var now = Instant.zero
    private var stored: UInt64 = 0
    private var isRunning = false
    /// The size that a write of unknown size turned out to have.
    private var endOfSource: UInt64?
    private var highestSent: UInt64 = 0
    /// The session of the last start.
    private var session: UInt32 = 0

    static func run(_ input: Span<UInt8>) {
        var fuzzer = ClientFuzzer(input)
        fuzzer.run()
    }

    private init(_ input: Span<UInt8>) {
        self.input = InputReader(input)
        engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 0)
    }

    private mutating func run() {
        drawRequest()
        begin()
        while !input.isAtEnd {
            operate()
            afterwards()
        }
        fallSilent()
    }

    private mutating func drawRequest() {
        let options = input.byte()
        let size = UInt64(input.byte()) * 16
        request = options & 1 == 0 ? .read(3) : .write(3, size: options & 2 == 0 ? size : nil)
        if options & 4 != 0 { request.version = .legacy }
        if options & 8 != 0 { request.initialOffset = input.number(near: 1000) }
        if options & 16 != 0 { request.window = UInt32(truncatingIfNeeded: input.number(near: 4096)) }
        if options & 32 != 0 { request.chunkSize = UInt32(truncatingIfNeeded: input.number(near: 64)) }
        if options & 64 != 0 { request.retries = Int(input.byte() & 7) }
        if options & 128 != 0 { request.version = .version2 }
        request.restartsWrite = options & 34 != 0
    }

    private mutating func begin() {
        stored = request.initialOffset
        endOfSource = nil
        highestSent = request.initialOffset
        do {
            try engine.begin(request, at: now)
            isRunning = true
        } catch {
            precondition(engine.isIdle)
        }
        afterwards()
    }

    private mutating func operate() {
        let operation = input.byte()
        switch operation {
        case 0..<16: receive(input.take(Int(input.byte())))
        case 16..<160: receive(chunkFrame(isOther: operation & 15 == 15))
        case 160..<176: receive(packetFrame(operation))
        case 176..<208: pass(input.time())
        case 208..<232: if let time = engine.nextTimeout, time > now { pass(time - now) }
        case 232..<248: provideData(isAtEnd: input.byte() & 7 == 7)
        case 248..<252: if engine.isIdle { begin() }
        case 252: engine.cancel(at: now)
        case 253: engine.fail(.storageFailed, at: now)
        case 254: engine.flushDeviceOutput()
        default: restartSession()
        }
    }

    /// The device answers a start.
    private mutating func restartSession() {
        var chunk = Chunk(.startAck)
        chunk.sessionID = session
        chunk.resourceID = 3
        chunk.protocolVersion = .version2
        chunk.initialOffset = request.initialOffset
        receive(frame(packet(.serverStream), chunk, data: []))
    }

    private func packet(_ kind: Packet.Kind, status: Status = .ok) -> Packet {
        Packet(kind, channel: 1, method: request.direction.method, callID: 0, status: status)
    }

    private mutating func chunkFrame(isOther: Bool) -> [UInt8] {
        let offset = request.direction == .read ? stored : request.initialOffset + engine.progress.moved
        let (chunk, data) = input.chunk(
            session: isOther ? session &- UInt32(input.byte()) : session, resource: 3, offset: offset)
        return frame(packet(.serverStream), chunk, data: data)
    }

    private mutating func packetFrame(_ operation: UInt8) -> [UInt8] {
        let status = Status(rawValue: UInt32(input.byte()))
        switch operation & 3 {
        case 0: return frame(packet(.response, status: status))
        case 1: return frame(packet(.serverError, status: status))
        case 2: return frame(packet(.serverStream), payload: input.take(Int(input.byte())))
        default: return [0x7E] + input.take(Int(input.byte())) + [0x7E]
        }
    }

    private mutating func receive(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            let before = position
            engine.receive(bytes.span, at: &position, now: now)
            precondition(position > before)
            handleEvents()
        }
    }

    private mutating func pass(_ time: Duration) {
        now = now + time
        engine.handleTimeout(at: now)
    }

    /// - Parameter isAtEnd: whether a write of unknown size ends here.
    private mutating func provideData(isAtEnd: Bool) {
        guard let wanted = engine.dataRequest(at: now) else { return }
        precondition(wanted.offset >= request.initialOffset && wanted.offset <= maximumOffset)
        precondition(wanted.count >= 0 && wanted.count <= 8192)
        if isAtEnd, request.size == nil, endOfSource == nil {
            endOfSource = max(wanted.offset + UInt64(wanted.count / 2), highestSent)
        }
        let end = endOfSource ?? .max
        precondition(wanted.offset <= end)
        let count = Int(min(UInt64(wanted.count), end - wanted.offset))
        highestSent = max(highestSent, wanted.offset + UInt64(count))
        let data = [UInt8](repeating: 0xA5, count: count)
        engine.send(data.span, isLast: wanted.offset + UInt64(count) == end, at: now)
    }

    private mutating func handleEvents() {
        var count = 0
        while let event = engine.nextEvent() {
            count += 1
            precondition(count <= Self.eventLimit)
            switch event {
            case .data(let offset):
                precondition(isRunning && request.direction == .read)
                precondition(offset == stored && (!engine.data.isEmpty || engine.progress.total == stored))
                stored += UInt64(engine.data.count)
                precondition(stored <= maximumOffset)
                engine.confirmStored(at: now)
            case .finished:
                precondition(isRunning && engine.isIdle)
                isRunning = false
            case .deviceOutput: _ = engine.deviceOutput
            case .restarted(let offset):
                precondition(isRunning && offset == stored)
            case .started, .reopenedStream, .slowedDown, .readsAgain, .deviceBusy: precondition(isRunning)
            }
        }
    }

    private mutating func afterwards() {
        handleEvents()
        precondition(isRunning != engine.isIdle)
        _ = engine.progress
        _ = engine.statistics
        _ = engine.nextDataTime
        var output: [UInt8] = []
        engine.transmit(into: &output)
        precondition(output.count <= Self.outputLimit)
        if !output.isEmpty { inspect(output) }
    }

    /// Checks that the client sends whole frames with whole chunks, and keeps the rules that real devices rely on.
    private mutating func inspect(_ output: [UInt8]) {
        var decoder = FrameDecoder(maximumContentSize: 9000)
        var position = 0
        while let found = decoder.next(in: output.span, at: &position) {
            guard case .frame(.rpc, _) = found, let (packet, range) = Packet.decode(decoder.payload) else {
                preconditionFailure("no packet")
            }
            guard packet.kind == .clientStream else { continue }
            let message = decoder.payload.extracting(range)
            guard !message.isEmpty, let (chunk, data) = Chunk.decode(message), let kind = chunk.kind else {
                preconditionFailure("no chunk")
            }
            precondition(data.isEmpty || kind == .data)
            switch kind {
            case .start:
                precondition(chunk.resourceID != nil)
                session = chunk.desiredSessionID ?? session
            case .completion: precondition(chunk.status != nil)
            case .parametersRetransmit, .parametersContinue:
                precondition(chunk.effectiveWindowEnd >= chunk.offset)
            case .data: precondition(chunk.offset + UInt64(data.count) <= maximumOffset)
            case .startAck: preconditionFailure("a server's chunk")
            case .startAckConfirmation, .completionAck: break
            }
        }
    }

    /// The device sends nothing any more. Then the transfer must end, and its timers must lead there.
    private mutating func fallSilent() {
        var steps = 0
        while isRunning {
            steps += 1
            precondition(steps < 20_000, "no end")
            guard let next = engine.nextWake else { preconditionFailure("waits for nothing") }
            now = max(now, next)
            provideData(isAtEnd: true)
            engine.handleTimeout(at: now)
            afterwards()
        }
    }
}

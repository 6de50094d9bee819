import PigweedRPC

@testable import PigweedTransfer

/// A session that is driven as by the engine, with random events, and a record of what each event did.
struct SessionWalk: ~Copyable {
    /// A part of the session, and its state.
    enum State: String, CaseIterable {
        case handshake
        case waitingForChunk = "waiting for chunk"
        case recovering
        case waitingForReceiver = "waiting for receiver"
        case sendingChunks = "sending chunks"
        case ending
        case over

        /// The part, which has its own table; `nil` after the end.
        var part: String? {
            switch self {
            case .handshake: "Handshake"
            case .waitingForChunk, .recovering: "Receiver"
            case .waitingForReceiver, .sendingChunks: "Transmitter"
            case .ending: "Ending"
            case .over: nil
            }
        }
    }

    /// What happened in a state, what it led to, and which chunk was sent for it.
    struct Step: Hashable {
        var before: State
        var event: String
        var after: State
        var sent: Chunk.Kind?
        var version: ProtocolVersion
    }

    private static let chunkSize: UInt32 = 64
    /// The size of a write: more than a window, and less than a walk can send.
    private static let size: UInt64 = 384

    private var session: Session
    private var now = Instant.zero
    /// The time between two chunks of the device.
    private var pace: Duration
    /// How many of ten data chunks come out of order.
    private let disorder: Int
    private(set) var steps: [Step] = []

    init(
        _ direction: Direction, _ version: ProtocolVersion,
        using generator: inout some RandomNumberGenerator
    ) {
        pace = .milliseconds([5, 500, 3000][Int.random(in: 0..<3, using: &generator)])
        disorder = Int.random(in: 0..<10, using: &generator)
        var request = direction == .read ? TransferRequest.read(3) : .write(3, size: Self.size)
        request.version = version == .legacy ? .legacy : .version2
        request.chunkSize = Self.chunkSize
        request.window = 4 * Self.chunkSize
        session = Session(request, id: 11)
        session.start(onNewStream: true, answerTime: nil, at: now)
        _ = session.takeChunk()
    }

    private var state: State {
        switch session.state {
        case .handshake: .handshake
        case .transfer:
            if let receiver = session.receiver {
                receiver.isRecovering ? .recovering : .waitingForChunk
            } else {
                session.nextDataTime == nil ? .waitingForReceiver : .sendingChunks
            }
        case .ending: .ending
        case .over: .over
        }
    }

    /// A whole transfer: ordinary events, then an event that ends the transfer, then events after its end on this side.
    mutating func run(using generator: inout some RandomNumberGenerator) {
        for _ in 0..<Int.random(in: 0..<40, using: &generator) { goOn(using: &generator) }
        if state != .ending { breakOff(using: &generator) }
        for _ in 0..<Int.random(in: 0..<10, using: &generator) {
            if Int.random(in: 0..<4, using: &generator) == 0 {
                breakOff(using: &generator)
            } else {
                goOn(using: &generator)
            }
        }
    }

    private mutating func goOn(using generator: inout some RandomNumberGenerator) {
        let isRead = session.request.direction == .read
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: passTime()
        case 1..<4 where state == .handshake: receive("START_ACK", startAck())
        case 1..<7 where isRead:
            let isInTurn = Int.random(in: 0..<10, using: &generator) >= disorder
            let place = isInTurn ? nil : Int.random(in: 0..<3, using: &generator)
            receiveData(place: place, ends: Int.random(in: 0..<6, using: &generator) == 0)
        case _ where isRead: store()
        case 1..<6: sendData()
        default: receiveParameters(isContinue: Bool.random(using: &generator))
        }
    }

    private mutating func breakOff(using generator: inout some RandomNumberGenerator) {
        let isWrite = session.request.direction == .write
        switch Int.random(in: 0..<(isWrite ? 10 : 8), using: &generator) {
        case 0: act("stopped on this side") { session, now in session.stop(.cancelled, at: now) }
        case 1: act("the stream is lost") { session, _ in session.lose(.streamLost) }
        case 2: receive("COMPLETION", completion(.internal))
        case 3: receive("COMPLETION", completion(.ok))
        case 4: receive("COMPLETION_ACK", chunk(.completionAck))
        case 5: receive("START_ACK", startAck())
        case 6: fallSilent()
        case 7: getNowhere(using: &generator)
        case 8: receiveParameters("PARAMETERS behind the end", from: 1 << 20, room: 4)
        default:
            let position = session.transmitter?.window.position ?? 0
            let event = position < Self.size ? "PARAMETERS without room" : "PARAMETERS from the end on"
            receiveParameters(event, from: position, room: 0)
        }
    }

    /// The device sends nothing any more.
    private mutating func fallSilent() {
        while session.deadline != nil {
            passTime()
            if session.request.direction == .write { sendData() }
        }
    }

    /// The device repeats its requests, or sends useless chunks.
    private mutating func getNowhere(using generator: inout some RandomNumberGenerator) {
        pace = .seconds(3)
        for _ in 0..<40 where state != .ending {
            if session.request.direction == .read {
                receiveData(place: 1, ends: false)
            } else {
                receiveParameters(isContinue: false)
                for _ in 0..<Int.random(in: 0..<6, using: &generator) { sendData() }
            }
        }
    }

    // MARK: Events

    /// A chunk of this session with nothing but its kind.
    private func chunk(_ kind: Chunk.Kind) -> Chunk {
        var chunk = session.completionAcknowledgement()
        chunk.kind = kind
        return chunk
    }

    private mutating func startAck() -> Chunk {
        var chunk = Chunk(.startAck)
        chunk.sessionID = session.id
        chunk.resourceID = session.request.resource
        chunk.protocolVersion = .version2
        return chunk
    }

    private func completion(_ status: Status) -> Chunk {
        var chunk = chunk(.completion)
        chunk.status = status.rawValue
        return chunk
    }

    private mutating func passTime() {
        guard let deadline = session.deadline else { return }
        now = max(now, deadline)
        let before = state
        let isReopened = session.timeout(at: now) == .reopen
        if isReopened { session.start(onNewStream: true, answerTime: nil, at: now) }
        note(before, isReopened ? "silence, no retry left" : "silence", sent: takeChunks())
    }

    private mutating func receiveData(place: Int?, ends: Bool) {
        guard let receiver = session.receiver else { return }
        let window = receiver.window
        let count = UInt64(Self.chunkSize)
        var chunk = chunk(.data)
        let event: String
        switch place {
        case 0:
            chunk.offset = window.front + count
            event = "DATA behind a gap"
        case 1:
            chunk.offset = window.delivered >= count ? window.delivered - count : 0
            event = chunk.offset == window.expected ? "DATA, the next" : "DATA that are here already"
        case 2:
            chunk.offset = window.end + count
            event = "DATA behind the window"
        default:
            chunk.offset = window.expected
            event = "DATA, the next"
        }
        if ends, chunk.offset + count >= window.front, window.endOfData == nil { chunk.remainingBytes = 0 }
        let end = chunk.offset + count
        let isBehindEnd = end <= window.end && end > receiver.limits.announcedEnd ?? end
        receive(
            end > window.end
                ? "DATA behind the window" : isBehindEnd ? "DATA behind the announced end" : event,
            chunk, dataCount: Int(count))
    }

    /// Reports that the data which are due have been stored.
    private mutating func store() {
        guard let window = session.receiver?.window, !window.deliverable.isEmpty else { return }
        let range = window.deliverable
        let isLast = range.upperBound == window.endOfData
        act(isLast ? "all data are stored" : "data are stored") { session, now in
            _ = session.stored(range.count, at: now)
        }
    }

    private mutating func sendData() {
        guard let time = session.nextDataTime else { return }
        now = max(now, time)
        guard let request = session.dataRequest(at: now) else { return }
        let before = state
        guard let chunk = session.dataChunk(count: request.count, isLast: false, at: now) else { return }
        let event = before == state ? "a chunk is sent" : "the last chunk of the window is sent"
        note(before, event, sent: [chunk])
    }

    private mutating func receiveParameters(isContinue: Bool) {
        guard let window = session.transmitter?.window else { return }
        if isContinue {
            receiveParameters(
                "PARAMETERS_CONTINUE", from: window.position, room: 4, kind: .parametersContinue)
        } else {
            receiveParameters("PARAMETERS_RETRANSMIT", from: window.confirmed, room: 4)
        }
    }

    /// - Parameter room: how many chunks the device accepts.
    private mutating func receiveParameters(
        _ event: String, from offset: UInt64, room: UInt32, kind: Chunk.Kind = .parametersRetransmit
    ) {
        var chunk = chunk(kind)
        chunk.maxChunkSizeBytes = Self.chunkSize
        chunk.offset = offset
        chunk.windowEndOffset = UInt32(clamping: offset) + room * Self.chunkSize
        receive(event, chunk)
    }

    // MARK: Notes

    private mutating func receive(_ event: String, _ chunk: Chunk, dataCount: Int = 0) {
        now = now + pace
        act(event) { session, now in _ = session.receive(chunk, dataCount: dataCount, at: now) }
    }

    private mutating func act(_ event: String, _ body: (inout Session, Instant) -> Void) {
        let before = state
        guard before != .over else { return }
        body(&session, now)
        note(before, event, sent: takeChunks())
    }

    private mutating func takeChunks() -> [Chunk] {
        var chunks: [Chunk] = []
        while let chunk = session.takeChunk() { chunks.append(chunk) }
        return chunks
    }

    private mutating func note(_ before: State, _ event: String, sent: [Chunk]) {
        let kinds: [Chunk.Kind?] = sent.isEmpty ? [nil] : sent.map(\.kind)
        let event =
            switch session.failure {
            case .noProgress: "round after round without progress"
            case .deviceSilent, .noAnswer: "silence, no retry left"
            default:
                before == .ending && state == .over && event == "silence" ? "silence, no retry left" : event
            }
        for kind in Set(kinds) {
            steps.append(
                Step(before: before, event: event, after: state, sent: kind, version: session.version)
            )
        }
    }
}

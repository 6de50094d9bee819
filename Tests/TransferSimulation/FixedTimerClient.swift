internal import PigweedRPC
internal import PigweedTransfer
internal import ProtobufWire
internal import TestSupport

/// A model of the reference's Python client: its answers, and the fixed times after which it repeats.
///
/// It uses go-back-n in both directions. Its windows double, and then grow by a chunk. It waits 4 s for the
/// start and 2 s for anything else, and repeats 3 times in a row. It speaks only version 2, to a device that takes
/// all offsets and has room for all data. Two things differ from the reference: the start follows the opened stream
/// after 0.1 s instead of 1 s, and reads ask for chunks of 448 bytes instead of 1024, which a stock device cannot
/// send.
final class FixedTimerClient: SimulatedClient {
    private static let openingDelay = Duration.milliseconds(100)
    private static let startTimeout = Duration.seconds(4)
    private static let chunkTimeout = Duration.seconds(2)
    private static let retryLimit = 3
    private static let lifetimeRetryLimit = 1500
    private static let windowLimit = 32768
    private static let readChunkSize = 448
    private static let sessionID: UInt32 = 1

    private enum State { case opening, initiating, waiting, transmitting, recovery, terminating, complete }
    /// How a read's window changes when parameters are sent.
    private enum WindowChange { case first, extend, shrink, none }

    private let request: TransferRequest
    private let source: [UInt8]
    private(set) var outcome: TransferFailure??
    private(set) var version: ProtocolVersion?
    private(set) var stored: [UInt8] = []
    private(set) var statistics = TransferEngine.Statistics()
    private(set) var nextTimeout: Instant?

    private var rpc = RPCClient(configuration: RPCClient.Configuration(), firstCallID: 1)
    private var call: RPCClient.Call?
    private var state = State.opening
    private var retries = 0
    private var lifetimeRetries = 0
    private var lastChunk = Chunk(nil)
    private var lastData: [UInt8] = []
    /// The end of the window in both directions, and the chunk size in it.
    private var windowEnd = 0
    private var chunkSize = 0

    // For a write: the next byte to send, the end of the bytes ever sent, what the device has, and its pause.
    private var position = 0
    private var highest = 0
    private var confirmed = 0
    private var minDelay = Duration.zero
    private var nextDataAt = Instant.zero

    // For a read.
    private var window = 0
    private var multiplier = 1
    private var isInSlowStart = true
    private var lastSeenOffset: Int?

    init(_ request: TransferRequest, source: [UInt8]) {
        self.request = request
        self.source = source
    }

    var arrived: Int { stored.count }
    /// The model does not listen to the device's output.
    let deviceOutput: [[UInt8]] = []

    var progress: TransferEngine.Progress {
        TransferEngine.Progress(moved: UInt64(request.direction == .read ? stored.count : confirmed))
    }

    var nextOutputTime: Instant? { rpc.hasOutput ? .zero : state == .transmitting ? nextDataAt : nil }

    func begin(at now: Instant) throws(TransferFailure) {
        call = rpc.open(request.direction.method)
        nextTimeout = now + Self.openingDelay
    }

    /// The reference cannot cancel.
    func cancel(at now: Instant) { finish(.cancelled) }

    func transmit(into bytes: inout [UInt8], at now: Instant) {
        if !rpc.hasOutput, state == .transmitting, now >= nextDataAt { sendNextData(at: now) }
        rpc.transmit(into: &bytes)
    }

    func receive(_ bytes: [UInt8], at now: Instant) {
        var offset = 0
        while let event = rpc.next(in: bytes.span, at: &offset) {
            switch event {
            case .message:
                guard let (chunk, range) = Chunk.decode(rpc.payload), chunk.sessionID == Self.sessionID
                else { continue }
                let data = rpc.payload.extracting(range).array
                receive(chunk, data, at: now)
            case .error: finish(.streamLost)
            case .response, .log, .unframed, .unrelated: continue
            }
        }
    }

    // MARK: Time

    func handleTimeout(at now: Instant) {
        guard let deadline = nextTimeout, deadline <= now else { return }
        guard state == .opening else { return expire(at: now) }
        state = .initiating
        var start = Chunk(.start)
        start.transferID = request.resource
        start.resourceID = request.resource
        start.protocolVersion = .version2
        start.desiredSessionID = Self.sessionID
        if request.direction == .read {
            setParameters(of: &start, .first)
            start.pendingBytes = start.windowEndOffset
        }
        send(start)
        nextTimeout = now + Self.startTimeout
    }

    private func expire(at now: Instant) {
        retries += 1
        lifetimeRetries += 1
        guard retries <= Self.retryLimit, lifetimeRetries <= Self.lifetimeRetryLimit else {
            return finish(state == .terminating ? nil : state == .initiating ? .noAnswer : .deviceSilent)
        }
        let isHandshake = lastChunk.kind == .startAckConfirmation
        switch (state, request.direction) {
        case _ where isHandshake, (.initiating, _), (.terminating, _):
            statistics.repeats += 1
            send(lastChunk)
        case (_, .read): sendParameters(.parametersRetransmit, .shrink)
        case (.waiting, .write): send(lastChunk, lastData)
        default: break
        }
        nextTimeout = now + (lastChunk.kind == .start ? Self.startTimeout : Self.chunkTimeout)
    }

    // MARK: Chunks

    private func receive(_ chunk: Chunk, _ data: [UInt8], at now: Instant) {
        guard state != .opening, state != .complete else { return }
        nextTimeout = nil
        retries = 0
        if let status = chunk.status {
            if version != nil { send(self.chunk(.completionAck)) }
            return finish(status == 0 ? nil : .device(Status(rawValue: status)))
        }
        switch state {
        case .initiating: confirm()
        case .terminating:
            guard chunk.kind != .completionAck else { return finish(nil) }
            expire(at: now)
        // A repeated acknowledgement leaves the reference without a timer.
        case _ where chunk.kind == .startAck: return
        case _ where request.direction == .read: receiveData(chunk, data)
        default: receiveParameters(chunk, at: now)
        }
        if state != .complete { nextTimeout = now + Self.chunkTimeout }
    }

    private func confirm() {
        version = .version2
        state = .waiting
        var confirmation = chunk(.startAckConfirmation)
        confirmation.protocolVersion = .version2
        if request.direction == .read { setParameters(of: &confirmation, .first) }
        send(confirmation)
    }

    private func finish(_ failure: TransferFailure?) {
        nextTimeout = nil
        state = .complete
        outcome = .some(failure)
    }

    private func chunk(_ kind: Chunk.Kind) -> Chunk {
        var chunk = Chunk(kind)
        chunk.sessionID = Self.sessionID
        return chunk
    }

    private func send(_ chunk: Chunk, _ data: [UInt8] = []) {
        guard let call else { return }
        lastChunk = chunk
        lastData = data
        if chunk.kind == .data, chunk.offset < highest || data.isEmpty { statistics.repeats += 1 }
        highest = max(highest, Int(chunk.offset) + data.count)
        var writer = FieldWriter()
        chunk.encode(data: data.span, into: &writer)
        rpc.send(writer.bytes, on: call)
    }

    // MARK: Read

    private func receiveData(_ chunk: Chunk, _ data: [UInt8]) {
        let offset = Int(chunk.offset)
        if state == .recovery, offset != stored.count {
            if lastSeenOffset == offset { return sendParameters(.parametersRetransmit, .shrink) }
            lastSeenOffset = offset
            return
        }
        state = .waiting
        guard offset == stored.count else {
            if offset + data.count <= stored.count { return sendParameters(.parametersContinue, .none) }
            state = .recovery
            return sendParameters(.parametersRetransmit, .shrink)
        }
        stored += data
        lastSeenOffset = offset
        if chunk.remainingBytes == 0 {
            state = .terminating
            var completion = self.chunk(.completion)
            completion.status = Status.ok.rawValue
            send(completion)
        } else if 2 * (windowEnd - stored.count) <= window {
            sendParameters(.parametersContinue, .extend)
        }
    }

    private func sendParameters(_ kind: Chunk.Kind, _ change: WindowChange) {
        if kind == .parametersRetransmit { statistics.repeats += 1 }
        var chunk = chunk(kind)
        setParameters(of: &chunk, change)
        send(chunk)
    }

    private func setParameters(of chunk: inout Chunk, _ change: WindowChange) {
        switch change {
        case .extend:
            let grown = isInSlowStart ? 2 * multiplier : multiplier + 1
            multiplier = min(grown, Self.windowLimit / Self.readChunkSize)
        case .shrink:
            isInSlowStart = false
            multiplier = max(multiplier / 2, 1)
        case .first, .none: break
        }
        if change != .none {
            window = Self.readChunkSize * multiplier
            windowEnd = stored.count + window
        }
        chunk.offset = UInt64(stored.count)
        chunk.windowEndOffset = UInt32(windowEnd)
        chunk.maxChunkSizeBytes = UInt32(Self.readChunkSize)
    }

    // MARK: Write

    private func receiveParameters(_ chunk: Chunk, at now: Instant) {
        state = .waiting
        windowEnd = min(Int(chunk.windowEndOffset), source.count)
        if chunk.kind == .parametersRetransmit {
            position = Int(chunk.offset)
        } else if Int(chunk.windowEndOffset) <= position {
            return
        }
        if let size = chunk.maxChunkSizeBytes { chunkSize = Int(size) }
        if let delay = chunk.minDelayMicroseconds { minDelay = .microseconds(Int64(delay)) }
        confirmed = Int(chunk.offset)
        state = .transmitting
        nextDataAt = now
    }

    private func sendNextData(at now: Instant) {
        let count = min(chunkSize, windowEnd - position)
        var chunk = chunk(.data)
        chunk.offset = UInt64(position)
        if source.count - position <= count { chunk.remainingBytes = 0 }
        send(chunk, Array(source[position..<position + count]))
        position += count
        if position == windowEnd { state = .waiting } else { nextDataAt = now + minDelay }
    }
}

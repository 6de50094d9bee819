import PigweedRPC
import PigweedTransfer

/// One transfer of the server: every state that it can be in and every transition between these.
///
/// A client's read is transmitted, a client's write received. What a chunk does is decided in ``receive(_:data:at:io:)``
/// by state and direction; what silence does in ``handleTimeout(at:io:)``.
struct TransferContext {
    enum State {
        /// Free; chunks do not reach it.
        case inactive
        /// Free, but still answers chunks of its last session with that session's status.
        case completed
        /// `START_ACK` is sent; no timer runs.
        case initiating
        /// For parameters in a read, for data in a write.
        case waiting
        /// The window is open and the pause between chunks runs (read).
        case transmitting
        /// Data was lost; data at the wanted offset is waited for (write).
        case recovery
        /// `COMPLETION` is sent, its acknowledgement is waited for (version 2).
        case terminating
    }

    private(set) var state = State.inactive
    /// When ``handleTimeout(at:io:)`` is due.
    private(set) var timer: Instant?
    private(set) var transfer = DeviceTransfer(
        direction: .read, resourceID: 0, sessionID: 0, version: .version2, initialOffset: 0)

    private var resource: OpenResource?
    private var status = Status.ok
    private var retries = 0
    private var lifetimeRetries = 0

    /// Next byte to send or to store.
    private(set) var offset: UInt32 = 0
    private(set) var windowEnd: UInt32 = 0
    /// Read: the last chunk with data. Write: the last data chunk seen.
    private var lastChunkOffset: UInt32 = 0
    /// Read: what the client asks for.
    private var maxChunkSize = Int.max
    private var interchunkDelay = Duration.zero
    /// Read: when the output has passed on all chunks that were sent.
    private var outputFreeAt = Instant.zero
    /// Write: what is asked of the client.
    private var window = ReceiveWindow()

    var isActive: Bool { state != .inactive && state != .completed }
    private var isLegacy: Bool { transfer.version == .legacy }

    // MARK: Starting

    /// A `START` for the session that is in its handshake: the answer may be lost. It lacks the offset, as that of
    /// the reference does.
    mutating func repeatStartAck(io: inout ServerIO) {
        io.sendStartAck(of: transfer, initialOffset: 0)
    }

    /// Begins a transfer with its `START`, whatever was in progress.
    mutating func start(
        _ transfer: DeviceTransfer, of resource: DeviceResource, _ chunk: Chunk, data: Span<UInt8>,
        at now: Instant, io: inout ServerIO
    ) throws(CrashReason) {
        abort(io: &io)
        self = TransferContext()
        self.transfer = transfer
        state = .initiating
        offset = transfer.initialOffset
        windowEnd = offset
        lastChunkOffset = offset
        interchunkDelay = io.configuration.minDelay

        guard isLegacy || chunk.desiredSessionID != nil else {
            return refuse(.dataLoss, withResource: false, io: &io)
        }
        do {
            self.resource = try OpenResource(
                resource, transfer.direction, offset: offset, configuration: io.configuration)
        } catch {
            return refuse(error.status, withResource: true, io: &io)
        }
        io.events.append(.started(transfer))
        if isLegacy {
            state = .waiting
            try receive(chunk, data: data, at: now, io: &io)
        } else {
            io.sendStartAck(of: transfer, initialOffset: transfer.initialOffset)
        }
    }

    private mutating func refuse(_ status: Status, withResource: Bool, io: inout ServerIO) {
        self.status = status
        state = .completed
        io.events.append(.refused(transfer, status))
        io.sendCompletion(status, of: transfer, withResource: withResource)
    }

    // MARK: Events

    /// A chunk that is not the start of a transfer, or the start of a legacy one.
    mutating func receive(
        _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) throws(CrashReason) {
        retries = 0
        guard chunk.kind != nil || chunk.version == .legacy else { throw .chunkWithoutType }
        let kind = chunk.effectiveKind(dataCount: data.count)

        if kind == .completion || (chunk.version == .legacy && chunk.status != nil) {
            guard let status = chunk.status else { throw .completionWithoutStatus }
            if isActive { handleTermination(Status(rawValue: status), io: &io) }
            return
        }
        switch state {
        case .inactive: return
        case .completed: answerCompleted(io: &io)
        case .terminating: answerTerminating(kind, at: now, io: &io)
        case .initiating: try handshake(kind, chunk, data: data, at: now, io: &io)
        case .waiting, .transmitting, .recovery: dataPhase(kind, chunk, data: data, at: now, io: &io)
        }
    }

    private mutating func handshake(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) throws(CrashReason) {
        switch kind {
        case .startAckConfirmation:
            state = .waiting
            dataPhase(kind, chunk, data: data, at: now, io: &io)
        case .data, .parametersRetransmit, .parametersContinue:
            // Only a legacy client skips the confirmation. One of version 2 ends in the version mismatch.
            transfer.version = .legacy
            transfer.sessionID = chunk.sessionID ?? chunk.transferID
            state = .waiting
            dataPhase(kind, chunk, data: data, at: now, io: &io)
        case .completionAck: throw .completionAckInHandshake
        case .start, .startAck, .completion: return
        }
    }

    private mutating func dataPhase(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) {
        guard chunk.version == transfer.version else { return terminate(.internal, at: now, io: &io) }
        switch transfer.direction {
        case .read: updateParameters(kind, chunk, at: now, io: &io)
        case .write: receiveData(kind, chunk, data: data, at: now, io: &io)
        }
    }

    /// The deadline in ``timer`` has passed.
    mutating func handleTimeout(at now: Instant, io: inout ServerIO) {
        timer = nil
        switch state {
        case .inactive, .completed, .initiating: return
        case .transmitting: transmit(at: now, io: &io)
        case .waiting, .recovery, .terminating: retry(at: now, io: &io)
        }
    }

    private mutating func retry(at now: Instant, io: inout ServerIO) {
        guard retries < io.configuration.retries, lifetimeRetries < io.configuration.lifetimeRetries else {
            if state == .terminating {
                state = .inactive
            } else {
                terminate(.deadlineExceeded, at: now, io: &io)
            }
            return
        }
        retries += 1
        lifetimeRetries += 1
        switch (state, transfer.direction) {
        case (.terminating, _):
            timer = now + io.configuration.chunkTimeout
            io.sendCompletion(status, of: transfer)
        case (_, .write):
            timer = now + io.configuration.chunkTimeout
            sendParameters(.shrink, .parametersRetransmit, at: now, io: &io)
        case (_, .read):
            offset = lastChunkOffset
            state = .transmitting
            timer = now
        }
    }

    // MARK: Ending

    /// The client's `COMPLETION`.
    private mutating func handleTermination(_ status: Status, io: inout ServerIO) {
        let isAcknowledged = !isLegacy && state != .initiating
        finalize(status, io: &io)
        timer = nil
        guard isAcknowledged else {
            state = .completed
            return
        }
        io.sendCompletionAck(of: transfer)
        state = .inactive
    }

    /// Ends the transfer from this side.
    private mutating func terminate(_ status: Status, at now: Instant, io: inout ServerIO) {
        finalize(status, io: &io)
        if isLegacy {
            state = .completed
            timer = nil
        } else {
            state = .terminating
            timer = now + io.configuration.chunkTimeout
        }
        io.sendCompletion(self.status, of: transfer)
    }

    private mutating func answerTerminating(_ kind: Chunk.Kind, at now: Instant, io: inout ServerIO) {
        if kind == .completionAck {
            state = .inactive
            timer = nil
        } else {
            timer = now + io.configuration.chunkTimeout
            io.sendCompletion(status, of: transfer)
        }
    }

    private mutating func answerCompleted(io: inout ServerIO) {
        if isLegacy, transfer.direction == .read, status == .ok { status = .failedPrecondition }
        io.sendCompletion(status, of: transfer)
    }

    /// Ends the transfer without a word; later chunks of the session are told so.
    mutating func abort(io: inout ServerIO) {
        guard isActive else { return }
        finalize(.aborted, io: &io)
        state = .completed
        timer = nil
    }

    /// The device loses its memory.
    mutating func abandon() {
        _ = resource?.finalize(.aborted)
        self = TransferContext()
    }

    private mutating func finalize(_ status: Status, io: inout ServerIO) {
        guard let resource else { return }
        self.resource = nil
        self.status = resource.finalize(status)
        io.events.append(.ended(transfer, self.status, offset: offset))
    }

    // MARK: Transmitting (read)

    private mutating func updateParameters(
        _ kind: Chunk.Kind, _ chunk: Chunk, at now: Instant, io: inout ServerIO
    ) {
        let size = resource?.size ?? 0
        let windowEnd = UInt32(truncatingIfNeeded: chunk.effectiveWindowEnd)
        switch kind {
        case .parametersRetransmit, .startAckConfirmation, .start:
            guard let offset = UInt32(exactly: chunk.offset), offset <= size else {
                return terminate(.internal, at: now, io: &io)
            }
            self.offset = offset
        default:
            guard windowEnd > offset else {
                // The reference waits for the client now, even in the middle of a window.
                timer = now + io.configuration.chunkTimeout
                return
            }
        }
        self.windowEnd = windowEnd
        if let size = chunk.maxChunkSizeBytes { maxChunkSize = Int(size) }
        if let delay = chunk.minDelayMicroseconds { interchunkDelay = .microseconds(Int64(delay)) }

        guard windowEnd != offset || offset >= size, maxChunkSize > 0 else {
            return terminate(.resourceExhausted, at: now, io: &io)
        }
        state = .transmitting
        timer = now
    }

    /// Sends the next chunk. A window end below the offset, which no correct client sends, wraps around: then there
    /// is no flow control, as in the reference.
    private mutating func transmit(at now: Instant, io: inout ServerIO) {
        guard let resource else { return }
        var chunk = Chunk(.data, sessionID: transfer.sessionID, version: transfer.version)
        chunk.offset = UInt64(offset)
        io.data.removeAll(keepingCapacity: true)

        if offset >= resource.size {
            chunk.remainingBytes = 0
            windowEnd = offset
        } else {
            let count = min(
                Int(windowEnd &- offset), Int(resource.size - offset), maxChunkSize,
                io.dataLimit(of: chunk, size: resource.size))
            guard windowEnd != offset else { return wait(at: now, io: &io) }
            guard count > 0, resource.read(at: offset, count: count, into: &io.data) else {
                return terminate(.dataLoss, at: now, io: &io)
            }
            lastChunkOffset = offset
            offset += UInt32(count)
            if io.configuration.announcesSize { chunk.remainingBytes = UInt64(resource.size - offset) }
        }
        guard enterOutputQueue(at: now, io.configuration.outputTime), io.sendData(chunk) else {
            return terminate(.dataLoss, at: now, io: &io)
        }

        if offset == windowEnd || chunk.remainingBytes == 0 {
            wait(at: now, io: &io)
        } else {
            state = .transmitting
            timer = now + interchunkDelay
        }
    }

    /// Whether a device whose output takes this long for a chunk has room for one more.
    private mutating func enterOutputQueue(at now: Instant, _ time: Duration) -> Bool {
        outputFreeAt = max(outputFreeAt, now) + time
        return outputFreeAt - now <= time * DeviceConfiguration.outputQueue
    }

    private mutating func wait(at now: Instant, io: inout ServerIO) {
        state = .waiting
        timer = now + io.configuration.chunkTimeout
    }

    // MARK: Receiving (write)

    private mutating func receiveData(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) {
        timer = now + io.configuration.chunkTimeout
        guard let start = UInt32(exactly: chunk.offset) else { return }
        let end = UInt64(start) + UInt64(data.count)

        if state == .recovery, start != offset {
            if start == lastChunkOffset {
                sendParameters(.shrink, .parametersRetransmit, at: now, io: &io)
            } else {
                lastChunkOffset = start
            }
            return
        }
        state = .waiting
        if start != offset, end <= UInt64(offset), kind != .startAckConfirmation {
            return sendParameters(.shrink, .parametersContinue, at: now, io: &io)
        }
        if start != offset {
            return recover(lastSeen: start, at: now, io: &io)
        }
        if end > UInt64(windowEnd) {
            lifetimeRetries += 1
            guard lifetimeRetries <= io.configuration.lifetimeRetries else {
                return terminate(.internal, at: now, io: &io)
            }
            return recover(lastSeen: start, at: now, io: &io)
        }
        store(kind, chunk, data: data, at: now, io: &io)
    }

    private mutating func recover(lastSeen: UInt32, at now: Instant, io: inout ServerIO) {
        state = .recovery
        lastChunkOffset = lastSeen
        sendParameters(.shrink, .parametersRetransmit, at: now, io: &io)
    }

    private mutating func store(
        _ kind: Chunk.Kind, _ chunk: Chunk, data: Span<UInt8>, at now: Instant, io: inout ServerIO
    ) {
        lastChunkOffset = offset
        guard data.isEmpty || resource?.write(data, at: offset) == true else {
            return terminate(.dataLoss, at: now, io: &io)
        }
        offset += UInt32(data.count)
        if chunk.remainingBytes == 0 { return terminate(.ok, at: now, io: &io) }

        let lowered = UInt32(truncatingIfNeeded: chunk.effectiveWindowEnd)
        if lowered != 0 {
            guard (offset...windowEnd).contains(lowered) else {
                return terminate(.internal, at: now, io: &io)
            }
            windowEnd = lowered
        }
        if kind == .startAckConfirmation {
            return sendParameters(.first, .parametersRetransmit, at: now, io: &io)
        }
        let left = windowEnd - offset
        if left == 0 || left <= window.size / max(io.configuration.extendWindowDivisor, 1) {
            sendParameters(.extend, .parametersContinue, at: now, io: &io)
        }
    }

    private mutating func sendParameters(
        _ action: ReceiveWindow.Action, _ kind: Chunk.Kind, at now: Instant, io: inout ServerIO
    ) {
        let configuration = io.configuration
        let chunkSize = ReceiveWindow.chunkSize(
            buffer: configuration.chunkBuffer, channel: configuration.channel,
            sessionID: transfer.sessionID, windowEnd: windowEnd)
        window.update(
            action, chunkSize: chunkSize, maximum: configuration.window,
            limit: min(resource?.writeLimit ?? 0, .max - offset))
        windowEnd = offset + window.size

        let isSent = io.sendParameters(
            kind, of: transfer, offset: offset, window: window.size, chunkSize: window.chunkSize)
        if !isSent { terminate(.internal, at: now, io: &io) }
    }
}

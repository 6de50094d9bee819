import PigweedRPC
import PigweedTransfer

/// One transfer of the server, with all its states and all transitions between them.
///
/// The server transmits a client's read, and receives a client's write. ``receive(_:data:at:io:)`` decides by state and
/// direction what a chunk does, and ``handleTimeout(at:io:)`` what silence does. Two other files have the transitions
/// for parameters of a read and for data of a write; no others change these properties.
struct TransferContext {
    enum State {
        /// The context is free; chunks do not reach it.
        case inactive
        /// The context is free, but still answers chunks of its last session with the status of that session.
        case completed
        /// `START_ACK` is sent; no timer runs.
        case initiating
        /// The context waits for parameters in a read, for data in a write.
        case waiting
        /// The window is open and the pause between chunks runs (read).
        case transmitting
        /// Data were lost, and the context waits for data at the wanted offset (write).
        case recovery
        /// `COMPLETION` is sent, and the context waits for its acknowledgement (version 2).
        case terminating
    }

    var state = State.inactive
    /// When ``handleTimeout(at:io:)`` is due; `nil` for never.
    var timer: Instant?
    var transfer = DeviceTransfer(
        direction: .read, resourceID: 0, sessionID: 0, version: .version2, initialOffset: 0)

    var resource: OpenResource?
    private var status = Status.ok
    private var retries = 0
    var lifetimeRetries = 0

    /// The offset of the next byte to send or to store.
    var offset: UInt32 = 0
    var windowEnd: UInt32 = 0
    /// In a read, the offset of the last chunk that was sent with data; in a write, the offset of the last data chunk
    /// received.
    var lastChunkOffset: UInt32 = 0
    /// In a read, the most data bytes of a chunk that the client takes.
    var maxChunkSize = Int.max
    /// In a read, the pause between two chunks.
    var interchunkDelay = Duration.zero
    /// In a write, the window that the client is given.
    var window = ReceiveWindow()

    var isActive: Bool { state != .inactive && state != .completed }
    private var isLegacy: Bool { transfer.version == .legacy }

    // MARK: Starting

    /// Begins a transfer with its `START`. A transfer in progress is aborted.
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

    /// Handles a chunk that is not the start of a transfer, or that is the start of a legacy one.
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
            // Only a legacy client skips the confirmation. For a client of version 2, the transfer ends by the version
            // mismatch.
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

    /// Acts when the time in ``timer`` has come.
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
            guard io.configuration.canSeek || offset == lastChunkOffset else {
                return terminate(.deadlineExceeded, at: now, io: &io)
            }
            offset = lastChunkOffset
            state = .transmitting
            timer = now
        }
    }

    // MARK: Ending

    /// Handles the client's `COMPLETION`.
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
    mutating func terminate(_ status: Status, at now: Instant, io: inout ServerIO) {
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

    /// Ends the transfer without sending anything. Later chunks of the session are answered with its status.
    mutating func abort(io: inout ServerIO) {
        guard isActive else { return }
        finalize(.aborted, io: &io)
        state = .completed
        timer = nil
    }

    /// Discards the transfer, as when the device restarts.
    mutating func abandon() {
        _ = resource?.finalize(.aborted)
        self = TransferContext()
    }

    private mutating func finalize(_ status: Status, io: inout ServerIO) {
        guard let resource else { return }
        self.resource = nil
        self.status = resource.finalize(status)
        if transfer.direction == .write, self.status == .ok { io.hasCompletedWrite = true }
        io.events.append(.ended(transfer, self.status, offset: offset))
    }
}

extension TransferContext.State {
    /// The state under its name in faults; `nil` if there is no transfer.
    var asDeviceState: DeviceState? {
        switch self {
        case .inactive, .completed: nil
        case .initiating: .initiating
        case .waiting: .waiting
        case .transmitting: .transmitting
        case .recovery: .recovery
        case .terminating: .terminating
        }
    }
}

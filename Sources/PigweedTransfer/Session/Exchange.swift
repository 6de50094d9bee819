internal import PigweedRPC

/// What all parts of a session share: the request, the chunks to be sent, the timer for repeats, and the measurements.
struct Exchange: ~Copyable {
    let request: TransferRequest
    /// The id of the session, for version 2.
    let id: UInt32
    private(set) var version: ProtocolVersion
    private var outbox: [Chunk] = []
    var retries: RetryTimer
    var estimate: RoundTripEstimate
    /// How many chunks were sent again or asked for again.
    var repeats = 0
    private var hasHeardBeyondHandshake = false

    init(_ request: TransferRequest, id: UInt32) {
        self.request = request
        self.id = id
        version = request.settings.version == .legacy ? .legacy : .version2
        retries = RetryTimer(request)
        estimate = RoundTripEstimate(request)
    }

    /// Changes to the legacy protocol, since the device knows no other.
    mutating func fallBackToLegacy() { version = .legacy }

    mutating func send(_ chunk: Chunk) { outbox.append(chunk) }

    mutating func takeChunk() -> Chunk? { outbox.isEmpty ? nil : outbox.removeFirst() }

    mutating func discardOutput() { outbox.removeAll() }

    // MARK: Confirmation

    /// Whether it is not certain yet that the device has the confirmation of its acknowledgement.
    var isAwaitingConfirmation: Bool { version == .version2 && !hasHeardBeyondHandshake }

    /// Notes that data or parameters arrived, so that the device must have the confirmation.
    mutating func heardBeyondHandshake(at now: Instant) {
        if !hasHeardBeyondHandshake { estimate.answered(.confirmation, at: now) }
        hasHeardBeyondHandshake = true
    }

    /// Answers the device's acknowledgement of the start; in a read with the first parameters.
    mutating func confirm(window: Range<UInt64>?, at now: Instant) {
        estimate.sent(.confirmation, at: now)
        var chunk = chunk(.startAckConfirmation)
        chunk.protocolVersion = .version2
        if let window { setParameters(of: &chunk, window) } else { chunk.offset = request.initialOffset }
        send(chunk)
    }

    // MARK: Chunks

    /// Whether a received chunk belongs to this transfer: by session id, or in the legacy protocol by resource.
    func owns(_ chunk: Chunk, from direction: Direction) -> Bool {
        if let sessionID = chunk.sessionID { return version == .version2 && sessionID == id }
        guard chunk.version == .legacy, direction == request.direction else { return false }
        let isRejection = chunk.kind == .completion && chunk.transferID == id
        return chunk.transferID == request.resource || isRejection
    }

    /// A chunk with nothing but its kind and the id of the session or, in the legacy protocol, of the resource.
    func chunk(_ kind: Chunk.Kind) -> Chunk {
        var chunk = Chunk(kind)
        switch version {
        case .version2: chunk.sessionID = id
        case .legacy: chunk.transferID = request.resource
        }
        return chunk
    }

    /// Asks for a transfer. Carries everything for both protocol versions: a legacy device takes the fields it knows.
    ///
    /// - Parameter window: the data that a read asks for at first; `nil` in a write.
    func startChunk(window: Range<UInt64>?) -> Chunk {
        var chunk = Chunk(.start)
        chunk.transferID = request.resource
        chunk.resourceID = request.resource
        if version == .version2 {
            chunk.protocolVersion = .version2
            chunk.desiredSessionID = id
            chunk.initialOffset = request.initialOffset
        }
        if let window {
            setParameters(of: &chunk, window)
            chunk.pendingBytes = chunk.windowEndOffset &- UInt32(truncatingIfNeeded: chunk.offset)
        }
        return chunk
    }

    /// Tells the transmitter which data the receiver wants.
    func parameters(_ kind: Chunk.Kind, _ range: Range<UInt64>) -> Chunk {
        var chunk = chunk(kind)
        setParameters(of: &chunk, range)
        if version == .legacy {
            chunk.pendingBytes = chunk.windowEndOffset &- UInt32(truncatingIfNeeded: chunk.offset)
        }
        return chunk
    }

    func completion(_ status: Status) -> Chunk {
        var chunk = chunk(.completion)
        chunk.status = status.rawValue
        return chunk
    }

    private func setParameters(of chunk: inout Chunk, _ range: Range<UInt64>) {
        chunk.offset = range.lowerBound
        chunk.windowEndOffset = UInt32(clamping: range.upperBound)
        chunk.maxChunkSizeBytes = request.settings.chunkSize
        chunk.minDelayMicroseconds = request.settings.minDelay.map {
            UInt32(clamping: $0.saturatedNanoseconds / 1000)
        }
    }
}

/// How often a transfer begins again, for each reason, and when.
struct TransferAttempts {
    /// How long the device took to answer the last start that it answered, if it did.
    private(set) var answerTime: Duration?
    /// The next start must not go out earlier.
    private(set) var notBefore = Instant.zero
    /// Until when a device without a free context is asked again: for the patience with a start and with silence, one after
    /// the other. By default that is 24 s; a context whose client vanished is free after two of the device's own timeouts,
    /// 20 s in the reference: one until it gives the client up, one until it gives up the acknowledgement of that.
    private var busyDeadline = Instant.zero
    private var isAccepted = false
    private var hasFreedContexts = false
    private var reopened = 0
    private var startedOver = 0
    private var continued = 0
    private var hasReadAgain = false
    /// Whether a read goes on at a gentler pace than it began.
    private var hasSlowedDown = false
    /// How long nothing must have arrived before the next start, unless that takes too long.
    private var silence: (interval: Duration, limit: Instant)?

    /// None.
    init() {}

    /// The first attempt.
    init(_ request: TransferRequest, at now: Instant) {
        notBefore = now
        busyDeadline =
            now + (request.settings.startTimeout + request.settings.chunkTimeout)
            * (request.settings.retries + 1)
    }

    /// A session is over whose start the device answered after this time; `nil` if it did not.
    mutating func answered(after time: Duration?) {
        answerTime = time ?? answerTime
    }

    /// Whether the transfer went on after the device lost the stream.
    var hasContinued: Bool { continued > 0 }

    /// The device took the transfer on.
    ///
    /// - Returns: whether for the first time.
    mutating func deviceAccepted() -> Bool {
        reopened = 0
        defer { isAccepted = true }
        return !isAccepted
    }

    /// Whether to start again because the device does not know the stream.
    mutating func mayReopen() -> Bool { Self.count(&reopened, upTo: Tuning.reopenings) }

    /// A chunk arrived while the next start is held back.
    mutating func lateChunkArrived(at now: Instant) {
        guard let silence else { return }
        notBefore = max(notBefore, min(now + silence.interval, silence.limit))
    }

    /// Whether to go on after the device lost the stream in the middle.
    mutating func mayContinue() -> Bool { Self.count(&continued, upTo: Tuning.continuations) }

    /// Whether to start over because the device mixed up sessions.
    mutating func mayStartOver() -> Bool { Self.count(&startedOver, upTo: Tuning.newStarts) }

    /// Whether to ask a device without a free context again, after a while.
    mutating func mayAskBusyDevice(at now: Instant) -> Bool {
        guard now + Tuning.busyDevice <= busyDeadline else { return false }
        notBefore = now + Tuning.busyDevice
        return true
    }

    /// Whether to ask a device without a free context on a new stream, once. Sessions of a client that vanished may hold its
    /// contexts for ever: between `START_ACK` and its confirmation no timer runs (protocol: rule 12). Those of this direction
    /// end with their stream.
    mutating func mayFreeContexts() -> Bool {
        defer { hasFreedContexts = true }
        return !hasFreedContexts
    }

    /// Whether to read once more from the beginning what a device can only send in one go, and of which something was lost.
    mutating func mayReadAgain(after session: borrowing Session, at now: Instant) -> Bool {
        guard session.failure == .cannotGoBack, !hasReadAgain else { return false }
        hasReadAgain = true
        waitForSilence(after: session, at: now)
        return true
    }

    /// In the legacy protocol, answers to chunks on their way would end the next session, which has the same name. Some
    /// devices never fall silent.
    private mutating func waitForSilence(after session: borrowing Session, at now: Instant) {
        guard session.version == .legacy else { return }
        silence = (session.answerInterval, now + session.request.settings.startTimeout)
        lateChunkArrived(at: now)
    }

    /// What to ask for after a session of a read that failed, if something gentler may succeed: once at a gentler pace, from
    /// where it was, or from `start` if the device cannot begin in the middle.
    mutating func gentlerRequest(
        after session: borrowing Session, from start: UInt64, at now: Instant
    ) -> TransferRequest? {
        if let next = session.gentlerRequest {
            hasSlowedDown = true
            waitForSilence(after: session, at: now)
            return next
        }
        guard hasSlowedDown, session.hasRefusedOffset, session.request.initialOffset > start else {
            return nil
        }
        var next = session.request
        next.initialOffset = start
        return next
    }

    private static func count(_ attempts: inout Int, upTo limit: Int) -> Bool {
        guard attempts < limit else { return false }
        attempts += 1
        return true
    }
}

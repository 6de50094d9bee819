/// How often a transfer begins again, for each reason, and when.
struct TransferAttempts {
    /// How long the device took for its last answer to a start; `nil` before the first answer.
    private(set) var answerTime: Duration?
    /// The earliest time for the next start.
    private(set) var notBefore = Instant.zero
    /// Until when a device without a free context is asked again: as long as a start and then the data may take with
    /// all retries, by default 24 s. The context of a vanished client is free after two of the device's own timeouts,
    /// 20 s in the reference: after the first it ends the transfer, and after the second it stops waiting for the
    /// acknowledgement.
    private var busyDeadline = Instant.zero
    private var isAccepted = false
    private var hasFreedContexts = false
    private var reopened = 0
    private var startedOver = 0
    private var continued = 0
    private var hasReadAgain = false
    /// Whether the read continues at a gentler pace than it began with.
    private var hasSlowedDown = false
    /// The silence that must come before the next start, and the time at which the start goes out anyway.
    private var silence: (interval: Duration, limit: Instant)?

    init() {}

    /// The attempts of a request before the first start.
    init(_ request: TransferRequest, at now: Instant) {
        notBefore = now
        busyDeadline =
            now + (request.settings.startTimeout + request.settings.chunkTimeout)
            * (request.settings.retries + 1)
    }

    /// Notes how long the device took to answer the start of a session; `nil` if it did not answer.
    mutating func answered(after time: Duration?) {
        answerTime = time ?? answerTime
    }

    /// Whether the transfer went on after the device lost the stream.
    var hasContinued: Bool { continued > 0 }

    /// Notes that the device has accepted the transfer.
    ///
    /// - Returns: whether for the first time.
    mutating func deviceAccepted() -> Bool {
        reopened = 0
        defer { isAccepted = true }
        return !isAccepted
    }

    /// Whether to start again because the device does not know the stream.
    mutating func mayReopen() -> Bool { Self.count(&reopened, upTo: Tuning.reopenings) }

    /// Notes that a chunk arrived while the next start waits for silence.
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

    /// Whether to ask a device without a free context on a new stream, once. Sessions of a client that vanished may
    /// hold its contexts for ever: between `START_ACK` and its confirmation no timer runs (protocol: rule 12). Sessions
    /// of this direction end with their stream.
    mutating func mayFreeContexts() -> Bool {
        defer { hasFreedContexts = true }
        return !hasFreedContexts
    }

    /// Whether to read once more from the beginning, because something was lost and the device cannot go back.
    mutating func mayReadAgain(after session: borrowing Session, at now: Instant) -> Bool {
        guard session.failure == .cannotGoBack, !hasReadAgain else { return false }
        hasReadAgain = true
        waitForSilence(after: session, at: now)
        return true
    }

    /// In the legacy protocol, holds back the next start until the line is silent. The next session has the same name
    /// as this one, so late answers to this one would end it. The wait has a limit, since some devices never fall
    /// silent.
    private mutating func waitForSilence(after session: borrowing Session, at now: Instant) {
        guard session.version == .legacy else { return }
        silence = (session.answerInterval, now + session.request.settings.startTimeout)
        lateChunkArrived(at: now)
    }

    /// The request to try after a failed session of a read, if a gentler pace may help. It continues where the session
    /// was. If the device cannot begin in the middle, the next request begins at `start`.
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

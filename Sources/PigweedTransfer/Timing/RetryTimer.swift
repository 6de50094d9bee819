/// How long a session waits for the other side: when it repeats itself, and when it gives up.
///
/// Repeats come at a measured pace and back off exponentially. Giving up is a matter of the request's timeouts alone:
/// each timeout's length of silence counts as one retry, however often something was repeated meanwhile.
struct RetryTimer {
    enum Verdict {
        /// No deadline has passed.
        case wait
        /// What was sent last is to be repeated.
        case `repeat`
        /// All retries went by in silence.
        case giveUp
    }

    private var retryLimit: Int
    private let lifetimeLimit: Int
    /// What counts as one retry.
    private var timeout = Duration.zero
    private var silentSince = Instant.zero
    /// Retries in silences that ended.
    private var spentRetries = 0
    private var interval = Duration.zero
    private var repeatAt: Instant?
    /// No repeat before this.
    private var quietUntil = Instant.zero
    /// When what is repeated was sent for the first time.
    private(set) var waitingSince = Instant.zero
    /// How many repeats come before the interval doubles with each.
    private var steadyRepeats = 0
    private var circles = 0
    private var progressAt = Instant.zero

    init(_ request: TransferRequest) {
        retryLimit = request.settings.retries
        lifetimeLimit = request.settings.lifetimeRetries
    }

    /// The next point in time at which ``expire(at:)`` has a verdict.
    var deadline: Instant? {
        repeatAt.map { min(max($0, quietUntil), giveUpAt) }
    }

    private var giveUpAt: Instant { silentSince + bound }

    /// How long the device may be silent.
    var bound: Duration {
        timeout * (min(retryLimit, max(lifetimeLimit - spentRetries, 0)) + 1)
    }

    /// Waits for an answer to something that was just sent for the first time.
    ///
    /// - Parameters:
    ///   - timeout: silence that counts as one retry.
    ///   - interval: silence after which to repeat; no longer than `timeout`.
    ///   - steadyRepeats: how many repeats come before the interval grows.
    mutating func wait(
        _ timeout: Duration, repeatAfter interval: Duration, steadyRepeats: Int = 0, from now: Instant
    ) {
        self.timeout = timeout
        self.interval = min(interval, timeout)
        self.steadyRepeats = steadyRepeats
        waitingSince = now
        repeatAt = now + self.interval
    }

    /// Gives one more retry, after all others.
    mutating func extend(by timeout: Duration, at now: Instant) {
        retryLimit = 0
        spentRetries = 0
        silentSince = now
        self.timeout = timeout
    }

    /// Waits without repeating before the next retry begins.
    mutating func wait(_ timeout: Duration, from now: Instant) {
        wait(timeout, repeatAfter: timeout, from: now)
    }

    /// Repeats after this interval, or not before the next retry begins.
    mutating func repeatAgain(after interval: Duration?, at now: Instant) {
        self.interval = interval ?? timeout
        repeatAt = min(now + self.interval, nextRetry(after: now))
    }

    /// Repeats nothing for a time in which no answer is expected.
    mutating func keepQuiet(until time: Instant) {
        quietUntil = time
    }

    /// From now on at most so many retries.
    mutating func limitRetries(to limit: Int) {
        retryLimit = min(retryLimit, limit)
    }

    /// The silence ends: a chunk of the session arrived, or something new was sent.
    mutating func restartSilence(at now: Instant) {
        spentRetries += min(retriesSpent(at: now), lifetimeLimit)
        silentSince = now
    }

    mutating func madeProgress(at now: Instant) {
        circles = 0
        progressAt = now
    }

    /// Some time passed; the time to the next repeat grows if this one is due. Each retry begins with a repeat.
    mutating func expire(at now: Instant) -> Verdict {
        guard let deadline, now >= deadline else { return .wait }
        guard now < giveUpAt else { return .giveUp }
        if steadyRepeats > 0 { steadyRepeats -= 1 } else { interval = min(interval * 2, timeout) }
        repeatAt = min(now + interval, nextRetry(after: now))
        return .repeat
    }

    /// Whether a quarter of the user's patience is left: one retry of three.
    func isAlmostOver(at now: Instant) -> Bool {
        now >= giveUpAt - bound / Tuning.lastResort
    }

    private func nextRetry(after now: Instant) -> Instant {
        silentSince + timeout * (retriesSpent(at: now) + 1)
    }

    /// The retries that fit into the present silence so far.
    func retriesSpent(at now: Instant) -> Int {
        let timeout = timeout.saturatedNanoseconds
        guard timeout > 0, now > silentSince else { return 0 }
        return Int(clamping: (now - silentSince).saturatedNanoseconds / timeout)
    }

    /// The same bytes are sent or asked for again: counts a round; false when there were too many for too long.
    mutating func mayGoInCircles(at now: Instant) -> Bool {
        if circles == 0 { progressAt = now }
        circles += 1
        return circles <= Tuning.circles || now - progressAt < bound
    }
}

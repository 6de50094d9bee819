/// How long a session waits for the other side: when it repeats itself, and when it gives up.
///
/// Repeats come at a measured pace and back off exponentially. When to give up depends on the request's timeouts alone:
/// a silence as long as the timeout counts as one retry, however often something was repeated meanwhile.
struct RetryTimer {
    enum Verdict {
        /// No deadline has passed.
        case wait
        /// The last message is to be repeated.
        case `repeat`
        /// All retries went by in silence.
        case giveUp
    }

    private let allowedRetries: Int
    private var retryLimit: Int
    private let lifetimeLimit: Int
    /// The silence that counts as one retry.
    private var timeout = Duration.zero
    private var silentSince = Instant.zero
    /// The retries that earlier silences counted as.
    private var spentRetries = 0
    private var interval = Duration.zero
    private var repeatAt: Instant?
    /// The time before which nothing is repeated.
    private var quietUntil = Instant.zero
    /// When the message that is repeated was sent for the first time.
    private(set) var waitingSince = Instant.zero
    /// How many more repeats come before the interval begins to double.
    private var steadyRepeats = 0
    private var circles = 0
    private var progressAt = Instant.zero

    init(_ request: TransferRequest) {
        allowedRetries = request.settings.retries
        retryLimit = allowedRetries
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
    ///   - timeout: the silence that counts as one retry.
    ///   - interval: the silence after which to repeat; limited to `timeout`.
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

    /// Repeats next after this interval; with `nil`, not before the next retry begins.
    mutating func repeatAgain(after interval: Duration?, at now: Instant) {
        self.interval = interval ?? timeout
        repeatAt = min(now + self.interval, nextRetry(after: now))
    }

    /// Repeats nothing for a time in which no answer is expected.
    mutating func keepQuiet(until time: Instant) {
        quietUntil = time
    }

    /// Ends what holds only while the start is not answered: the quiet time, and the limit of ``extend(by:at:)``.
    mutating func endHandshake() {
        quietUntil = .zero
        retryLimit = allowedRetries
    }

    /// Allows at most `limit` retries from now on.
    mutating func limitRetries(to limit: Int) {
        retryLimit = min(retryLimit, limit)
    }

    /// Begins a new silence: a chunk of the session arrived, or something new was sent.
    mutating func restartSilence(at now: Instant) {
        spentRetries += min(retriesSpent(at: now), lifetimeLimit)
        silentSince = now
    }

    mutating func madeProgress(at now: Instant) {
        circles = 0
        progressAt = now
    }

    /// Says what is due. If a repeat is due, the time to the next one grows. Each retry begins with a repeat.
    mutating func expire(at now: Instant) -> Verdict {
        guard let deadline, now >= deadline else { return .wait }
        guard now < giveUpAt else { return .giveUp }
        if steadyRepeats > 0 { steadyRepeats -= 1 } else { interval = min(interval * 2, timeout) }
        repeatAt = min(now + interval, nextRetry(after: now))
        return .repeat
    }

    /// Whether only a quarter of the allowed silence is left: the last of three retries.
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

    /// Counts a round in which the same bytes are sent or asked for again; false if there were too many rounds for too
    /// long.
    mutating func mayGoInCircles(at now: Instant) -> Bool {
        if circles == 0 { progressAt = now }
        circles += 1
        return circles <= Tuning.circles || now - progressAt < bound
    }
}

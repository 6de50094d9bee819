/// How long a session waits for the other side, and how often.
struct Patience {
    /// How many rounds without progress, while the device keeps answering, end a transfer. Far above what losses
    /// can cause: at 30 % loss, 64 fruitless rounds in a row have a probability of 10^-33.
    static let fruitlessRoundLimit = 64

    private let retryLimit: Int
    private let lifetimeLimit: Int
    private var retries = 0
    private var lifetimeRetries = 0
    private var fruitlessRounds = 0
    /// When silence counts as a retry.
    private(set) var deadline: Instant?

    init(_ request: TransferRequest) {
        retryLimit = request.retries
        lifetimeLimit = request.lifetimeRetries
    }

    /// Whether so many retries went by that the next silence ends the transfer.
    var isLastTry: Bool { retries >= retryLimit }

    mutating func wait(_ timeout: Duration, from now: Instant) {
        deadline = now + timeout
    }

    mutating func stop() {
        deadline = nil
    }

    /// A chunk of the session arrived.
    mutating func heard() {
        retries = 0
    }

    mutating func madeProgress() {
        fruitlessRounds = 0
    }

    /// Silence reached the deadline: counts a retry; false when none is left.
    mutating func retry() -> Bool {
        retries += 1
        lifetimeRetries += 1
        return retries <= retryLimit && lifetimeRetries <= lifetimeLimit
    }

    /// The same bytes must be sent or asked for again: counts a round; false when there were too many.
    mutating func goBack() -> Bool {
        fruitlessRounds += 1
        return fruitlessRounds <= Self.fruitlessRoundLimit
    }
}

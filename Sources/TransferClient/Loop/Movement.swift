internal import PigweedTransfer

/// How far the data of a transfer are, when they last moved, and what was moved once more.
struct Movement {
    /// The longest time without movement while the source had data.
    private(set) var longestStall = Duration.zero
    /// The bytes that were moved once more because the transfer went back.
    private(set) var bytesRepeated: UInt64 = 0
    /// The furthest point to which data were ever stored or sent.
    private(set) var furthestEver: UInt64 = 0
    /// How far data were stored or sent since the transfer last went back.
    private var furthest: UInt64 = 0
    /// When data moved for the last time; `nil` before the device accepted the transfer.
    private var lastTime: Instant?

    /// Notes that nothing can move now, since the source has no data.
    mutating func waitForSource(at now: Instant) { lastTime = now }

    /// Notes how far data are stored or sent.
    ///
    /// - Parameters:
    ///   - position: the end of these data, counted from the beginning of the transfer.
    ///   - isSourceAwaited: whether the source has no data at the moment.
    ///   - isAccepted: whether the device ever accepted the transfer.
    ///   - now: the present time.
    mutating func moved(to position: UInt64, isSourceAwaited: Bool, isAccepted: Bool, at now: Instant) {
        if let lastTime, !isSourceAwaited { longestStall = max(longestStall, now - lastTime) }
        guard position > furthest || isSourceAwaited || lastTime == nil else { return }
        if isAccepted || position > 0 { lastTime = now }
        furthest = max(furthest, position)
        furthestEver = max(furthestEver, position)
    }

    /// Counts the bytes that are moved once more when the transfer goes back to a position.
    mutating func goBack(to position: UInt64) {
        bytesRepeated += furthest - min(furthest, position)
        furthest = position
    }

    /// Goes back for a new start, until whose acceptance nothing can move.
    mutating func beginAgain(at position: UInt64) {
        goBack(to: position)
        lastTime = nil
    }
}

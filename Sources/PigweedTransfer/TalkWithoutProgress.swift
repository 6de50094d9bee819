/// Notices a device that goes on talking while the transfer stands still, whatever it says: silence never ends such a
/// transfer, since every chunk ends the silence.
///
/// Time and chunks are counted together. A slow line takes long for a few chunks, and a fast one carries many in no time: of
/// what a line does by itself, neither alone is unusual.
struct TalkWithoutProgress {
    /// So many chunks that move next to nothing are no accident of the line, beyond those that it may hold.
    private static let chunkLimit = 32
    /// How often the line may carry in vain all that is under way on it: once before the device hears of a request, and once
    /// more since that request was one too many.
    private static let vainRounds = 2
    /// More is not believed to be under way: in a write, the device says how small chunks are.
    private static let mostUnderWay: UInt64 = 512
    /// How many times as long as silence may take a transfer may stand still.
    private static let patienceFactor = 2
    /// The bytes that a transfer of known size must move in that time: 4 a second with the default timeouts.
    private static let leastProgress = 64.0

    private var chunks = 0
    private var since = Instant.zero
    /// What was moved when the count began.
    private var movedBefore: UInt64 = 0

    /// Counts from now on.
    ///
    /// - Parameter moved: the bytes that were moved by now.
    mutating func restart(moved: UInt64, at now: Instant) {
        chunks = 0
        since = now
        movedBefore = moved
    }

    /// A chunk of the device arrived, and was dealt with; false if the transfer stands still.
    ///
    /// - Parameters:
    ///   - moved: the bytes that were moved by now.
    ///   - chunksUnderWay: what the line may hold, and may carry in vain if something of it was lost.
    ///   - isSizeKnown: whether a byte now and then is too little: without an end in sight it may be all that there is.
    ///   - patience: how long the device may be silent.
    ///   - now: the time.
    mutating func goesOn(
        moved: UInt64, chunksUnderWay: UInt64, isSizeKnown: Bool, patience: Duration, at now: Instant
    ) -> Bool {
        chunks += 1
        let time = now - since
        let span = patience * Self.patienceFactor
        let limit = Self.chunkLimit + Self.vainRounds * Int(min(chunksUnderWay, Self.mostUnderWay))
        guard chunks > limit, time >= span else { return true }
        let gain = moved > movedBefore ? Double(moved - movedBefore) : 0
        guard isSizeKnown ? gain >= Self.leastProgress * (time / span) : gain > 0 else { return false }
        restart(moved: moved, at: now)
        return true
    }
}

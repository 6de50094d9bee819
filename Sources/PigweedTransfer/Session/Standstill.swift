/// Notices a device that goes on talking while the transfer stands still, whatever it says: silence never ends such a
/// transfer, since every chunk ends the silence.
///
/// Time and chunks are counted together. A slow line takes long for a few chunks, and a fast one carries many in no time: of
/// what a line does by itself, neither alone is unusual.
struct Standstill {
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
        let span = patience * Tuning.standstillPatience
        let limit = Tuning.idleChunks + Tuning.vainCarriages * Int(min(chunksUnderWay, Tuning.mostUnderWay))
        guard chunks > limit, time >= span else { return true }
        let gain = moved > movedBefore ? Double(moved - movedBefore) : 0
        guard isSizeKnown ? gain >= Tuning.leastProgress * (time / span) : gain > 0 else { return false }
        restart(moved: moved, at: now)
        return true
    }
}

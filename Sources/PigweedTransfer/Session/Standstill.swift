/// Notices a device that goes on talking while the transfer stands still, whatever it says: silence never ends such a
/// transfer, since every chunk ends the silence.
///
/// Time and chunks must both exceed their limits: a slow line takes long for a few chunks, and a fast line carries many
/// chunks in no time.
struct Standstill {
    private var chunks = 0
    private var since = Instant.zero
    /// The bytes that were moved when the count began.
    private var movedBefore: UInt64 = 0

    /// Begins to count anew.
    ///
    /// - Parameter moved: the bytes that were moved by now.
    mutating func restart(moved: UInt64, at now: Instant) {
        chunks = 0
        since = now
        movedBefore = moved
    }

    /// Counts a chunk of the device after it was handled; false if the transfer stands still.
    ///
    /// - Parameters:
    ///   - moved: the bytes that were moved by now.
    ///   - chunksUnderWay: the chunks that the line may hold. If one of them was lost, all may arrive in vain.
    ///   - isSizeKnown: whether the size of the transfer is known. If so, a byte now and then is too little; if not,
    ///     the sender may have no more bytes yet.
    ///   - patience: how long the device may be silent.
    ///   - now: the present time.
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

/// Whether a device that talks gets anywhere: see ``TalkWithoutProgress``.
extension Session {
    /// There are no data to send yet: the device cannot get any further.
    mutating func waitForSource(at now: Instant) {
        talk.restart(moved: moved, at: now)
    }

    /// Whether the device talks, but the transfer has stopped or next to stopped; to be asked once for each chunk.
    ///
    /// - Parameter dataCount: the data of the chunk that has just arrived.
    mutating func isStandingStill(dataCount: Int, at now: Instant) -> Bool {
        guard state == .waiting || state == .transmitting || state == .recovery else { return false }
        mostArrived = max(mostArrived, receiveWindow.arrived)
        let isSizeKnown = request.direction == .write ? request.size != nil : limits.announced != nil
        return !talk.goesOn(
            moved: moved, chunksUnderWay: chunksUnderWay(dataCount: dataCount), isSizeKnown: isSizeKnown,
            patience: patience.bound, at: now)
    }

    /// The bytes that were moved. In a read, half of what is here behind a gap counts, and the other half when it is next;
    /// what was forgotten to go back to a gap does not count again when it comes again.
    var moved: UInt64 {
        switch request.direction {
        case .write: transmitWindow.confirmed
        case .read: (mostArrived + receiveWindow.expected) / 2
        }
    }

    /// How many chunks like the one that has just arrived the line may hold. In a read these are those with data.
    private func chunksUnderWay(dataCount: Int) -> UInt64 {
        switch request.direction {
        case .write: return transmitWindow.chunksUnderWay
        case .read where dataCount == 0: return 0
        case .read:
            let end = receiveWindow.end
            return (end - min(receiveWindow.expected, end)) / UInt64(max(request.chunkSize, 1))
        }
    }
}

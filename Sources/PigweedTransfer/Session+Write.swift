/// The transitions of a write: the device's parameters open a window and may lead back, and what they allow is sent at the
/// pace that they ask for.
extension Session {
    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transmitting ? transmitWindow.nextSendTime : nil }

    /// What to send next, if it is time.
    func dataRequest(at now: Instant) -> DataRequest? {
        guard state == .transmitting, transmitWindow.canSend, now >= transmitWindow.nextSendTime else {
            return nil
        }
        return DataRequest(offset: transmitWindow.position, count: transmitWindow.nextCount)
    }

    /// The chunk for `count` bytes as asked for by ``dataRequest(at:)``.
    mutating func dataChunk(count: Int, isLast: Bool, at now: Instant) -> Chunk {
        var chunk = chunk(.data)
        chunk.offset = transmitWindow.position
        let remaining = transmitWindow.remaining(after: count) ?? (isLast ? 0 : nil)
        chunk.remainingBytes = remaining
        clock.moved(chunks: 1, lost: 0)
        let isNew = transmitWindow.sent(count, isLast: remaining == 0, at: now)
        if isNew { patience.restartSilence(at: now) } else { repeats += 1 }
        if !transmitWindow.canSend { state = .waiting }
        if lastRepeatAt == nil {
            let interval = transmitWindow.canSend ? request.chunkTimeout : clock.answerInterval
            patience.wait(
                request.chunkTimeout, repeatAfter: interval, steadyRepeats: clock.steadyRepeats, from: now)
        }
        return chunk
    }

    mutating func receiveParameters(_ chunk: Chunk, rewinds: Bool, at now: Instant) -> Action {
        hearBeyondHandshake(at: now)
        let confirmedBefore = transmitWindow.confirmed
        let positionBefore = transmitWindow.position
        switch transmitWindow.apply(chunk, rewinds: rewinds, at: now) {
        case .violation(let violation):
            return end(.failure(.protocolViolation(violation)), at: now)
        case .full:
            let isProtocolLimit = chunk.offset >= maximumOffset
            return end(.failure(isProtocolLimit ? .tooLarge : .deviceStorageFull), at: now)
        case .stale:
            return .nothing
        case .open(let sentAt):
            if let lastRepeatAt {
                clock.answered(after: now - patience.waitingSince, repeatedBefore: now - lastRepeatAt)
            }
            lastRepeatAt = nil
            if rewinds, chunk.offset < positionBefore { clock.moved(chunks: 0, lost: 1) }
            clock.chunkSize = transmitWindow.chunkSize
            if let sentAt { clock.answered(after: now - sentAt) }
            if transmitWindow.confirmed > confirmedBefore {
                patience.madeProgress(at: now)
            } else if rewinds, transmitWindow.hasSentAnything, !patience.goBack(at: now) {
                return giveUp(.noProgress)
            }
            patience.wait(
                request.chunkTimeout,
                repeatAfter: transmitWindow.canSend ? request.chunkTimeout : clock.answerInterval,
                steadyRepeats: clock.steadyRepeats, from: now)
            state = transmitWindow.canSend ? .transmitting : .waiting
            return .nothing
        }
    }
}

/// The transitions of a write: the device's parameters open a window and may lead back, and what they allow is sent at the
/// pace that they ask for.
///
/// What every chunk asks for is inlined: for a call, the compiler copies a session in memory.
extension Session {
    /// On a line that loses something: an answer costs four bytes of a chunk of 500, and a frame in the other direction.
    private static let chunksBetweenAnswers = 7

    /// Bytes a second, below which a chunk takes about as long as other lines need for an answer.
    static let slowRate: UInt32 = 480

    /// What a chunk may have on a slow line, where the device would lose its patience with longer ones: a second's worth.
    static func chunkLimit(of request: TransferRequest) -> UInt32? {
        guard let rate = request.lineRate, rate > 0, rate <= slowRate else { return request.writeChunkSize }
        return min(request.writeChunkSize ?? .max, max(rate, 32))
    }

    /// On a line that has lost nothing yet, silence that is shorter than this comes from a host or a device that is busy. What
    /// is under way may stand in a queue, and takes its time besides.
    private static let busyTime = Duration.milliseconds(110)

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { state == .transmitting ? transmitWindow.nextSendTime : nil }

    /// What to send next, if it is time.
    @inline(__always)
    func dataRequest(at now: Instant) -> DataRequest? {
        guard state == .transmitting, transmitWindow.canSend, now >= transmitWindow.nextSendTime else {
            return nil
        }
        return DataRequest(offset: transmitWindow.position, count: transmitWindow.nextCount)
    }

    /// The chunk for `count` bytes as asked for by ``dataRequest(at:)``; `nil` if nothing is.
    mutating func dataChunk(count: Int, isLast: Bool, at now: Instant) -> Chunk? {
        guard dataRequest(at: now) != nil else { return nil }
        var chunk = chunk(.data)
        chunk.offset = transmitWindow.position
        let remaining = transmitWindow.remaining(after: count) ?? (isLast ? 0 : nil)
        chunk.remainingBytes = remaining
        let isAsking = remaining != 0 && asksForAnswer(at: now)
        if isAsking {
            // A window that ends with this chunk is received with it: the device opens the next, larger one at once.
            chunk.windowEndOffset = UInt32(clamping: transmitWindow.position + UInt64(count))
        }
        clock.moved(chunks: 1, lost: 0)
        let isNew = transmitWindow.sent(count, isLast: remaining == 0, isAsking: isAsking, at: now)
        if isNew { patience.restartSilence(at: now) } else { repeats += 1 }
        if !transmitWindow.canSend { state = .waiting }
        if lastRepeatAt == nil {
            patience.wait(
                request.chunkTimeout + lineTime, repeatAfter: max(repeatInterval(at: now), lineTime),
                steadyRepeats: clock.steadyRepeats, from: now)
        }
        return chunk
    }

    /// Whether the device is to answer the chunk that goes out next. Where the window is too small, each answer makes it grow;
    /// on a line that loses something, missing answers tell early what was lost.
    @inline(__always)
    private func asksForAnswer(at now: Instant) -> Bool {
        guard version == .version2, transmitWindow.isAnsweredSeldom, !clock.isDeviceBehind else {
            return false
        }
        if transmitWindow.isTooSmall(at: now, roundTrip: clock.answerInterval) { return true }
        return clock.isLosing && transmitWindow.chunksSinceAsking >= Self.chunksBetweenAnswers
    }

    /// What a slow line needs for all that is under way, with every fourth byte escaped: nothing can be answered earlier. USB
    /// devices ignore their rate, but nobody sets so low a one for them.
    private var lineTime: Duration {
        guard let rate = request.lineRate, rate > 0, rate <= Self.slowRate else { return .zero }
        let bytes = transmitWindow.underWay.addingReportingOverflow(UInt64(transmitWindow.chunkSize))
        guard !bytes.overflow, bytes.partialValue < UInt64(UInt32.max) else { return .zero }
        return .seconds(1) * Int(bytes.partialValue + bytes.partialValue / 4) / Int(rate)
    }

    /// Whether answers are due that the line may have lost, while chunks are still being sent.
    var isMissingAnswers: Bool { clock.isLosing && transmitWindow.unansweredSince != nil }

    /// How long from now an answer may take until something is sent again.
    @inline(__always)
    private func repeatInterval(at now: Instant) -> Duration {
        guard transmitWindow.canSend else {
            guard !clock.isLosing, !transmitWindow.isHoldingRest else { return clock.answerInterval }
            return max(clock.answerInterval, Self.busyTime + clock.time(toCarry: transmitWindow.underWay))
        }
        guard isMissingAnswers, let since = transmitWindow.unansweredSince else {
            return request.chunkTimeout
        }
        return max(since + clock.answerInterval - now, .zero)
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
                clock.confirmed(upTo: transmitWindow.confirmed, at: now)
            } else if rewinds, transmitWindow.hasSentAnything, !patience.goBack(at: now) {
                return giveUp(.noProgress)
            }
            patience.wait(
                request.chunkTimeout + lineTime, repeatAfter: max(repeatInterval(at: now), lineTime),
                steadyRepeats: clock.steadyRepeats, from: now)
            state = transmitWindow.canSend ? .transmitting : .waiting
            return .nothing
        }
    }
}

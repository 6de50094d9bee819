/// A write: what goes out next, and what goes out again.
///
/// The steps are those of the protocol's chart of a transmitter:
///
/// | in the chart | here |
/// | --- | --- |
/// | receive transfer parameters | ``receive(_:rewinds:in:at:)`` |
/// | send chunk | ``dataRequest(at:)``, ``sendChunk(count:isLast:in:at:)`` |
/// | sent final chunk? | ``TransmitWindow/hasSentFinalChunk`` |
/// | sent all pending? | ``TransmitWindow/canSend`` |
/// | wait for receiver | ``waitForReceiver(in:at:)``; in vain: ``handleSilence(in:at:)`` |
/// | received final chunk? | ``Session``: the receiver's completion |
///
/// Functions that run for every chunk are inlined.
struct Transmitter {
    private(set) var window: TransmitWindow
    /// When something was last sent again because of silence; `nil` once the receiver was heard since.
    private var lastRepeatAt: Instant?

    init(_ request: TransferRequest) {
        window = TransmitWindow(
            initialOffset: request.initialOffset, endOfData: request.size.map { request.initialOffset + $0 },
            chunkLimit: request.chunkLimit)
    }

    /// When ``dataRequest(at:)`` has something to ask for.
    var nextDataTime: Instant? { window.canSend ? window.nextSendTime : nil }

    var wait: TransferWait {
        if window.canSend { return window.isRepeating ? .recovery : .pace }
        guard window.hasSentAnything else { return .parameters }
        return window.hasSentFinalChunk ? .completion : .window
    }

    func progress(from start: UInt64, isSuccess: Bool) -> TransferEngine.Progress {
        let isComplete = isSuccess && window.hasSentFinalChunk
        let confirmed = isComplete ? window.endOfData ?? window.confirmed : window.confirmed
        return .init(moved: confirmed - start, total: window.endOfData.map { $0 - start })
    }

    // MARK: Steps

    /// Confirms the acceptance of the device, which may send parameters from now on.
    mutating func begin(in exchange: inout Exchange, at now: Instant) {
        guard exchange.version == .version2 else { return }
        exchange.confirm(window: nil, at: now)
        exchange.retries.wait(
            exchange.request.settings.chunkTimeout, repeatAfter: exchange.estimate.answerInterval, from: now)
    }

    /// Handles parameters of the device.
    ///
    /// - Parameter rewinds: whether the parameters ask for everything from their offset on.
    mutating func receive(
        _ chunk: Chunk, rewinds: Bool, in exchange: inout Exchange, at now: Instant
    ) throws(TransferFailure) {
        exchange.heardBeyondHandshake(at: now)
        let confirmedBefore = window.confirmed
        let positionBefore = window.position
        switch window.apply(chunk, rewinds: rewinds, at: now) {
        case .violation(let violation): throw .protocolViolation(violation)
        case .full: throw chunk.offset >= maximumOffset ? TransferFailure.tooLarge : .deviceStorageFull
        case .stale: return
        case .open(let sentAt):
            if let lastRepeatAt {
                exchange.estimate.answered(
                    after: now - exchange.retries.waitingSince, repeatedBefore: now - lastRepeatAt)
            }
            lastRepeatAt = nil
            if rewinds, chunk.offset < positionBefore { exchange.estimate.moved(chunks: 0, lost: 1) }
            exchange.estimate.chunkSize = window.chunkSize
            if let sentAt { exchange.estimate.answered(after: now - sentAt) }
        }
        if window.confirmed > confirmedBefore {
            exchange.retries.madeProgress(at: now)
            exchange.estimate.confirmed(upTo: window.confirmed, at: now)
        } else if rewinds, window.hasSentAnything, !exchange.retries.mayGoInCircles(at: now) {
            throw .noProgress
        }
        waitForReceiver(in: &exchange, at: now)
    }

    /// The bytes to send now; `nil` if the device takes none, or its pause is not over.
    @inline(__always)
    func dataRequest(at now: Instant) -> DataRequest? {
        guard window.canSend, now >= window.nextSendTime else { return nil }
        return DataRequest(offset: window.position, count: window.nextCount)
    }

    /// The chunk for `count` bytes that ``dataRequest(at:)`` asked for; `nil` if it asks for none.
    mutating func sendChunk(
        count: Int, isLast: Bool, in exchange: inout Exchange, at now: Instant
    ) -> Chunk? {
        guard dataRequest(at: now) != nil else { return nil }
        var chunk = exchange.chunk(.data)
        chunk.offset = window.position
        let remaining = window.remaining(after: count) ?? (isLast ? 0 : nil)
        chunk.remainingBytes = remaining
        let isAsking = remaining != 0 && asksForAnswer(in: exchange, at: now)
        if isAsking {
            // The chunk says that the window ends with it, so the device opens the next, larger one at once.
            chunk.windowEndOffset = UInt32(clamping: window.position + UInt64(count))
        }
        exchange.estimate.moved(chunks: 1, lost: 0)
        let isNew = window.sent(count, isLast: remaining == 0, isAsking: isAsking, at: now)
        if isNew { exchange.retries.restartSilence(at: now) } else { exchange.repeats += 1 }
        if lastRepeatAt == nil { waitForReceiver(in: &exchange, at: now) }
        return chunk
    }

    private func waitForReceiver(in exchange: inout Exchange, at now: Instant) {
        let lineTime = lineTime(in: exchange)
        exchange.retries.wait(
            exchange.request.settings.chunkTimeout + lineTime,
            repeatAfter: max(repeatInterval(in: exchange, at: now), lineTime),
            steadyRepeats: exchange.estimate.steadyRepeats, from: now)
    }

    /// Acts on the silence of the device: sends something again, or the bytes that were held back.
    mutating func handleSilence(in exchange: inout Exchange, at now: Instant) {
        if exchange.isAwaitingConfirmation {
            exchange.confirm(window: nil, at: now)
            exchange.repeats += 1
            return
        }
        if window.canSend {
            guard isMissingAnswers(in: exchange), window.repeatUnanswered() else {
                return exchange.retries.repeatAgain(after: nil, at: now)
            }
            exchange.retries.repeatAgain(after: exchange.estimate.answerInterval, at: now)
        } else {
            limitChunks(afterRetries: exchange.retries.retriesSpent(at: now))
            if !window.sendRest() { window.repeatLastChunk() }
            if lastRepeatAt == nil {
                exchange.retries.repeatAgain(after: exchange.estimate.answerInterval, at: now)
            }
        }
        lastRepeatAt = now
    }

    /// Makes chunks shorter, the longer the silence is: a line that damages single bytes may let short frames through.
    private mutating func limitChunks(afterRetries retries: Int) {
        guard retries > 0 else { return }
        window.chunkLimitInSilence = retries == 1 ? Tuning.unknownChunkSize : Tuning.leastChunk
    }

    // MARK: Answers

    /// Whether the device is to answer the chunk that goes out next. Where the window is too small, each answer makes
    /// it grow; on a line that loses something, missing answers tell early what was lost.
    @inline(__always)
    private func asksForAnswer(in exchange: borrowing Exchange, at now: Instant) -> Bool {
        guard exchange.version == .version2, window.isAnsweredSeldom, !exchange.estimate.isDeviceBehind else {
            return false
        }
        if window.isTooSmall(at: now, roundTrip: exchange.estimate.answerInterval) { return true }
        return exchange.estimate.isLosing && window.chunksSinceAsking >= Tuning.chunksBetweenAnswers
    }

    /// Whether answers are due that the line may have lost, while chunks are still being sent.
    private func isMissingAnswers(in exchange: borrowing Exchange) -> Bool {
        exchange.estimate.isLosing && window.unansweredSince != nil
    }

    /// The time from now after which something is sent again if no answer comes.
    @inline(__always)
    private func repeatInterval(in exchange: borrowing Exchange, at now: Instant) -> Duration {
        guard window.canSend else {
            let answerInterval = exchange.estimate.answerInterval
            guard !exchange.estimate.isLosing, !window.isHoldingRest else { return answerInterval }
            return max(answerInterval, Tuning.busyWrite + exchange.estimate.time(toCarry: window.underWay))
        }
        guard isMissingAnswers(in: exchange), let since = window.unansweredSince else {
            return exchange.request.settings.chunkTimeout
        }
        return max(since + exchange.estimate.answerInterval - now, .zero)
    }

    /// The time that a slow line needs for all bytes in flight, escapes included: no answer can come earlier. USB
    /// devices ignore the rate, but nobody sets such a low rate for them.
    private func lineTime(in exchange: borrowing Exchange) -> Duration {
        guard let rate = exchange.request.settings.lineRate, rate > 0, rate <= Tuning.slowRate else {
            return .zero
        }
        let bytes = window.underWay.addingReportingOverflow(UInt64(window.chunkSize))
        guard !bytes.overflow, bytes.partialValue < UInt64(UInt32.max) else { return .zero }
        return .seconds(1) * Int(bytes.partialValue + bytes.partialValue / Tuning.escapedShare) / Int(rate)
    }
}

extension TransferRequest {
    /// The most data bytes of a chunk; `nil` for no limit. On a slow line, a chunk is limited to the bytes of a second,
    /// since the device would give up during a longer one.
    fileprivate var chunkLimit: UInt32? {
        guard let rate = settings.lineRate, rate > 0, rate <= Tuning.slowRate else {
            return settings.writeChunkSize
        }
        return min(settings.writeChunkSize ?? .max, max(rate, Tuning.leastChunk))
    }
}

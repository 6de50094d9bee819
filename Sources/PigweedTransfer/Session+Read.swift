/// The transitions of a read: data arrive, the window moves on before it is used up, and ``LossRecovery`` asks for what is
/// missing once the device is idle.
extension Session {
    /// Pieces asked for at once of a device that failed at a faster pace. It sends the first chunk after each request without
    /// a pause, and such queues seldom hold more than a handful.
    private static let fallbackRequests = 3

    mutating func receiveData(_ chunk: Chunk, dataCount: Int, at now: Instant) -> Action {
        hearBeyondHandshake(at: now)
        let violation = limits.violation(
            by: chunk, dataCount: dataCount, windowEnd: receiveWindow.end, version: version)
        if let violation { return end(.failure(.protocolViolation(violation)), at: now) }
        let expectedBefore = receiveWindow.expected
        let placement = receiveWindow.receive(
            offset: chunk.offset, count: dataCount, isLast: chunk.remainingBytes == 0)
        guard placement != .outside else {
            return receiveWindow.isGoingBack ? .nothing : goBack(at: now)
        }
        let end = chunk.offset + UInt64(dataCount)
        if let roundTrip = recovery.heard(chunk.offset..<end, at: now) { clock.answered(after: roundTrip) }
        if end >= receiveWindow.front {
            receiveWindow.announce(remaining: chunk.remainingBytes, behind: end)
            if chunk.windowEndOffset != 0, !receiveWindow.lower(to: UInt64(chunk.windowEndOffset)) {
                return self.end(.failure(.protocolViolation(.invalidWindow)), at: now)
            }
        }
        let isRepeated = chunk.offset == lastSeenOffset
        lastSeenOffset = chunk.offset
        guard placement != .duplicate else {
            duplicateBytes += dataCount
            guard patience.goBack(at: now) else { return giveUp(.noProgress) }
            // A device that repeats itself heard nothing of us since.
            if isRepeated, !recovery.isWaiting, now - lastParametersAt >= clock.answerInterval {
                probe(at: now)
            }
            waitForData(at: now)
            return .nothing
        }

        if lastRepeatAt != nil { clock.dataArrivedLate(after: now - patience.waitingSince) }
        lastRepeatAt = nil
        clock.dataArrived(upTo: receiveWindow.front, at: now)
        clock.moved(chunks: 1, lost: 0)
        if let rate = clock.rate, let roundTrip = clock.roundTrip {
            receiveWindow.adapt(toRate: rate, roundTrip: roundTrip)
        }
        if receiveWindow.expected > expectedBefore {
            patience.madeProgress(at: now)
            recovery.madeProgress()
        }
        _ = request(at: now, isSilent: false)
        guard state != .done else { return .nothing }
        if receiveWindow.wantsReopening, !recovery.isStopped {
            receiveWindow.reopen()
            sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
        }
        waitForData(at: now)
        guard case .next(let skip) = placement else {
            return dataCount > 0 ? .hold(offset: chunk.offset) : .nothing
        }
        return dataCount > 0 ? .store(skip: skip) : stored(0, at: now)
    }

    private mutating func waitForData(at now: Instant) {
        // Lets a device hear of us whose data are long under way: it gives up after a while.
        if now - lastParametersAt >= request.chunkTimeout, !recovery.isWaiting { probe(at: now) }
        patience.wait(
            dataTimeout, repeatAfter: clock.dataInterval, steadyRepeats: clock.steadyRepeats, from: now)
    }

    /// Silence that counts as one retry. On a slow line a chunk, all of whose bytes may be escaped, takes its time besides.
    var dataTimeout: Duration {
        guard let rate = request.lineRate, rate > 0, rate <= Self.slowRate else {
            return request.chunkTimeout
        }
        return request.chunkTimeout + .seconds(1) * (2 * Int(request.chunkSize)) / Int(rate)
    }

    /// Nothing has arrived for longer than the line explains. That alone is no evidence of a loss: the device may pause, and
    /// may be unable to go back. It is told that it may go on, and where it goes on tells what was lost. Only if it was asked
    /// for something lost before, or if patience ends, it is asked for what is missing.
    mutating func breakSilence(at now: Instant) -> Action {
        // All is here, and this side is slow to store it.
        guard receiveWindow.endOfData == nil || receiveWindow.hasGap else { return .nothing }
        let isAsked = recovery.isWaiting || recovery.isStopped || receiveWindow.endOfData != nil
        guard isAsked || patience.isAlmostOver(at: now) else {
            probe(at: now)
            return .nothing
        }
        return request(at: now, isSilent: true)
    }

    /// Tells the device that it may go on, further than it was ever told: whatever it missed, it has something to send then.
    mutating func probe(at now: Instant) {
        guard !recovery.isStopped else { return }
        receiveWindow.extend()
        sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
    }

    /// Asks for what is missing, if the device is idle.
    mutating func request(at now: Instant, isSilent: Bool) -> Action {
        if version == .legacy, receiveWindow.expected == 0, isSilent || receiveWindow.hasGap {
            return goBack(at: now)
        }
        let requests = recovery.requests(
            in: &receiveWindow, lead: clock.lead, isSilent: isSilent,
            limit: request.isFallback ? Self.fallbackRequests : LossRecovery.requestLimit, at: now)
        state = receiveWindow.hasGap || recovery.isWaiting ? .recovery : .waiting
        return requests.isEmpty ? .nothing : ask(for: requests, at: now)
    }

    /// Asks for everything from the first missing byte on. In the legacy protocol that is the only way to get the first
    /// chunk again: parameters at offset 0 make a device begin anew.
    private mutating func goBack(at now: Instant) -> Action {
        state = .recovery
        return ask(for: [recovery.goBack(in: &receiveWindow)], at: now)
    }

    private mutating func ask(for requests: [LossRecovery.Request], at now: Instant) -> Action {
        guard patience.goBack(at: now) else { return giveUp(.noProgress) }
        clock.lineInterrupted(losing: requests.count { !$0.isResumption })
        repeats += requests.count
        for request in requests {
            lastParametersAt = now
            outbox.append(parameters(.parametersRetransmit, request.range))
        }
        return .nothing
    }

    private mutating func sendParameters(_ kind: Chunk.Kind, offset: UInt64, at now: Instant) {
        lastParametersAt = now
        outbox.append(parameters(kind, offset..<receiveWindow.end))
    }

    /// As many bytes, the next that are due, are safe.
    mutating func stored(_ count: Int, at now: Instant) -> Action {
        guard state == .waiting || state == .recovery else { return .nothing }
        receiveWindow.store(count)
        if receiveWindow.isComplete { return end(.success(()), at: now) }
        guard receiveWindow.deliverable.isEmpty else { return .storeHeld(receiveWindow.deliverable) }
        guard receiveWindow.delivered < maximumOffset else { return end(.failure(.tooLarge), at: now) }
        return .nothing
    }
}

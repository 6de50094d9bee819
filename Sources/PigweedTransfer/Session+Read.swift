/// The transitions of a read: data arrive in a straight line, pieces that are missing are asked for, and the window moves
/// on before it is used up.
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
        let lostBefore = receiveWindow.piecesLost
        let (placement, roundTrip) = receiveWindow.receive(
            offset: chunk.offset, count: dataCount, isLast: chunk.remainingBytes == 0, at: now)
        if let roundTrip { clock.answered(after: roundTrip) }
        switch placement {
        case .outside:
            return goBack(at: now)
        case .duplicate:
            let isRepeated = chunk.offset == lastSeenOffset
            let mayAsk = receiveWindow.mayAskAgain(at: now, answerDue: clock.requestInterval)
            lastSeenOffset = chunk.offset
            if !receiveWindow.hasGap {
                patience.wait(
                    request.chunkTimeout, repeatAfter: clock.requestInterval,
                    steadyRepeats: clock.steadyRepeats, from: now)
            }
            remindDevice(at: now)
            return request(at: now, isSilent: isRepeated && mayAsk)
        case .next, .ahead:
            lastSeenOffset = chunk.offset
        }

        if lastRepeatAt != nil { clock.dataArrivedLate(after: now - patience.waitingSince) }
        lastRepeatAt = nil
        clock.dataArrived(at: now)
        if receiveWindow.expected > expectedBefore { patience.madeProgress(at: now) }
        receiveWindow.announce(remaining: chunk.remainingBytes, behind: chunk.offset + UInt64(dataCount))
        if chunk.windowEndOffset != 0, !receiveWindow.lower(to: UInt64(chunk.windowEndOffset)) {
            return end(.failure(.protocolViolation(.invalidWindow)), at: now)
        }
        clock.moved(chunks: 1, lost: receiveWindow.piecesLost - lostBefore)
        // Behind the end nothing is on its way that a request too many could hold up.
        patience.wait(
            request.chunkTimeout, repeatAfter: clock.requestInterval,
            steadyRepeats: max(clock.steadyRepeats, receiveWindow.endOfData == nil ? 0 : 2), from: now)
        _ = request(at: now, isSilent: false)
        guard state != .done else { return .nothing }
        if let chunks = clock.chunksInFlight { receiveWindow.adapt(toChunksInFlight: chunks) }
        if receiveWindow.wantsReopening {
            receiveWindow.reopen()
            sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
        }
        remindDevice(at: now)
        guard case .next(let skip) = placement else {
            return dataCount > 0 ? .hold(offset: chunk.offset) : .nothing
        }
        return dataCount > 0 ? .store(skip: skip) : stored(0, at: now)
    }

    /// Asks for what is missing or overdue.
    mutating func request(at now: Instant, isSilent: Bool) -> Action {
        if version == .legacy, receiveWindow.expected == 0, isSilent || receiveWindow.hasGap {
            return goBack(at: now)
        }
        let offsets = receiveWindow.requests(
            at: now, answerDue: clock.requestInterval, chunksInFlight: clock.measuredChunksInFlight,
            isSilent: isSilent, limit: request.isFallback ? Self.fallbackRequests : .max)
        state = receiveWindow.hasGap ? .recovery : .waiting
        return offsets.isEmpty ? .nothing : askAgain(for: offsets, at: now)
    }

    /// Asks for everything from the first missing byte on. In the legacy protocol that is the only way to get the first
    /// chunk again: parameters at offset 0 make a device begin anew.
    private mutating func goBack(at now: Instant) -> Action {
        guard receiveWindow.goBack(at: now, answerDue: clock.requestInterval) else { return .nothing }
        state = .recovery
        return askAgain(for: [receiveWindow.expected], at: now)
    }

    private mutating func askAgain(for offsets: [UInt64], at now: Instant) -> Action {
        guard patience.goBack(at: now) else { return giveUp(.noProgress) }
        clock.lineInterrupted()
        repeats += offsets.count
        for offset in offsets {
            sendParameters(.parametersRetransmit, offset: offset, at: now)
        }
        return .nothing
    }

    /// Lets a device hear of us whose data are long under way: it may wait since it sent them, and gives up after a while.
    private mutating func remindDevice(at now: Instant) {
        guard now - lastParametersAt >= request.chunkTimeout, receiveWindow.extend() else { return }
        sendParameters(.parametersContinue, offset: receiveWindow.expected, at: now)
    }

    private mutating func sendParameters(_ kind: Chunk.Kind, offset: UInt64, at now: Instant) {
        lastParametersAt = now
        outbox.append(parameters(kind, offset: offset))
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

/// What a session has measured of the line and the device, and the times to wait that follow from it.
///
/// An answer is measured only if its question was sent once: after a repeat nobody knows which of the two it belongs
/// to (Karn's rule).
struct RoundTripEstimate {
    /// Handshake chunks with an answer.
    enum Question: Int {
        case start
        case confirmation
    }

    /// Variations below this are noise of schedulers and USB frames.
    private let granularity: Duration
    private let request: TransferRequest
    /// Bytes of a data chunk.
    var chunkSize: UInt32
    /// When a question was sent; absent if it was repeated.
    private var asked: [Instant?] = [nil, nil]
    private var timesAsked = [0, 0]
    /// From start to acknowledgement, which includes the device's preparation, or from confirmation to parameters.
    private var handshake: Duration?
    private var answers = TimeEstimator()
    /// The shortest measured time of an answer, and the last one.
    private var shortestAnswer = Duration.seconds(Int64.max)
    private var lastAnswer = Duration.zero
    /// How long the last answer took if it came so late that something was repeated, but perhaps not because of that: this
    /// is waited for until an answer, or the pace of the line, was measured again.
    private var lateAnswer: Duration?
    /// Answers in a row that came only after something was sent again.
    private var answersAfterRepeat = 0
    private var chunksMoved = 0
    private var chunksLost = 0
    private var arrivals = TimeEstimator()
    private var lastArrival: Instant?
    /// The longest time between two data chunks not long ago: some lines forward in bursts.
    private var longestPause = Duration.zero
    /// Bytes a second that arrived here or at the device while nothing was missing, if known.
    private(set) var rate: Int?
    private var rateStart: (time: Instant, offset: UInt64)?

    init(_ request: TransferRequest) {
        self.request = request
        granularity = request.direction == .read ? Tuning.readNoise : Tuning.writeNoise
        chunkSize = request.settings.chunkSize
    }

    /// How long an answer takes, if known.
    var roundTrip: Duration? { answers.smoothed ?? handshake }

    /// The time from one data chunk of the line to the next, if known.
    var pace: Duration? { arrivals.smoothed }

    /// The bytes of a read that the line carries in the shortest measured time of an answer: no more than what a device is
    /// ahead of what arrives. What stands in queues comes on top.
    var lead: UInt64 {
        guard let rate, shortestAnswer < .seconds(1) else { return 0 }
        return UInt64(rate).multipliedReportingOverflow(
            by: UInt64(shortestAnswer.saturatedNanoseconds / 1000)
        )
        .partialValue / 1_000_000
    }

    /// Whether chunks stand in a queue before the device answers them: it is the device that cannot take more, not the window
    /// that keeps more from it.
    var isDeviceBehind: Bool { lastAnswer > shortestAnswer + shortestAnswer / 2 + granularity }

    /// How many repeats of something overdue follow each other without growing pauses. As long as the line loses next to
    /// nothing, silence is likely to be the device's, and what it gets too often in the meantime costs it time: in a write
    /// two losses in a row are put down to the line, in a read, where a request too many makes the device send again what is
    /// on its way, none. On a line that loses much, silence is the line's.
    var steadyRepeats: Int {
        if isLossy { return Tuning.lossyRepeats }
        return request.direction == .read ? 0 : 1
    }

    /// Whether the line has lost something not long ago, or several times.
    var isLosing: Bool { chunksLost > 0 && chunksLost * Tuning.losingShare >= chunksMoved }

    /// Whether the line is known to lose much.
    var isLossy: Bool { chunksLost > 0 && chunksLost * Tuning.lossyShare >= chunksMoved }

    /// Silence after which the answer to a chunk is overdue.
    var answerInterval: Duration {
        max(measuredInterval, lateAnswer ?? .zero)
    }

    private var measuredInterval: Duration {
        answers.overdue(granularity: granularity) ?? firstAnswerInterval
    }

    /// Silence of a read after which data are overdue: the answer to what was told last, behind a chunk on the line.
    var dataInterval: Duration {
        guard let roundTrip else { return answerInterval }
        let chunks =
            pace.map { roundTrip + $0 + granularity }
            ?? (roundTrip * Tuning.firstRoundTrips + Tuning.unknownPause)
        return max(answerInterval, chunks, longestPause + longestPause / 2 + granularity)
    }

    /// Before data were moved: the time of the handshake, and what a chunk takes longer. Where the rate of the line is
    /// not known, the handshake may have been all line time, and a chunk as much longer as it is larger.
    private var firstAnswerInterval: Duration {
        guard let handshake else { return Tuning.unknownRoundTrip }
        guard let rate = request.settings.lineRate, rate > 0 else {
            let interval = handshake * (Tuning.firstRoundTrips + Int(chunkSize) / Tuning.handshakeSize)
            return min(interval + granularity, Tuning.unknownRoundTrip)
        }
        // With every byte escaped.
        let chunkTime = .seconds(1) * (2 * Int(chunkSize)) / Int(rate)
        let roundTrips = request.direction == .read ? Tuning.firstRoundTripsOfRead : Tuning.firstRoundTrips
        return max(
            min(handshake * roundTrips + chunkTime + granularity, Tuning.unknownRoundTrip),
            handshake + chunkTime)
    }

    /// The time to wait for the acknowledgement of a completion before each repeat. The result is known already, and a
    /// device that has heard of it once never answers again.
    var acknowledgementTimeout: Duration {
        min(
            max(measuredInterval, Tuning.leastAcknowledgement), Tuning.longestAcknowledgement,
            request.settings.chunkTimeout)
    }

    mutating func sent(_ question: Question, at now: Instant) {
        timesAsked[question.rawValue] += 1
        asked[question.rawValue] = timesAsked[question.rawValue] == 1 ? now : nil
    }

    mutating func answered(_ question: Question, at now: Instant) {
        guard let asked = asked[question.rawValue] else { return }
        self.asked[question.rawValue] = nil
        switch question {
        case .start: handshake = min(now - asked, Tuning.unknownRoundTrip)
        case .confirmation where request.direction == .write:
            handshake = min(now - asked, Tuning.unknownRoundTrip)
        case .confirmation:
            answers.add(now - asked)
            shortestAnswer = now - asked
        }
    }

    mutating func answered(after roundTrip: Duration) {
        lateAnswer = nil
        answersAfterRepeat = 0
        answers.add(roundTrip)
        shortestAnswer = min(shortestAnswer, roundTrip)
        lastAnswer = roundTrip
    }

    /// An answer arrived to something that was sent again. It was late, not lost, if no answer takes as little time as passed
    /// since the last time. If none is known, or it happens twice in a row on a line that loses
    /// little, it may have been.
    ///
    /// - Parameters:
    ///   - time: since the first time.
    ///   - repeatTime: since the last time.
    mutating func answered(after time: Duration, repeatedBefore repeatTime: Duration) {
        answersAfterRepeat += 1
        let late = time + granularity
        if let earliest = answers.earliest {
            if repeatTime < earliest {
                lateAnswer = late
            } else if answersAfterRepeat > 1, !isLossy {
                lateAnswer = min(late, measuredInterval * 2)
            } else if repeatTime < measuredInterval {
                moved(chunks: 0, lost: 1)
            }
        } else {
            lateAnswer = min(late, max(measuredInterval * 2, Tuning.unknownPause))
        }
    }

    /// Data arrived, so long after they were first waited for, and only after they were asked for again.
    mutating func dataArrivedLate(after time: Duration) {
        lateAnswer = time + granularity
    }

    /// New data arrived, the last of them at an offset.
    mutating func dataArrived(upTo offset: UInt64, at now: Instant) {
        measureRate(upTo: offset, at: now)
        if let lastArrival {
            arrivals.add(now - lastArrival)
            let pause = min(now - lastArrival, Tuning.longestBurst)
            longestPause = max(pause, longestPause - longestPause / Tuning.pauseMemory)
            lateAnswer = nil
        }
        lastArrival = now
    }

    /// Measures over several chunks, since some hosts hand them out in bursts. A lower rate counts less: something may have
    /// been waited for.
    private mutating func measureRate(upTo offset: UInt64, at now: Instant) {
        guard let start = rateStart else { return rateStart = (now, offset) }
        guard now > start.time, offset >= start.offset + Tuning.rateChunks * UInt64(chunkSize) else { return }
        let nanoseconds = UInt64(clamping: (now - start.time).saturatedNanoseconds)
        let sample = Int(clamping: min(offset - start.offset, maximumOffset) * 1_000_000_000 / nanoseconds)
        rate =
            rate.map { sample > $0 ? sample : ($0 * Tuning.rateMemory + sample) / (Tuning.rateMemory + 1) }
            ?? sample
        rateStart = (now, offset)
    }

    /// The device has the data of a write up to an offset.
    mutating func confirmed(upTo offset: UInt64, at now: Instant) {
        measureRate(upTo: offset, at: now)
    }

    /// How long the line needs for so many bytes, if its rate is known. What was measured is lower where windows are small.
    func time(toCarry bytes: UInt64) -> Duration {
        let rate = max(rate ?? 0, Int(request.settings.lineRate ?? 0))
        guard rate > 0 else { return .zero }
        return .nanoseconds(Int64(clamping: min(bytes, maximumOffset) * 1_000_000_000 / UInt64(rate)))
    }

    /// Data chunks were carried by the line, or are known to be lost.
    mutating func moved(chunks: Int, lost: Int) {
        chunksMoved += chunks
        chunksLost += lost
    }

    /// The device was told to go elsewhere: the time to the next chunk says nothing about its pace.
    mutating func sequenceInterrupted(losing chunks: Int) {
        lastArrival = nil
        rateStart = nil
        moved(chunks: 0, lost: chunks)
    }
}

/// Estimates a time that is measured again and again, and how long to wait before it is overdue.
///
/// Smoothing and variation as in RFC 6298.
struct TimeEstimator {
    /// The smoothed time; `nil` before the first measurement.
    private(set) var smoothed: Duration?
    private var variation = Duration.zero

    /// When an event that takes this time is overdue; `nil` before the first measurement.
    ///
    /// - Parameter granularity: variations below this are noise of schedulers and USB frames.
    func overdue(granularity: Duration) -> Duration? {
        smoothed.map { $0 + max(granularity, variation * Tuning.overdueVariations) }
    }

    /// Before this the event is not to be expected; `nil` before the first measurement.
    var earliest: Duration? {
        smoothed.map { $0 - $0 / Tuning.earlyShare - variation }
    }

    mutating func add(_ sample: Duration) {
        guard sample >= .zero else { return }
        guard let mean = smoothed else {
            smoothed = sample
            variation = sample / Tuning.firstVariation
            return
        }
        let deviation = mean > sample ? mean - sample : sample - mean
        variation += (deviation - variation) / Tuning.variationGain
        smoothed = mean + (sample - mean) / Tuning.meanGain
    }
}

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
    /// The size of a data chunk in bytes.
    var chunkSize: UInt32
    /// When each question was sent; `nil` if it was not sent, was repeated, or has its answer.
    private var asked: [Instant?] = [nil, nil]
    private var timesAsked = [0, 0]
    /// The time from start to acknowledgement, which includes the device's preparation; in a write, later the time from
    /// confirmation to parameters.
    private var handshake: Duration?
    private var answers = TimeEstimator()
    /// The shortest measured time of an answer, and the last one.
    private var shortestAnswer = Duration.seconds(Int64.max)
    private var lastAnswer = Duration.zero
    /// How long the last answer took, if it came after a repeat but perhaps not because of the repeat. Answers may take
    /// this long until an answer, or the pace of the line, was measured again.
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

    /// The bytes of a read that the line carries in the shortest measured time of an answer. The device is at least
    /// this far ahead of the data that arrive, and further by the bytes that stand in queues.
    var lead: UInt64 {
        guard let rate, shortestAnswer < .seconds(1) else { return 0 }
        return UInt64(rate).multipliedReportingOverflow(
            by: UInt64(shortestAnswer.saturatedNanoseconds / 1000)
        )
        .partialValue / 1_000_000
    }

    /// Whether chunks stand in a queue before the device answers them. Then the device is too slow, and not the window
    /// too small.
    var isDeviceBehind: Bool { lastAnswer > shortestAnswer + shortestAnswer / 2 + granularity }

    /// How many repeats follow each other without growing pauses. On a line that loses much, silence comes from losses.
    /// Otherwise it is likely that the device is busy, and repeats cost it time. A write then has one steady repeat,
    /// for two losses in a row. A read has none, since a needless request makes the device send again what is on its
    /// way.
    var steadyRepeats: Int {
        if isLossy { return Tuning.lossyRepeats }
        return request.direction == .read ? 0 : 1
    }

    /// Whether the line has lost at least one of ``Tuning/losingShare`` chunks.
    var isLosing: Bool { chunksLost > 0 && chunksLost * Tuning.losingShare >= chunksMoved }

    /// Whether the line has lost at least one of ``Tuning/lossyShare`` chunks.
    var isLossy: Bool { chunksLost > 0 && chunksLost * Tuning.lossyShare >= chunksMoved }

    /// The silence after which the answer to a chunk is overdue.
    var answerInterval: Duration {
        max(measuredInterval, lateAnswer ?? .zero)
    }

    private var measuredInterval: Duration {
        answers.overdue(granularity: granularity) ?? firstAnswerInterval
    }

    /// The silence of a read after which data are overdue: the time for an answer that comes behind another chunk.
    var dataInterval: Duration {
        guard let roundTrip else { return answerInterval }
        let chunks =
            pace.map { roundTrip + $0 + granularity }
            ?? (roundTrip * Tuning.firstRoundTrips + Tuning.unknownPause)
        return max(answerInterval, chunks, longestPause + longestPause / 2 + granularity)
    }

    /// The interval before any data moved: a few times as long as the handshake took, and the time of a chunk on the
    /// line. If the rate of the line is not known, the line may have needed all the time of the handshake, so the time
    /// of a chunk is estimated from that time and both sizes.
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
    /// device that has heard a completion once never answers another one.
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

    /// Notes an answer to a message that was sent again. If the answer came sooner after the last sending than answers
    /// do, it belongs to the first sending: it was late, not lost. It may have been late, too, if no answer was
    /// measured yet, or if a line that loses little brings two answers in a row only after repeats.
    ///
    /// - Parameters:
    ///   - time: the time since the message was first sent.
    ///   - repeatTime: the time since the message was last sent.
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

    /// Notes that data arrived only after they were asked for again, and how long they were waited for in all.
    mutating func dataArrivedLate(after time: Duration) {
        lateAnswer = time + granularity
    }

    /// Notes that new data arrived, which end at an offset.
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

    /// Measures the rate over several chunks, since some hosts hand them out in bursts. A lower rate than before counts
    /// less: the line may have been idle.
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

    /// Notes that the device has the data of a write up to an offset.
    mutating func confirmed(upTo offset: UInt64, at now: Instant) {
        measureRate(upTo: offset, at: now)
    }

    /// How long the line needs for the bytes; zero if no rate is known. The higher rate is used, since the measured one
    /// is too low if windows are small.
    func time(toCarry bytes: UInt64) -> Duration {
        let rate = max(rate ?? 0, Int(request.settings.lineRate ?? 0))
        guard rate > 0 else { return .zero }
        return .nanoseconds(Int64(clamping: min(bytes, maximumOffset) * 1_000_000_000 / UInt64(rate)))
    }

    /// Counts data chunks that the line carried, and chunks that are known to be lost.
    mutating func moved(chunks: Int, lost: Int) {
        chunksMoved += chunks
        chunksLost += lost
    }

    /// Notes that the device was told to go elsewhere: the time to the next chunk says nothing about its pace.
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

    /// The time before which the event is not expected; `nil` before the first measurement.
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

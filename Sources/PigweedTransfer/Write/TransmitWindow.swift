/// Where a transmitter stands: what it sent, and how far the receiver lets it go (protocol: window).
struct TransmitWindow {
    /// What the receiver's parameters mean.
    enum Verdict: Hashable {
        /// The window is open. `sentAt` is when the last confirmed chunk was sent, if it was sent only once.
        case open(sentAt: Instant?)
        /// The parameters are out of date; nothing changes.
        case stale
        /// The receiver has no room, but bytes are left.
        case full
        case violation(TransferFailure.Violation)
    }

    /// The offset behind the last byte, once it is known.
    private(set) var endOfData: UInt64?
    /// The next byte to send.
    private(set) var position: UInt64
    /// The offset behind the last byte ever sent.
    private var highest: UInt64
    /// The offset up to which the receiver has everything.
    private(set) var confirmed: UInt64
    /// The end, exclusive, up to which the receiver takes data.
    private var end: UInt64
    /// The size of the last window, counted from what the receiver had.
    private var size: UInt64 = 0
    /// Whether the receiver has opened a window.
    private var isOpen = false
    /// Whether the receiver has asked for something again; from then on its window grows slowly.
    private var growsSlowly = false
    /// Whether the receiver did not make the window larger with its last answer.
    private var isFullyOpen = false
    /// When the last parameters arrived that found the window used up although more is to be sent.
    private var usedUpAt: Instant?
    /// The most bytes of a data chunk that the receiver takes, and that this side sends.
    private var allowedChunkSize = Tuning.unknownChunkSize
    private let chunkLimit: UInt32
    /// The most bytes of a data chunk until the receiver is heard again: longer chunks may not get through.
    var chunkLimitInSilence: UInt32?
    private let firstOffset: UInt64
    /// The pause from the start of one data chunk to the start of the next.
    private var minDelay = Duration.zero
    /// The earliest time for the next data chunk.
    private(set) var nextSendTime = Instant.zero
    private var lastDataOffset: UInt64
    /// The offset at which the repeats of the present silence begin, in chunks that may be shorter than the first time.
    private var repeatOffset: UInt64?
    /// The ends of the chunks that the receiver has not confirmed, and when the chunks were sent.
    private var sendTimes: [(end: UInt64, at: Instant)] = []
    /// The chunks that asked the receiver for an answer and have none yet, and when they were sent.
    private var asked: [(range: Range<UInt64>, at: Instant)] = []
    /// How many chunks were sent since the last one that asked for an answer.
    private(set) var chunksSinceAsking = 0
    /// The offset up to which nobody knows which of several sendings the receiver confirms (Karn's rule): chunks were
    /// sent again although the receiver did not say that they are missing.
    private var ambiguousEnd: UInt64
    /// The offset to which the receiver last asked to go back.
    private var rewoundTo: UInt64?
    /// Whether the last bytes of the window go out however few they are.
    private var sendsRest = false
    /// Whether the final chunk was sent since the position last moved back.
    private var isAtEnd = false
    /// Whether the final chunk was ever sent: before that, no success of the receiver can be true.
    private(set) var hasSentFinalChunk = false

    init(initialOffset: UInt64, endOfData: UInt64?, chunkLimit: UInt32? = nil) {
        self.chunkLimit = min(max(chunkLimit ?? Tuning.largestChunk, 1), Tuning.largestChunk)
        self.endOfData = endOfData
        firstOffset = initialOffset
        position = initialOffset
        highest = initialOffset
        confirmed = initialOffset
        end = initialOffset
        lastDataOffset = initialOffset
        ambiguousEnd = initialOffset
    }

    /// The most bytes of a data chunk.
    var chunkSize: UInt32 { min(allowedChunkSize, chunkLimit, chunkLimitInSilence ?? chunkLimit) }

    /// Bytes that were sent and are not confirmed.
    var underWay: UInt64 { position - min(confirmed, position) }

    /// Whether any chunk was sent yet.
    var hasSentAnything: Bool { hasSentFinalChunk || highest > lastDataOffset }

    /// The chunks that were sent and are not confirmed.
    var chunksUnderWay: UInt64 { (highest - min(confirmed, highest)) / UInt64(chunkSize) }

    /// Whether the bytes that go out next were sent before.
    var isRepeating: Bool { position < highest }

    /// Whether something may be sent now: data within the window, or an end that needs no window.
    var canSend: Bool {
        isOpen && (position == endOfData ? !isAtEnd : position < end && !holdsRest)
    }

    /// Whether so little of the window is left that a chunk of it would cost more than it moves. The receiver computes
    /// each window with its newest chunk size, so the borders of chunks and windows drift apart. It opens the next
    /// window before it has received the rest of this one.
    private var holdsRest: Bool {
        let room = end - position
        return room < UInt64(chunkSize / Tuning.smallestShare) && position > confirmed && !sendsRest
            && endOfData.map { $0 > end } ?? true
    }

    /// Whether the rest of the window waits for the next one.
    var isHoldingRest: Bool { position < end && position != endOfData && holdsRest }

    /// Lets the rest of the window go out, since a silent receiver may wait for the very last bytes.
    ///
    /// - Returns: whether bytes were held back.
    mutating func sendRest() -> Bool {
        guard isHoldingRest else { return false }
        sendsRest = true
        return true
    }

    /// The bytes that the next data chunk should carry; 0 for an end without data.
    var nextCount: Int {
        let room = end > position ? end - position : 0
        let left = endOfData.map { $0 - position } ?? room
        return Int(min(UInt64(chunkSize), room, left))
    }

    /// The number of bytes behind a chunk of `count` bytes that goes out next; `nil` if nobody knows.
    func remaining(after count: Int) -> UInt64? {
        endOfData.map { $0 - position - UInt64(count) }
    }

    /// Takes over the receiver's parameters.
    ///
    /// - Parameter rewinds: whether the chunk is of a kind that moves the position (retransmit), or one that only
    ///   opens the window further (continue).
    mutating func apply(_ chunk: Chunk, rewinds: Bool, at now: Instant) -> Verdict {
        guard chunk.offset <= endOfData ?? .max else { return .violation(.offsetPastEnd) }
        guard chunk.offset <= highest, !rewinds || chunk.offset >= firstOffset else {
            return .violation(.invalidWindow)
        }
        guard chunk.maxChunkSizeBytes != 0 else { return .violation(.chunkSizeZero) }
        let newEnd = min(max(chunk.effectiveWindowEnd, chunk.offset), maximumOffset)
        let hasAll = chunk.offset == endOfData
        if newEnd == chunk.offset, !hasAll { return .full }
        asked.removeAll { $0.range.upperBound <= chunk.offset || rewinds }
        if !rewinds, !hasAll, newEnd <= position { return .stale }

        isOpen = true
        repeatOffset = nil
        chunkLimitInSilence = nil
        noteSize(newEnd - chunk.offset, rewinds: rewinds, at: now)
        allowedChunkSize = chunk.maxChunkSizeBytes ?? allowedChunkSize
        minDelay = chunk.minDelayMicroseconds.map { .microseconds(Int64($0)) } ?? minDelay
        confirmed = max(confirmed, chunk.offset)
        end = newEnd
        sendsRest = false
        if rewinds { nextSendTime = now }
        // The receiver already has the chunk that was sent again; only its answer was lost.
        position = max(position, chunk.offset)
        let sentAt = rewinds ? nil : sendTimes.first { $0.end == chunk.offset }?.at
        sendTimes.removeAll { $0.end <= chunk.offset }
        if rewinds || hasAll {
            // A line keeps the order, so a chunk that is missing before later ones will not arrive any more. But if the
            // receiver asks for it once more, it may be on its way again.
            if rewoundTo == chunk.offset { ambiguousEnd = highest }
            rewoundTo = chunk.offset
            position = chunk.offset
            isAtEnd = false
            sendTimes.removeAll(keepingCapacity: true)
        }
        return .open(sentAt: sentAt)
    }

    private mutating func noteSize(_ newSize: UInt64, rewinds: Bool, at now: Instant) {
        if hasSentAnything, !canSend, !isAtEnd { usedUpAt = now }
        growsSlowly = growsSlowly || (rewinds && hasSentAnything)
        isFullyOpen = !rewinds && newSize <= size && newSize > size / 2
        size = newSize
    }

    /// Whether the receiver answers only some chunks unasked: it answers when it has received half of a window.
    var isAnsweredSeldom: Bool { size >= 2 * UInt64(chunkSize) }

    /// Whether the transfer waits for the window, and the window may grow: it was used up less than a round trip ago.
    /// Before the first loss the receiver doubles its window, which is fast enough. A loss halves the window, and then
    /// it grows by a chunk with each answer.
    func isTooSmall(at now: Instant, roundTrip: Duration) -> Bool {
        guard growsSlowly, !isFullyOpen, let usedUpAt, endOfData.map({ $0 > end }) ?? true else {
            return false
        }
        return now - usedUpAt <= roundTrip
    }

    /// Notes that a chunk of `count` bytes from ``position`` on goes out.
    ///
    /// - Returns: whether the chunk goes out for the first time.
    mutating func sent(_ count: Int, isLast: Bool, isAsking: Bool, at now: Instant) -> Bool {
        if isAsking, asked.count < Tuning.sendTimes {
            asked.append((position..<position + UInt64(count), now))
        }
        chunksSinceAsking = isAsking ? 0 : chunksSinceAsking + 1
        let isNew = position + UInt64(count) > highest || (isLast && !hasSentFinalChunk)
        nextSendTime = now + minDelay
        if count > 0 { lastDataOffset = position }
        position += UInt64(count)
        highest = max(highest, position)
        if isLast {
            endOfData = position
            isAtEnd = true
            hasSentFinalChunk = true
        }
        if position > ambiguousEnd, sendTimes.count < Tuning.sendTimes { sendTimes.append((position, now)) }
        return isNew
    }

    /// Since when answers are missing although chunks are still being sent: when the second missing answer was asked
    /// for, as a single answer may have been lost.
    var unansweredSince: Instant? { asked.dropFirst().first?.at }

    /// Goes back to the first chunk whose answer is missing, to send only this chunk again; false if no answer is
    /// missing.
    mutating func repeatUnanswered() -> Bool {
        guard let chunk = asked.first?.range else { return false }
        asked = []
        ambiguousEnd = highest
        position = chunk.lowerBound
        end = chunk.upperBound
        isAtEnd = false
        sendTimes.removeAll(keepingCapacity: true)
        return true
    }

    /// Goes back to the last chunk that carried data, to send it again.
    mutating func repeatLastChunk() {
        ambiguousEnd = highest
        asked = []
        position = repeatOffset ?? lastDataOffset
        repeatOffset = position
        isAtEnd = false
        sendTimes.removeAll(keepingCapacity: true)
    }
}

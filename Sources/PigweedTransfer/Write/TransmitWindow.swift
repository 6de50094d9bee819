/// Where a transmitter stands: what it sent, and how far the receiver lets it go (protocol: window).
struct TransmitWindow {
    /// What the receiver's parameters mean.
    enum Verdict: Hashable {
        /// The window is open; send what there is. If the receiver confirms a chunk that was sent just once, with the
        /// time at which that was.
        case open(sentAt: Instant?)
        /// Old news; nothing changes.
        case stale
        /// The receiver has no room, but bytes are left.
        case full
        case violation(TransferFailure.Violation)
    }

    /// The offset behind the last byte, once it is known.
    private(set) var endOfData: UInt64?
    /// The next byte to send.
    private(set) var position: UInt64
    /// Behind the last byte ever sent.
    private var highest: UInt64
    /// Up to here the receiver has everything.
    private(set) var confirmed: UInt64
    /// The end, exclusive, up to which the receiver takes data.
    private var end: UInt64
    /// How far the receiver last let go beyond what it had.
    private var size: UInt64 = 0
    /// Whether it has said how far it lets go.
    private var isOpen = false
    /// Whether it has said that it lacks something.
    private var growsSlowly = false
    /// Whether it let go no further when it was last asked to.
    private var isFullyOpen = false
    /// When the window was last found used up although more is to be sent.
    private var usedUpAt: Instant?
    /// The most bytes of a data chunk that the receiver takes, and that this side sends.
    private var allowedChunkSize = Tuning.unknownChunkSize
    private let chunkLimit: UInt32
    /// The most bytes of a data chunk until the receiver is heard again: longer ones may not get through.
    var chunkLimitInSilence: UInt32?
    private let firstOffset: UInt64
    /// The pause from the start of one data chunk to the start of the next.
    private var minDelay = Duration.zero
    /// When that pause is over.
    private(set) var nextSendTime = Instant.zero
    private var lastDataOffset: UInt64
    /// Where the repeats of the present silence begin, in chunks that may be shorter than the first time.
    private var repeatOffset: UInt64?
    /// When chunks were sent that the receiver may yet confirm, by their ends.
    private var sendTimes: [(end: UInt64, at: Instant)] = []
    /// The chunks sent that the receiver must answer each and has not, and when.
    private var asked: [(range: Range<UInt64>, at: Instant)] = []
    /// Chunks sent since the last of those.
    private(set) var chunksSinceAsking = 0
    /// Up to here nobody knows which of several chunks the receiver confirms (Karn's rule): they were sent again without
    /// its word that it lacks them.
    private var ambiguousEnd: UInt64
    /// Where the receiver last asked to go back to.
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

    /// Whether what goes out next was sent before.
    var isRepeating: Bool { position < highest }

    /// Whether something may be sent now: data within the window, or an end that needs no window.
    var canSend: Bool {
        isOpen && (position == endOfData ? !isAtEnd : position < end && !holdsRest)
    }

    /// Whether so little of the window is left that a chunk of it would cost more than it moves. The receiver computes each
    /// window with its newest chunk size, so the borders of chunks and windows drift apart; it opens the next one
    /// before it has received the rest of this one.
    private var holdsRest: Bool {
        let room = end - position
        return room < UInt64(chunkSize / Tuning.smallestShare) && position > confirmed && !sendsRest
            && endOfData.map { $0 > end } ?? true
    }

    /// Whether the rest of the window waits for the next one.
    var isHoldingRest: Bool { position < end && position != endOfData && holdsRest }

    /// The receiver is silent: it may wait for the very last bytes of its window.
    ///
    /// - Returns: whether some were held back, and go out now.
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
            // A line keeps the order: who lacks a chunk that later ones followed will not get it any more. Asked for
            // again, it may be on its way.
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

    /// Whether the receiver answers only some chunks by itself: it does so when it has received half of a window.
    var isAnsweredSeldom: Bool { size >= 2 * UInt64(chunkSize) }

    /// Whether the window is what the transfer waits for, and may grow: it was used up not longer than a round trip ago. After a
    /// loss, at which it is halved, the receiver lets it grow by a chunk with each answer; until then it doubles, which
    /// is fast enough.
    func isTooSmall(at now: Instant, roundTrip: Duration) -> Bool {
        guard growsSlowly, !isFullyOpen, let usedUpAt, endOfData.map({ $0 > end }) ?? true else {
            return false
        }
        return now - usedUpAt <= roundTrip
    }

    /// A chunk of `count` bytes from ``position`` on goes out.
    ///
    /// - Returns: whether it is the first time.
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

    /// Since when an answer is missing although chunks are still being sent. A single answer may have been lost, so that is
    /// when the second was asked for.
    var unansweredSince: Instant? { asked.dropFirst().first?.at }

    /// Goes back to the first chunk whose answer is missing, to send that one alone again; false if there is none.
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

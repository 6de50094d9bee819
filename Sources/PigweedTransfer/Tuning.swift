/// Every number that was chosen, once, with what it was chosen by. Numbers that the protocol gives are in `Chunks`.
///
/// <doc:TuningTable> lists them; `TuningTests` holds it to this file, and finds numbers that stand elsewhere.
enum Tuning {
    // MARK: What a request asks for

    /// The most data of a chunk on every device that is built of Pigweed's stock parts.
    ///
    /// Unit: bytes. Source: the stock buffers, 480 bytes for a chunk and 512 for a packet.
    static let safeChunkSize: UInt32 = 448
    /// The most that a read lets the device send before it hears of us again.
    ///
    /// Unit: bytes. Source: twice what a line of 1 MB/s carries in 128 ms.
    static let window: UInt32 = 256 * 1024
    /// Silence after a start that counts as one retry.
    ///
    /// Unit: time. Source: Pigweed's Python client.
    static let startTimeout = Duration.seconds(4)
    /// Silence at any other time that counts as one retry.
    ///
    /// Unit: time. Source: Pigweed's Python client.
    static let chunkTimeout = Duration.seconds(2)
    /// Retries in one silence.
    ///
    /// Unit: retries. Source: Pigweed's clients.
    static let retries = 3
    /// Retries in all.
    ///
    /// Unit: retries. Source: Pigweed's clients.
    static let lifetimeRetries = 1500

    // MARK: The stream beside a transfer

    /// Silence after which the request for it is repeated. The same request does no harm where the device knows the stream.
    ///
    /// Unit: time. Source: 25 bytes in 2 s do not show on any line.
    static let sideStreamSilence = Duration.seconds(2)
    /// From its end by the device to the next request.
    ///
    /// Unit: time. Source: a device that is busy with the stream of an earlier client has noticed its end by then.
    static let sideStreamPause = Duration.seconds(1)
    /// How often in a row the device may end it without a message.
    ///
    /// Unit: requests. Source: as above.
    static let sideStreamAttempts = 5

    // MARK: Handshake

    /// From opening a stream to opening another, or to a start that must not be repeated early: a device installs a stream on
    /// another thread and loses what arrives before that.
    ///
    /// Unit: time. Source: Python waits 1 s, Java 10 ms; measured: 2 % lost at 10 ms.
    static let streamOpening = Duration.milliseconds(100)
    /// Between the starts on a new stream. There are no more, since a device that knows only the legacy protocol prepares anew
    /// for each that it gets, which may mean to erase.
    ///
    /// Unit: milliseconds. Source: measured: of the reference's device 9 of 10 starts are lost right behind the opening, 1 of 4 after 1 ms, 1 of 50 after 10 ms.
    static let startPauses = [10, 15, 85, 210]
    /// The same on a stream that is opened again after all retries: a device that prepares for long may still be at work on
    /// them.
    ///
    /// Unit: milliseconds. Source: as above.
    static let startPausesAtLast = [110]
    /// The same on a stream that is in use, where only losses matter. A device that prepares for long keeps starts for two
    /// seconds.
    ///
    /// Unit: milliseconds. Source: the reference's queue.
    static let startPausesOnKnownStream = [100, 200]
    /// The same for a start with an offset: the reference's answer to a repeated one lacks the offset, so that another
    /// session must be begun.
    ///
    /// Unit: milliseconds. Source: the round trip of slow lines.
    static let startPausesWithOffset = [1000]
    /// A start and the frame around it on the line, about.
    ///
    /// Unit: bytes. Source: recordings.
    static let startFrame = 64
    /// An answer to a start that takes longer is not the line's.
    ///
    /// Unit: time. Source: RFC 6298, first timeout.
    static let longAnswer = Duration.seconds(1)
    /// A device that took long for a start gets the next one once, and this share of the time longer to answer it.
    ///
    /// Unit: one of. Source: some of it comes again for each repeat.
    static let quietReserve = 4
    /// How often a stream is opened again on which the device did not take the transfer on.
    ///
    /// Unit: times. Source: chosen.
    static let reopenings = 3
    /// How often a transfer goes on after the device lost the stream.
    ///
    /// Unit: times. Source: chosen.
    static let continuations = 3
    /// How often a transfer starts over with a new session because the device mixed up an older one.
    ///
    /// Unit: times. Source: chosen.
    static let newStarts = 2
    /// Before the next start when the device has no free context.
    ///
    /// Unit: time. Source: chosen; a device frees its contexts after 20 s.
    static let busyDevice = Duration.seconds(1)

    // MARK: Round trip

    /// An answer while nothing was measured.
    ///
    /// Unit: time. Source: RFC 6298, first timeout.
    static let unknownRoundTrip = Duration.seconds(1)
    /// What a device may take for a chunk while that is not known.
    ///
    /// Unit: time. Source: Pigweed's slow flash handlers.
    static let unknownPause = Duration.milliseconds(100)
    /// A handshake chunk and its answer on the line, about.
    ///
    /// Unit: bytes. Source: recordings.
    static let handshakeSize = 100
    /// Round trips of the handshake after which an answer is overdue where a chunk's time on the line is not known; as many
    /// round trips after which data are overdue while their pace is not known.
    ///
    /// Unit: round trips. Source: loss-recovery.md.
    static let firstRoundTrips = 3
    /// Round trips of the handshake, besides a chunk's time on the line, after which the first data of a read are overdue.
    ///
    /// Unit: round trips. Source: loss-recovery.md.
    static let firstRoundTripsOfRead = 2
    /// Variations of a read's answers below this are noise of schedulers and USB frames: a request too early makes the device
    /// leave its sequence.
    ///
    /// Unit: time. Source: loss-recovery.md.
    static let readNoise = Duration.milliseconds(5)
    /// The same of a write, where a chunk sent too early costs that chunk and a part of the window.
    ///
    /// Unit: time. Source: loss-recovery.md.
    static let writeNoise = Duration.milliseconds(2)
    /// The gain of the smoothed time.
    ///
    /// Unit: one of. Source: RFC 6298.
    static let meanGain = 8
    /// The gain of the variation.
    ///
    /// Unit: one of. Source: RFC 6298.
    static let variationGain = 4
    /// Variations after which an answer is overdue.
    ///
    /// Unit: variations. Source: RFC 6298.
    static let overdueVariations = 4
    /// The first variation: a serial line is steadier than a network, where it is half of the first sample.
    ///
    /// Unit: one of. Source: loss-recovery.md.
    static let firstVariation = 4
    /// What an answer may be earlier than the smoothed time, besides its variation.
    ///
    /// Unit: one of. Source: loss-recovery.md.
    static let earlyShare = 16
    /// A line loses something if it loses one of so many data chunks.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let losingShare = 300
    /// A line loses much if it loses one of so many data chunks.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let lossyShare = 50
    /// Repeats without growing pauses on a line that loses much.
    ///
    /// Unit: repeats. Source: with one of ten frames lost, seven questions or their answers in a row get lost in one of 100 000 cases.
    static let lossyRepeats = 6
    /// For how many chunks a long pause is remembered.
    ///
    /// Unit: chunks. Source: queues.md, bursts.
    static let pauseMemory = 32
    /// Lines that forward in bursts pause for less. After a longer pause the data may have come only because they were asked
    /// for again, and to wait for longer each time would make the pauses longer each time.
    ///
    /// Unit: time. Source: the swarm, lines of 9600 baud.
    static let longestBurst = Duration.seconds(1)
    /// Chunks over which the rate is measured: some hosts hand them out in bursts.
    ///
    /// Unit: chunks. Source: queues.md.
    static let rateChunks: UInt64 = 8
    /// How many earlier rates a lower one is averaged with: something may have been waited for.
    ///
    /// Unit: samples. Source: queues.md.
    static let rateMemory = 3

    // MARK: Retries

    /// Rounds without progress, while the device keeps talking, that end a transfer if they also took as long as silence may
    /// take. Rounds back off to seconds, so losses alone hardly ever reach both.
    ///
    /// Unit: rounds. Source: the swarm.
    static let circles = 8
    /// The last part of all patience, in which a read asks a silent device to go back: one retry of three.
    ///
    /// Unit: one of. Source: devices that pause for up to 1.9 s and cannot go back.
    static let lastResort = 4

    // MARK: Standstill

    /// Chunks that move next to nothing are no accident of the line up to this number, beyond those that it may hold.
    ///
    /// Unit: chunks. Source: the swarm.
    static let idleChunks = 32
    /// How often the line may carry in vain all that is under way on it: once before the device hears of a request, and once
    /// more since that request was one too many.
    ///
    /// Unit: times. Source: the swarm.
    static let vainCarriages = 2
    /// More is not believed to be under way: in a write, the device says how small chunks are.
    ///
    /// Unit: chunks. Source: 256 KiB in chunks of 448 bytes.
    static let mostUnderWay: UInt64 = 512
    /// How many times as long as silence may take a transfer may stand still.
    ///
    /// Unit: times. Source: the swarm.
    static let standstillPatience = 2
    /// What a transfer of known size must move in that time: 4 bytes a second with the default timeouts.
    ///
    /// Unit: bytes. Source: chosen.
    static let leastProgress = 64.0

    // MARK: Receiver

    /// The window until the line is known.
    ///
    /// Unit: bytes. Source: Pigweed's clients.
    static let firstWindow: UInt64 = 32 * 1024
    /// The fewest chunks that a measured window has: each half of a window costs a message.
    ///
    /// Unit: chunks. Source: queues.md.
    static let leastWindow: UInt64 = 32
    /// How many round trips a window covers. One keeps the line busy; if the line was idle because the window was too small,
    /// three make the next one grow.
    ///
    /// Unit: round trips. Source: queues.md.
    static let windowRoundTrips = 3
    /// A longer round trip does not make the window larger.
    ///
    /// Unit: time. Source: the default patience.
    static let longestRoundTrip = Duration.seconds(10)
    /// A host or a device that is busy for this long does not let the line run dry.
    ///
    /// Unit: time. Source: queues.md, hosts that stop for 50 ms.
    static let busyRead = Duration.milliseconds(100)
    /// What the window may grow by when the device is silent.
    ///
    /// Unit: chunks. Source: queues.md.
    static let probes: UInt64 = 8
    /// The most gaps at a time.
    ///
    /// Unit: gaps. Source: 256 KiB have fewer at a loss of one in three with chunks of 128 bytes.
    static let gaps = 1024
    /// A chunk that is smaller than the others by more than this share was cut at the end of the window or of the data.
    ///
    /// Unit: one of. Source: escaped bytes in full buffers.
    static let chunkVariation: UInt64 = 8
    /// The most bytes that are held behind the first missing one.
    ///
    /// Unit: bytes. Source: twice what a line of 1 MB/s carries in 128 ms.
    static let holdBuffer = 256 * 1024

    // MARK: Loss recovery

    /// The most pieces that are asked for at a time.
    ///
    /// Unit: requests. Source: loss-recovery.md.
    static let requests = 64
    /// The same of a device that failed at a faster pace. It sends the first chunk after each request without a pause, and such
    /// queues seldom hold more than a handful.
    ///
    /// Unit: requests. Source: Pigweed's device over USB.
    static let requestsAtFallback = 3
    /// A gap of more chunks is asked for as a whole. The next request must wait until it has come, which costs a round trip.
    ///
    /// Unit: chunks. Source: loss-recovery.md, bursts.
    static let longGap: UInt64 = 8
    /// Rounds without the first missing byte after which the line seems to lose just what comes first behind each request.
    ///
    /// Unit: rounds. Source: with one of ten frames lost, that many go by in vain for one piece of 700.
    static let vainRounds = 4
    /// The pieces at the end of a transfer that are asked for twice on a long line.
    ///
    /// Unit: requests. Source: loss-recovery.md, 1 MB/s with 16 ms.
    static let lastPieces = 2
    /// A line is long that carries so much in a round trip.
    ///
    /// Unit: chunks. Source: loss-recovery.md, 1 MB/s with 16 ms.
    static let longLine: UInt64 = 8

    // MARK: Transmitter

    /// Bytes of a chunk until the receiver has said how many it takes.
    ///
    /// Unit: bytes. Source: chosen.
    static let unknownChunkSize: UInt32 = 128
    /// No chunk is larger, whatever the receiver allows.
    ///
    /// Unit: bytes. Source: the largest buffers that were seen.
    static let largestChunk: UInt32 = 8192
    /// Bytes a second below which a chunk takes about as long as other lines need for an answer.
    ///
    /// Unit: bytes. Source: 4800 baud.
    static let slowRate: UInt32 = 480
    /// The least that a chunk has on a slow line.
    ///
    /// Unit: bytes. Source: chosen; the frame around it is as large.
    static let leastChunk: UInt32 = 32
    /// How many chunks are remembered by when they were sent.
    ///
    /// Unit: chunks. Source: the largest windows that were seen.
    static let sendTimes = 128
    /// The end of a window that is less than this share of a chunk is not sent on its own.
    ///
    /// Unit: one of. Source: line-utilisation.md.
    static let smallestShare: UInt32 = 8
    /// On a line that loses something: an answer costs four bytes of a chunk of 500, and a frame in the other direction.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let chunksBetweenAnswers = 7
    /// On a line that has lost nothing yet, shorter silence comes from a host or a device that is busy. What is under way may
    /// stand in a queue, and takes its time besides.
    ///
    /// Unit: time. Source: queues.md, devices that stop for 50 ms.
    static let busyWrite = Duration.milliseconds(110)

    /// What is under way on a slow line is longer by this share, for escaped bytes.
    ///
    /// Unit: one of. Source: chosen; random data have one of 128.
    static let escapedShare: UInt64 = 4

    // MARK: Ending

    /// How often a completion is repeated, those in answer to late chunks included.
    ///
    /// Unit: times. Source: at 10 % loss one device in a thousand has not heard of it then, and frees its context by its own timeout.
    static let completionRepeats = 2
    /// How many completions go out in answer to late chunks, of which a line that stood still may bring thousands at once.
    ///
    /// Unit: chunks. Source: chosen.
    static let lateChunkAnswers = 64
    /// The least time to wait for an acknowledgement.
    ///
    /// Unit: time. Source: noise of schedulers.
    static let leastAcknowledgement = Duration.milliseconds(20)
    /// The most time to wait for an acknowledgement: the result is known already.
    ///
    /// Unit: time. Source: chosen.
    static let longestAcknowledgement = Duration.milliseconds(500)
    /// How many sessions that are over are remembered for the device's late chunks.
    ///
    /// Unit: sessions. Source: chosen.
    static let endedSessions = 8
    /// How many late chunks of each are answered; a device in error cannot make us talk forever.
    ///
    /// Unit: chunks. Source: chosen.
    static let endedSessionAnswers = 16

    // MARK: Engine

    /// The first ids of sessions and calls are drawn from so many.
    ///
    /// Unit: ids. Source: two bytes on the line.
    static let firstIDs: UInt64 = 16383
    /// The fields of a chunk, without its data, for which memory is set aside.
    ///
    /// Unit: bytes. Source: the longest start.
    static let chunkHead = 64
}

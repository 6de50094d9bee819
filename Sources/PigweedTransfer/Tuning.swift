/// The chosen numbers, each defined once, with the source of its value. Numbers of the protocol itself are in `Chunks`.
///
/// <doc:TuningTable> lists them; `TuningTests` compares that table with the constants here, and finds numbers in other
/// files.
enum Tuning {
    // MARK: What a request asks for

    /// The most data bytes of a chunk that fit every device built of Pigweed's stock parts.
    ///
    /// Unit: bytes. Source: the stock buffers, 480 bytes for a chunk and 512 for a packet.
    static let safeChunkSize: UInt32 = 448
    /// The most bytes that a read lets the device send before it hears from us again.
    ///
    /// Unit: bytes. Source: twice what a line of 1 MB/s carries in 128 ms.
    static let window: UInt32 = 256 * 1024
    /// The silence after a start that counts as one retry.
    ///
    /// Unit: time. Source: Pigweed's Python client.
    static let startTimeout = Duration.seconds(4)
    /// The silence at any other time that counts as one retry.
    ///
    /// Unit: time. Source: Pigweed's Python client.
    static let chunkTimeout = Duration.seconds(2)
    /// The most retries in one silence.
    ///
    /// Unit: retries. Source: Pigweed's clients.
    static let retries = 3
    /// The most retries in a transfer.
    ///
    /// Unit: retries. Source: Pigweed's clients.
    static let lifetimeRetries = 1500

    // MARK: The stream beside a transfer

    /// The silence after which the request for the stream is repeated, which does no harm if the device has the stream.
    ///
    /// Unit: time. Source: 25 bytes in 2 s do not show on any line.
    static let sideStreamSilence = Duration.seconds(2)
    /// The time from the end of the stream by the device to the next request.
    ///
    /// Unit: time. Source: a device that is busy with the stream of an earlier client has noticed its end by then.
    static let sideStreamPause = Duration.seconds(1)
    /// How often in a row the device may end the stream without a message; then it is requested no more.
    ///
    /// Unit: requests. Source: as above.
    static let sideStreamAttempts = 5

    // MARK: Handshake

    /// The time from opening a stream to opening another, or to a start that must not be repeated early: a device
    /// installs a stream on another thread, and loses chunks that arrive before.
    ///
    /// Unit: time. Source: Python waits 1 s, Java 10 ms; measured: 2 % lost at 10 ms.
    static let streamOpening = Duration.milliseconds(100)
    /// The pauses between starts on a new stream. There are few, since a device that knows only the legacy protocol
    /// prepares anew for each start that it gets, and may erase its flash.
    ///
    /// Unit: milliseconds. Source: measured: of the reference's device 9 of 10 starts are lost right behind the opening, 1 of 4 after 1 ms, 1 of 50 after 10 ms.
    static let startPauses = [10, 15, 85, 210]
    /// The pauses on a stream that is opened again after all retries: a device that prepares for long may still be
    /// working on the earlier starts.
    ///
    /// Unit: milliseconds. Source: as above.
    static let startPausesAtLast = [110]
    /// The pauses on a stream that is in use, where only losses matter. A device that prepares for long keeps starts
    /// for two seconds.
    ///
    /// Unit: milliseconds. Source: the reference's queue.
    static let startPausesOnKnownStream = [100, 200]
    /// The pauses for a start with an offset: the reference's answer to a repeated start lacks the offset, so that
    /// another session must be begun.
    ///
    /// Unit: milliseconds. Source: the round trip of slow lines.
    static let startPausesWithOffset = [1000]
    /// About the size of a start and its frame on the line.
    ///
    /// Unit: bytes. Source: recordings.
    static let startFrame = 64
    /// If the answer to a start takes longer than this, the device needs the time, and not the line.
    ///
    /// Unit: time. Source: RFC 6298, first timeout.
    static let longAnswer = Duration.seconds(1)
    /// If a device took long for a start, the next start is not repeated for the same time and this share of it.
    ///
    /// Unit: one of. Source: some of it comes again for each repeat.
    static let quietReserve = 4
    /// How often a stream is opened again if the device does not know it before it has accepted the transfer.
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
    /// The time before the next start if the device has no free context.
    ///
    /// Unit: time. Source: chosen; a device frees its contexts after 20 s.
    static let busyDevice = Duration.seconds(1)

    // MARK: Round trip

    /// The time of an answer while nothing was measured.
    ///
    /// Unit: time. Source: RFC 6298, first timeout.
    static let unknownRoundTrip = Duration.seconds(1)
    /// The time that a device may take for a chunk while its pace is not known.
    ///
    /// Unit: time. Source: Pigweed's slow flash handlers.
    static let unknownPause = Duration.milliseconds(100)
    /// About the size of a handshake chunk and its answer on the line.
    ///
    /// Unit: bytes. Source: recordings.
    static let handshakeSize = 100
    /// The round trips of the handshake after which an answer is overdue if a chunk's time on the line is not known,
    /// and after which data are overdue while their pace is not known.
    ///
    /// Unit: round trips. Source: loss-recovery.md.
    static let firstRoundTrips = 3
    /// The round trips of the handshake, besides a chunk's time on the line, after which the first data of a read are
    /// overdue.
    ///
    /// Unit: round trips. Source: loss-recovery.md.
    static let firstRoundTripsOfRead = 2
    /// Variations of a read's answers below this are noise of schedulers and USB frames. A request that is too early
    /// makes the device leave its sequence.
    ///
    /// Unit: time. Source: loss-recovery.md.
    static let readNoise = Duration.milliseconds(5)
    /// Variations of a write's answers below this are noise. A chunk that is repeated too early costs its own time and
    /// a part of the window.
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
    /// An answer is overdue this many variations after the smoothed time.
    ///
    /// Unit: variations. Source: RFC 6298.
    static let overdueVariations = 4
    /// The first variation: a serial line is steadier than a network, where it is half of the first sample.
    ///
    /// Unit: one of. Source: loss-recovery.md.
    static let firstVariation = 4
    /// The share of the smoothed time by which an answer may be earlier, besides its variation.
    ///
    /// Unit: one of. Source: loss-recovery.md.
    static let earlyShare = 16
    /// A line loses something if it loses at least one of this many data chunks.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let losingShare = 300
    /// A line loses much if it loses at least one of this many data chunks.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let lossyShare = 50
    /// The repeats without growing pauses on a line that loses much.
    ///
    /// Unit: repeats. Source: with one of ten frames lost, seven questions or their answers in a row get lost in one of 100 000 cases.
    static let lossyRepeats = 6
    /// For how many chunks a long pause is remembered.
    ///
    /// Unit: chunks. Source: queues.md, bursts.
    static let pauseMemory = 32
    /// The longest pause that is remembered; lines that forward in bursts pause for less. After a longer pause the data
    /// may have come only because they were asked for again, and each longer wait would make the pauses longer.
    ///
    /// Unit: time. Source: the swarm, lines of 9600 baud.
    static let longestBurst = Duration.seconds(1)
    /// The chunks over which the rate is measured, since some hosts hand them out in bursts.
    ///
    /// Unit: chunks. Source: queues.md.
    static let rateChunks: UInt64 = 8
    /// The weight of the earlier rate when a lower one is measured: the line may have been idle.
    ///
    /// Unit: samples. Source: queues.md.
    static let rateMemory = 3

    // MARK: Retries

    /// More rounds than this without progress end a transfer, while the device keeps talking, if they also took as long
    /// as silence may take. Rounds back off to seconds, so losses alone hardly ever reach both limits.
    ///
    /// Unit: rounds. Source: the swarm.
    static let circles = 8
    /// The last part of the allowed silence, in which a read asks a silent device to go back: the last of three
    /// retries.
    ///
    /// Unit: one of. Source: devices that pause for up to 1.9 s and cannot go back.
    static let lastResort = 4

    // MARK: Standstill

    /// A transfer may stand still for this many chunks, beyond the chunks that the line may hold, as losses can explain
    /// them.
    ///
    /// Unit: chunks. Source: the swarm.
    static let idleChunks = 32
    /// How often all chunks on the line may arrive in vain: once before the device hears a request, and once more if
    /// this request was one too many.
    ///
    /// Unit: times. Source: the swarm.
    static let vainCarriages = 2
    /// The most chunks that count as being on the line: in a write, the device could make chunks as small as it likes.
    ///
    /// Unit: chunks. Source: 256 KiB in chunks of 448 bytes.
    static let mostUnderWay: UInt64 = 512
    /// A transfer may stand still for this many times the allowed silence.
    ///
    /// Unit: times. Source: the swarm.
    static let standstillPatience = 2
    /// The bytes that a transfer of known size must move in the time of `standstillPatience`: 4 bytes a second with the
    /// default timeouts.
    ///
    /// Unit: bytes. Source: chosen.
    static let leastProgress = 64.0

    // MARK: Receiver

    /// The window while the line was not measured.
    ///
    /// Unit: bytes. Source: Pigweed's clients.
    static let firstWindow: UInt64 = 32 * 1024
    /// The fewest chunks of a window on a measured line: each half of a window costs a message.
    ///
    /// Unit: chunks. Source: queues.md.
    static let leastWindow: UInt64 = 32
    /// How many round trips a window covers. One keeps the line busy. If the line was idle because the window was too
    /// small, a factor of three makes the next one larger.
    ///
    /// Unit: round trips. Source: queues.md.
    static let windowRoundTrips = 3
    /// The longest round trip for which the window is made larger.
    ///
    /// Unit: time. Source: the default patience.
    static let longestRoundTrip = Duration.seconds(10)
    /// The window also covers this time, in which a busy host or device may do nothing while the line goes on.
    ///
    /// Unit: time. Source: queues.md, hosts that stop for 50 ms.
    static let busyRead = Duration.milliseconds(100)
    /// The most chunks by which the window grows when the device is silent.
    ///
    /// Unit: chunks. Source: queues.md.
    static let probes: UInt64 = 8
    /// The most gaps in the received data at a time.
    ///
    /// Unit: gaps. Source: 256 KiB have fewer at a loss of one in three with chunks of 128 bytes.
    static let gaps = 1024
    /// A chunk that is smaller than the others by more than this share was cut at the end of the window or of the data.
    ///
    /// Unit: one of. Source: escaped bytes in full buffers.
    static let chunkVariation: UInt64 = 8
    /// The most bytes that are held behind the first missing byte.
    ///
    /// Unit: bytes. Source: twice what a line of 1 MB/s carries in 128 ms.
    static let holdBuffer = 256 * 1024

    // MARK: Loss recovery

    /// The most pieces that are asked for at a time.
    ///
    /// Unit: requests. Source: loss-recovery.md.
    static let requests = 64
    /// The most pieces that are asked for at a time if the device has failed at a faster pace. It sends the first chunk
    /// after each request without a pause, and the queues of such devices seldom hold more than a handful.
    ///
    /// Unit: requests. Source: Pigweed's device over USB.
    static let requestsAtFallback = 3
    /// A gap of more chunks than this is asked for as a whole. The next request must wait until the gap is filled,
    /// which costs a round trip.
    ///
    /// Unit: chunks. Source: loss-recovery.md, bursts.
    static let longGap: UInt64 = 8
    /// After more rounds than this without the first missing byte, the line seems to lose the first chunk after each
    /// request.
    ///
    /// Unit: rounds. Source: with one of ten frames lost, that many go by in vain for one piece of 700.
    static let vainRounds = 4
    /// The pieces at the end of a transfer that are asked for twice on a long line.
    ///
    /// Unit: requests. Source: loss-recovery.md, 1 MB/s with 16 ms.
    static let lastPieces = 2
    /// A line counts as long if it carries at least this many chunks in a round trip.
    ///
    /// Unit: chunks. Source: loss-recovery.md, 1 MB/s with 16 ms.
    static let longLine: UInt64 = 8

    // MARK: Transmitter

    /// The bytes of a chunk before the receiver has said how many it takes.
    ///
    /// Unit: bytes. Source: chosen.
    static let unknownChunkSize: UInt32 = 128
    /// The most bytes of a chunk, whatever the receiver allows.
    ///
    /// Unit: bytes. Source: the largest buffers that were seen.
    static let largestChunk: UInt32 = 8192
    /// The highest rate, in bytes a second, of a line that counts as slow: a chunk takes about as long as an answer
    /// elsewhere.
    ///
    /// Unit: bytes. Source: 4800 baud.
    static let slowRate: UInt32 = 480
    /// The smallest limit for chunks on a slow line.
    ///
    /// Unit: bytes. Source: chosen; the frame around it is as large.
    static let leastChunk: UInt32 = 32
    /// The most chunks whose times of sending are remembered.
    ///
    /// Unit: chunks. Source: the largest windows that were seen.
    static let sendTimes = 128
    /// The end of a window that is less than this share of a chunk is not sent on its own.
    ///
    /// Unit: one of. Source: line-utilisation.md.
    static let smallestShare: UInt32 = 8
    /// The chunks between two that ask for an answer, on a line that loses something. An answer costs four bytes of a
    /// chunk of 500, and a frame in the other direction.
    ///
    /// Unit: chunks. Source: loss-recovery.md.
    static let chunksBetweenAnswers = 7
    /// On a line that has lost nothing yet, a shorter silence comes from a busy host or device. The time for the bytes
    /// in flight, which may stand in a queue, is added.
    ///
    /// Unit: time. Source: queues.md, devices that stop for 50 ms.
    static let busyWrite = Duration.milliseconds(110)

    /// The share by which escapes make the bytes in flight on a slow line more.
    ///
    /// Unit: one of. Source: chosen; random data have one of 128.
    static let escapedShare: UInt64 = 4

    // MARK: Ending

    /// How often a completion is repeated, including the ones in answer to late chunks.
    ///
    /// Unit: times. Source: at 10 % loss one device in a thousand has not heard of it then, and frees its context by its own timeout.
    static let completionRepeats = 2
    /// The most completions in answer to late chunks: a line that stood still may bring thousands of chunks at once.
    ///
    /// Unit: chunks. Source: chosen.
    static let lateChunkAnswers = 64
    /// The shortest time to wait for an acknowledgement.
    ///
    /// Unit: time. Source: noise of schedulers.
    static let leastAcknowledgement = Duration.milliseconds(20)
    /// The longest time to wait for an acknowledgement; the result is known already.
    ///
    /// Unit: time. Source: chosen.
    static let longestAcknowledgement = Duration.milliseconds(500)
    /// How many sessions that are over are remembered for the device's late chunks.
    ///
    /// Unit: sessions. Source: chosen.
    static let endedSessions = 8
    /// The most late chunks of a session that are answered, so that a faulty device cannot make us talk for ever.
    ///
    /// Unit: chunks. Source: chosen.
    static let endedSessionAnswers = 16

    // MARK: Engine

    /// The first ids of sessions and calls are drawn from this many.
    ///
    /// Unit: ids. Source: two bytes on the line.
    static let firstIDs: UInt64 = 16383
    /// The memory that is reserved for the fields of a chunk without its data.
    ///
    /// Unit: bytes. Source: the longest start.
    static let chunkHead = 64
}

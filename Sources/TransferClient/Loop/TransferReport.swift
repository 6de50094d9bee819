public import PigweedTransfer

/// A report of a transfer, whether it succeeded or not.
public struct TransferReport: Hashable, Sendable {
    /// The request of the transfer.
    public var request: TransferRequest
    /// The version of the protocol; `nil` before the device answered.
    public var version: ProtocolVersion?
    /// How many bytes were moved, and how many there are.
    public var progress: TransferEngine.Progress
    /// Counts that show how good the line was.
    package var statistics = TransferEngine.Statistics()
    /// The time from the beginning of the transfer to its end, or until now.
    public var duration = Duration.zero
    /// What the transfer waits for; `nil` once it is over.
    package var wait: TransferWait?
    /// How the time was spent.
    package var timing = TransferTiming()
    /// The longest time in which no data moved, between the device's acceptance and the end. Waits for a pipe on this
    /// side do not count.
    package var longestStall = Duration.zero
    /// Bytes that were moved once more because the transfer went back after the device restarted or the line broke.
    /// Bytes that were lost on the line do not count.
    public var bytesRepeated: UInt64 = 0
    /// How often the line broke and was there again.
    public var reconnects = 0
    /// Streams that were lost during the transfer.
    var lostStreams = 0
    /// Whether the device has confirmed no end of the transfer.
    var isEndUnconfirmed = false
    /// How many of ``restarts`` came before the last confirmation of the resource.
    var confirmedRestarts = 0
    /// How often the device may have restarted.
    var restarts: Int { reconnects + lostStreams }
    /// Whether the device may have restarted during the transfer or at its end.
    package var mayHaveRestarted: Bool { restarts > 0 || isEndUnconfirmed }
    /// Whether the number of the resource may stand for something else than what is meant, since the device may have
    /// restarted.
    package var isResourceDoubtful: Bool { restarts > confirmedRestarts }
    /// Whether the other side of a network connection began with the negotiation of telnet, which adds bytes of its own
    /// to the data.
    package var isTelnet = false
    /// All bytes that went to the device, frames included.
    package var bytesSent: UInt64 = 0
    /// All bytes that came from the device, frames and text included.
    package var bytesReceived: UInt64 = 0

    /// A report with these values; by default, of a transfer that has not begun.
    public init(_ request: TransferRequest, progress: TransferEngine.Progress = TransferEngine.Progress()) {
        self.request = request
        self.progress = progress
    }

    init(_ request: TransferRequest, of engine: borrowing TransferEngine) {
        self.request = request
        progress = engine.progress
        statistics = engine.statistics
        wait = .acceptance
    }
}

public import PigweedTransfer

/// What a transfer did, whether it succeeded or not.
public struct TransferReport: Hashable, Sendable {
    /// What was asked for.
    public var request: TransferRequest
    /// The version of the protocol, once the device answered.
    public var version: ProtocolVersion?
    /// How much was moved.
    public var progress: TransferEngine.Progress
    /// How good the line was.
    public var statistics: TransferEngine.Statistics
    /// From the first byte sent to the end.
    public var duration = Duration.zero
    /// What the transfer waits for; `nil` once it is over.
    public var wait: TransferWait?
    /// Where the time went.
    package var timing = TransferTiming()
    /// The longest time in which no data moved, between the device's acceptance and the end. Waits for a pipe on this
    /// side do not count.
    public var longestStall = Duration.zero
    /// Bytes that were moved once more because the transfer went back, after the device restarted or the line broke. What
    /// was lost on the line is counted by ``statistics``.
    public var bytesRepeated: UInt64 = 0
    /// How often the line broke and was there again.
    public var reconnects = 0
    /// Whether the other side of a network connection began with the negotiation of telnet, which adds bytes of its own to
    /// the data.
    package var isTelnet = false
    /// All bytes that went to the device, frames included.
    public var bytesSent: UInt64 = 0
    /// All bytes that came from the device, frames and text included.
    public var bytesReceived: UInt64 = 0

    /// A transfer that was not begun, or did what is given.
    public init(
        _ request: TransferRequest, progress: TransferEngine.Progress = TransferEngine.Progress(),
        statistics: TransferEngine.Statistics = TransferEngine.Statistics()
    ) {
        self.request = request
        self.progress = progress
        self.statistics = statistics
    }

    init(_ request: TransferRequest, of engine: borrowing TransferEngine) {
        self.request = request
        progress = engine.progress
        statistics = engine.statistics
        wait = .acceptance
    }
}

/// How transfers are made: protocol, pace and patience.
public struct TransferSettings: Hashable, Sendable {
    /// Which protocol is asked for.
    public enum ProtocolChoice: Hashable, Sendable {
        /// Version 2, and the legacy protocol if the device answers with that.
        case auto
        /// Version 2 only.
        case version2
        /// The legacy protocol only.
        case legacy
    }

    /// Which protocol is asked for.
    public var protocolChoice = ProtocolChoice.auto

    /// The most data bytes a chunk that a read asks for. 448 fits the stock device's buffers of 480 and 512 bytes;
    /// more makes it fail in mid-transfer.
    public var chunkSize: UInt32 = Tuning.safeChunkSize
    /// The most data bytes a chunk that a write sends; `nil` for as many as the device takes.
    public var writeChunkSize: UInt32?
    /// The most bytes that a read lets the device send before it hears of us again. As much of it is used as the
    /// measured line needs, 32 KiB at first.
    public var window: UInt32 = Tuning.window
    /// The least window of a read, for the replay of devices that were recorded with another client.
    package var leastWindow: UInt32 = 0
    /// The pause between chunks that a read asks for; `nil` leaves it to the device, which takes 2 ms if it is the
    /// reference implementation.
    public var minDelay: Duration?

    /// Bytes a second that the line carries, if known: it tells how long the first data may take.
    public var lineRate: UInt32?

    /// Silence after the start that counts as one retry.
    public var startTimeout: Duration = Tuning.startTimeout
    /// Silence at any other time that counts as one retry.
    public var chunkTimeout: Duration = Tuning.chunkTimeout
    /// Retries without an answer before the transfer is given up; at most 4294967295 count.
    public var retries = Tuning.retries
    /// Retries in all; at most 4294967295 count.
    public var lifetimeRetries = Tuning.lifetimeRetries

    /// Whether a write begins again when the device loses the stream, because it restarted or another client took over.
    /// A read goes on from where it was if the device can begin there, whatever this says.
    public var restartsWrite = false

    /// What suits every device that is built of Pigweed's stock parts.
    public init() {}
}

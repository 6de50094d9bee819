/// How transfers are made: protocol, pace and patience.
public struct TransferSettings: Hashable, Sendable {
    /// The version of the protocol that is spoken; `nil` for version 2, and for the legacy version if the device
    /// answers with it.
    public var version: ProtocolVersion?

    /// The most data bytes of a chunk that a read asks for. 448 fits the stock device's buffers of 480 and 512 bytes;
    /// with more, the device fails in mid-transfer.
    public var chunkSize: UInt32 = Tuning.safeChunkSize
    /// The most data bytes of a chunk that a write sends; `nil` for as many as the device takes.
    public var writeChunkSize: UInt32?
    /// The most bytes that a read lets the device send before it hears from us again. A read uses as much of the window
    /// as the measured line needs, and 32 KiB at first.
    public var window: UInt32 = Tuning.window
    /// The least window of a read, for the replay of devices that were recorded with another client.
    package var leastWindow: UInt32 = 0
    /// The pause between chunks that a read asks for; `nil` leaves the pause to the device. The reference takes 2 ms.
    public var minDelay: Duration?

    /// The bytes a second that the line carries, if known: they decide how long the first data may take.
    public var lineRate: UInt32?

    /// The silence after the start that counts as one retry.
    public var startTimeout: Duration = Tuning.startTimeout
    /// The silence at any other time that counts as one retry.
    public var chunkTimeout: Duration = Tuning.chunkTimeout
    /// How many retries in a row go without an answer before the transfer fails; limited to 4294967295.
    public var retries = Tuning.retries
    /// How many retries a transfer has in all; limited to 4294967295.
    public var lifetimeRetries = Tuning.lifetimeRetries

    /// Whether a write begins again when the device loses the stream, because it restarted or another client took over.
    /// A read always goes on from where it was, if the device can begin there.
    public var restartsWrite = false

    /// Settings that suit every device built of Pigweed's stock parts.
    public init() {}
}

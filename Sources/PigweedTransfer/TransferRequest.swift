/// What a transfer is to do, and how.
public struct TransferRequest: Hashable, Sendable {
    /// Which protocol is asked for.
    public enum ProtocolChoice: Hashable, Sendable {
        /// Version 2, and the legacy protocol if the device answers with that.
        case auto
        /// Version 2 only.
        case version2
        /// The legacy protocol only.
        case legacy
    }

    /// Which way the data goes.
    public var direction: Direction
    /// The resource on the device. 0 exists, but not in the legacy protocol.
    public var resource: UInt32
    /// A write's number of bytes; `nil` if the end shows only when the source is read.
    public var size: UInt64?
    /// Where in the resource the transfer begins. Needs version 2 and a device that supports it.
    public var initialOffset: UInt64 = 0
    /// Which protocol is asked for.
    public var protocolChoice = ProtocolChoice.auto

    /// The most data bytes a chunk that a read asks for. 448 fits the stock device's buffers of 480 and 512 bytes;
    /// more makes it fail in mid-transfer.
    public var chunkSize: UInt32 = 448
    /// The most data bytes a chunk that a write sends; `nil` for as many as the device takes.
    public var writeChunkSize: UInt32?
    /// The most bytes that a read lets the device send before it hears of us again. As much of it is used as the
    /// measured line needs, 32 KiB at first.
    public var window: UInt32 = 256 * 1024
    /// The least window of a read, for the replay of devices that were recorded with another client.
    package var leastWindow: UInt32 = 0
    /// The pause between chunks that a read asks for; `nil` leaves it to the device, which takes 2 ms if it is the
    /// reference implementation.
    public var minDelay: Duration?

    /// What a read asks for instead, from where it is, if the device fails in a way that ``chunkSize`` or ``minDelay``
    /// explain; `nil` if nothing else is to be tried.
    public var fallback: ReadPace?
    /// Whether the device has failed at a faster pace, so that its output may hold a few chunks only.
    var isFallback = false

    /// Whether a read sends its confirmation again until data arrive. A device that has it goes back to the beginning then,
    /// which not every resource can.
    var repeatsConfirmation = false

    /// Bytes a second that the line carries, if known: it tells how long the first data may take.
    public var lineRate: UInt32?

    /// Silence after the start that counts as one retry.
    public var startTimeout = Duration.seconds(4)
    /// Silence at any other time that counts as one retry.
    public var chunkTimeout = Duration.seconds(2)
    /// Retries without an answer before the transfer is given up; at most 4294967295 count.
    public var retries = 3
    /// Retries in all; at most 4294967295 count.
    public var lifetimeRetries = 1500

    /// Whether a write begins again when the device loses the stream, because it restarted or another client took over.
    /// A read goes on from where it was if the device can begin there, whatever this says.
    public var restartsWrite = false

    /// What a chunk may have on every device that is built of Pigweed's stock parts.
    private static let safeChunkSize: UInt32 = 448

    /// Makes a read ask for no pause between chunks. A device that fails then is asked again, once, for the pause that it
    /// takes by itself.
    public mutating func tryWithoutPause() {
        guard direction == .read else { return }
        minDelay = .zero
        fallBack(to: nil)
    }

    /// Makes a read whose device fails go on, once, at another pace, with chunks that fit every device.
    public mutating func fallBack(to minDelay: Duration?) {
        let pace = ReadPace(chunkSize: min(chunkSize, Self.safeChunkSize), minDelay: minDelay)
        guard direction == .read, pace.chunkSize < chunkSize || minDelay != self.minDelay else { return }
        fallback = pace
    }

    /// The same with retries that can be calculated with.
    var bounded: TransferRequest {
        var bounded = self
        bounded.retries = min(max(retries, 0), Int(UInt32.max))
        bounded.lifetimeRetries = min(max(lifetimeRetries, 0), Int(UInt32.max))
        return bounded
    }

    /// A read of a whole resource.
    public static func read(_ resource: UInt32) -> TransferRequest {
        TransferRequest(direction: .read, resource: resource)
    }

    /// A write of `size` bytes.
    public static func write(_ resource: UInt32, size: UInt64?) -> TransferRequest {
        TransferRequest(direction: .write, resource: resource, size: size)
    }

    private init(direction: Direction, resource: UInt32, size: UInt64? = nil) {
        self.direction = direction
        self.resource = resource
        self.size = size
    }
}

/// How fast a read lets the device send.
public struct ReadPace: Hashable, Sendable {
    /// As ``TransferRequest/chunkSize``.
    public var chunkSize: UInt32
    /// As ``TransferRequest/minDelay``.
    public var minDelay: Duration?

    /// A pace.
    public init(chunkSize: UInt32, minDelay: Duration?) {
        self.chunkSize = chunkSize
        self.minDelay = minDelay
    }
}

/// Bytes that a write needs next.
public struct DataRequest: Hashable, Sendable {
    /// Where they stand in the resource; the first byte of the transfer is at its initial offset.
    public var offset: UInt64
    /// How many at the most; 0 if only the end of the data is to be told.
    public var count: Int
}

/// A transfer that is asked for: resource, direction, size and settings.
@dynamicMemberLookup
public struct TransferRequest: Hashable, Sendable {
    /// Which way the data goes.
    public let direction: Direction
    /// The resource on the device. 0 exists, but not in the legacy protocol.
    public var resource: UInt32
    /// A write's number of bytes; `nil` if it is known only when the source has been read.
    public var size: UInt64?
    /// The offset in the resource at which the transfer begins. Others than 0 need version 2 and the device's support.
    public var initialOffset: UInt64 = 0
    /// Protocol, pace and timeouts.
    public var settings: TransferSettings

    /// The pace at which a read goes on if the device fails in a way that ``TransferSettings/chunkSize`` or
    /// ``TransferSettings/minDelay`` may explain; `nil` if no other pace is to be tried.
    package var fallback: ReadPace?
    /// Whether the device has failed at a faster pace, so that its output queue may hold only a few chunks.
    var isFallback = false

    /// Whether a read sends its confirmation again until data arrive. A device that already has the confirmation then
    /// goes back to the beginning, which not every resource can.
    var repeatsConfirmation = false

    /// One of the ``settings``: `request.window` is `request.settings.window`.
    public subscript<Value>(dynamicMember setting: WritableKeyPath<TransferSettings, Value>) -> Value {
        get { settings[keyPath: setting] }
        set { settings[keyPath: setting] = newValue }
    }

    /// Makes a read ask for no pause between chunks. If the device fails then, the read goes on, once, with the
    /// device's own pause.
    package mutating func tryWithoutPause() {
        guard direction == .read else { return }
        settings.minDelay = .zero
        fallBack(to: nil)
    }

    /// Makes a read go on, once, if its device fails: with this pause, and with chunks that fit every device.
    package mutating func fallBack(to minDelay: Duration?) {
        let pace = ReadPace(chunkSize: min(settings.chunkSize, Tuning.safeChunkSize), minDelay: minDelay)
        guard direction == .read, pace.chunkSize < settings.chunkSize || minDelay != settings.minDelay
        else { return }
        fallback = pace
    }

    /// The request with its numbers of retries limited to 32 bits, so that calculations cannot overflow.
    var bounded: TransferRequest {
        var bounded = self
        bounded.settings.retries = min(max(settings.retries, 0), Int(UInt32.max))
        bounded.settings.lifetimeRetries = min(max(settings.lifetimeRetries, 0), Int(UInt32.max))
        return bounded
    }

    /// A read of a whole resource.
    public static func read(
        _ resource: UInt32, settings: TransferSettings = TransferSettings()
    ) -> TransferRequest {
        TransferRequest(direction: .read, resource: resource, settings: settings)
    }

    /// A write of `size` bytes; `nil` if the size is known only when the source has been read.
    public static func write(
        _ resource: UInt32, size: UInt64?, settings: TransferSettings = TransferSettings()
    ) -> TransferRequest {
        TransferRequest(direction: .write, resource: resource, size: size, settings: settings)
    }

    private init(
        direction: Direction, resource: UInt32, size: UInt64? = nil, settings: TransferSettings
    ) {
        self.direction = direction
        self.resource = resource
        self.size = size
        self.settings = settings
    }
}

/// How fast a read lets the device send.
package struct ReadPace: Hashable, Sendable {
    /// The most data bytes of a chunk; see ``TransferSettings/chunkSize``.
    package var chunkSize: UInt32
    /// The pause between chunks; see ``TransferSettings/minDelay``.
    package var minDelay: Duration?

    package init(chunkSize: UInt32, minDelay: Duration?) {
        self.chunkSize = chunkSize
        self.minDelay = minDelay
    }
}

/// Bytes that a write needs next.
public struct DataRequest: Hashable, Sendable {
    /// The place of the bytes in the resource; the first byte of the transfer is at its initial offset.
    public var offset: UInt64
    /// How many bytes to send at the most; 0 if only the end of the data is to be sent.
    public var count: Int
}

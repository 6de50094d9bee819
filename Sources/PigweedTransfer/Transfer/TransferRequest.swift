/// What a transfer is to do, and how.
@dynamicMemberLookup
public struct TransferRequest: Hashable, Sendable {
    /// Which way the data goes.
    public let direction: Direction
    /// The resource on the device. 0 exists, but not in the legacy protocol.
    public var resource: UInt32
    /// A write's number of bytes; `nil` if the end shows only when the source is read.
    public var size: UInt64?
    /// Where in the resource the transfer begins. Needs version 2 and a device that supports it.
    public var initialOffset: UInt64 = 0
    /// How the transfer is made.
    public var settings: TransferSettings

    /// What a read asks for instead, from where it is, if the device fails in a way that ``TransferSettings/chunkSize`` or
    /// ``TransferSettings/minDelay`` explain; `nil` if nothing else is to be tried.
    package var fallback: ReadPace?
    /// Whether the device has failed at a faster pace, so that its output may hold a few chunks only.
    var isFallback = false

    /// Whether a read sends its confirmation again until data arrive. A device that has it goes back to the beginning then,
    /// which not every resource can.
    var repeatsConfirmation = false

    /// One of the ``settings``: `request.window` is `request.settings.window`.
    public subscript<Value>(dynamicMember setting: WritableKeyPath<TransferSettings, Value>) -> Value {
        get { settings[keyPath: setting] }
        set { settings[keyPath: setting] = newValue }
    }

    /// Makes a read ask for no pause between chunks. A device that fails then is asked again, once, for the pause that it
    /// takes by itself.
    package mutating func tryWithoutPause() {
        guard direction == .read else { return }
        settings.minDelay = .zero
        fallBack(to: nil)
    }

    /// Makes a read whose device fails go on, once, at another pace, with chunks that fit every device.
    package mutating func fallBack(to minDelay: Duration?) {
        let pace = ReadPace(chunkSize: min(settings.chunkSize, Tuning.safeChunkSize), minDelay: minDelay)
        guard direction == .read, pace.chunkSize < settings.chunkSize || minDelay != settings.minDelay
        else { return }
        fallback = pace
    }

    /// The same with retries that can be calculated with.
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

    /// A write of `size` bytes.
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
    /// As ``TransferSettings/chunkSize``.
    package var chunkSize: UInt32
    /// As ``TransferSettings/minDelay``.
    package var minDelay: Duration?

    /// A pace.
    package init(chunkSize: UInt32, minDelay: Duration?) {
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

public import PigweedTransfer

/// The direction of bytes.
public enum WireDirection: Hashable, Sendable, CaseIterable {
    /// The host, which is the client, sent the bytes.
    case toDevice
    /// The device, which is the server, sent the bytes.
    case toHost
}

/// Bytes that went over a line at one moment; they may end anywhere, also inside a frame.
public struct WireBytes: Hashable, Sendable {
    /// When all bytes had been sent or received, on the clock of the capture; `nil` in a dump without times.
    public var time: Instant?
    /// Who sent the bytes; `nil` if the capture does not say.
    public var direction: WireDirection?
    /// The bytes as they were on the line.
    public var bytes: [UInt8]
    /// Whether the link lost or altered the bytes. They are a whole frame then, of which the other side saw nothing
    /// valid.
    public var isLost: Bool
    /// The name of the port, which tells several lines apart; `nil` in a capture of one line.
    public var port: String?

    /// Bytes at one moment.
    public init(
        time: Instant?, direction: WireDirection?, bytes: [UInt8], isLost: Bool = false, port: String? = nil
    ) {
        self.time = time
        self.direction = direction
        self.bytes = bytes
        self.isLost = isLost
        self.port = port
    }
}

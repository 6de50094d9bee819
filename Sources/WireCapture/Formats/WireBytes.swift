public import PigweedTransfer

/// Who sent bytes.
public enum WireDirection: Hashable, Sendable, CaseIterable {
    /// The host, which is the client.
    case toDevice
    /// The device, which is the server.
    case toHost
}

/// Bytes that went over a line at one moment; they may end anywhere, also inside a frame.
public struct WireBytes: Hashable, Sendable {
    /// When they had been sent or received, since an origin of the capture's own; `nil` in a dump without times.
    public var time: Instant?
    /// Who sent them; `nil` if the capture does not say.
    public var direction: WireDirection?
    /// The bytes as they were on the line.
    public var bytes: [UInt8]
    /// Whether the link lost or altered them: a whole frame, of which the other side saw nothing valid.
    public var isLost: Bool
    /// Which of several lines it was, by the name of its port; `nil` in a capture of one line.
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

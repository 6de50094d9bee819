/// Where bytes wait for a line: a driver's buffer, that of a USB adapter, a socket's.
///
/// It is filled as fast as its sender sends, and drains at the rate of the line, first in, first out.
public struct LineQueue: Hashable, Sendable {
    /// The bytes that it holds.
    public var size: Int
    /// Whether bytes are lost for which there is no room, as by a chip without flow control. Otherwise the sender is held
    /// back until all its bytes fit, as by a blocking UART or a socket.
    public var losesOverflow: Bool

    /// A queue of this size; a negative one is taken for 0.
    public init(size: Int, losesOverflow: Bool = false) {
        self.size = max(size, 0)
        self.losesOverflow = losesOverflow
    }
}

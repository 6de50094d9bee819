/// The line of an open port.
public struct LineState: Hashable, Sendable {
    /// Bits per second, as the driver says it set them.
    public var baudRate: UInt32

    /// Whether closing the port drops DTR and RTS (`HUPCL`), which restarts some boards; a driver may insist on it.
    public var dropsLinesOnClose: Bool

    /// Whether closing it did so when it was found.
    public var droppedLinesOnClose: Bool

    /// A line in this state.
    public init(baudRate: UInt32, dropsLinesOnClose: Bool, droppedLinesOnClose: Bool) {
        self.baudRate = baudRate
        self.dropsLinesOnClose = dropsLinesOnClose
        self.droppedLinesOnClose = droppedLinesOnClose
    }
}

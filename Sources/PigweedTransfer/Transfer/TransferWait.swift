/// What a transfer waits for.
public enum TransferWait: Hashable, Sendable {
    /// The device to take the transfer on, which includes what it prepares before.
    case acceptance
    /// The next data of a read, within the window.
    case data
    /// The end of the pause that the device asked for between chunks of a write.
    case pace
    /// A new window: all data that the receiver allowed are under way.
    case window
    /// What was lost and is sent or asked for again.
    case recovery
    /// The word of the device that the transfer is over.
    case completion
}

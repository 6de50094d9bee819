/// What a transfer waits for.
package enum TransferWait: Hashable, Sendable {
    /// The device's acceptance of the transfer, before which it may prepare for long.
    case acceptance
    /// The first parameters of a device that has accepted a write: it may still prepare.
    case parameters
    /// The next data of a read, within the window.
    case data
    /// The end of the pause that the device asked for between chunks of a write.
    case pace
    /// A new window: all data that the receiver allowed are in flight.
    case window
    /// Data that were lost, and are sent or asked for again.
    case recovery
    /// The device's message that the transfer is over.
    case completion
}

public import SerialPort

/// Gets the line to a device back after it broke, because the device was unplugged or restarted.
///
/// ``PortRecovery`` does it for ports; a transport of another kind needs one of its own.
public protocol LineRecovery: AnyObject, Sendable {
    /// Gives up the broken line, waits for the device, and opens its port again, whatever that is called now. Called on
    /// the thread of the transfers, which waits meanwhile.
    ///
    /// - Parameters:
    ///   - limit: the longest that it may take, beside the patience of the recovery itself; `nil` for any time.
    ///   - stop: ends the wait early, with `PortRequestError.stopped`.
    func recover(
        within limit: Duration?, stop: StopRequest?
    ) throws(PortRequestError) -> any ByteTransport
}

/// What happens when the line to a device breaks in mid-transfer and somebody cares for it.
public enum ReconnectionNews: Hashable, Sendable {
    /// The line broke.
    case lost(SerialPortError)
    /// The device no longer knows the transfer, though the line works: it restarted.
    case forgotten
    /// The device is there again, on this port.
    case back(port: String)
    /// The transfer failed, and is tried again in another way.
    case triedAgain(Remedy)
    /// The device goes on from this offset of the resource.
    case goesOn(offset: UInt64)
    /// The transfer begins again.
    case startsOver(Cause)

    /// Why it does not go on from where it was.
    public enum Cause: Hashable, Sendable {
        /// Nothing was moved yet.
        case nothingMoved
        /// The device speaks the legacy protocol, which has no offsets.
        case legacyProtocol
        /// The device refused to begin at this offset, or lost the transfer and cannot.
        case refused(offset: UInt64)
        /// What the device has of an interrupted write is not known to be the beginning of these data.
        case notResumable(WriteResumption.Cause)
        /// The write began at an offset, and what the device has before that is not known.
        case unknownBeginning
    }
}

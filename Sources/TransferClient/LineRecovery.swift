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

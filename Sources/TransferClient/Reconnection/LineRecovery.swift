public import SerialPort

/// Gets the line to a device back after it broke, because the device was unplugged or restarted.
///
/// ``PortRecovery`` does this for ports; another kind of transport needs a recovery of its own.
public protocol LineRecovery: AnyObject, Sendable {
    /// Gives up the broken line, waits for the device, and opens its port again under its present name. This is called
    /// on the thread of the transfers, which waits meanwhile.
    ///
    /// - Parameters:
    ///   - limit: the longest time that this may take, beside the recovery's own limit; `nil` for any time.
    ///   - stop: a request that ends the wait early, with `PortRequestError.stopped`.
    func recover(
        within limit: Duration?, stop: StopRequest?
    ) throws(PortRequestError) -> any ByteTransport
}

/// An event after the line to a device broke, or after the device failed, in mid-transfer.
public enum ReconnectionNews: Hashable, Sendable {
    /// The line broke.
    case lost(SerialPortError)
    /// The device no longer knows the transfer, though the line works: it restarted.
    case forgotten
    /// The device is there again, on this port.
    case back(port: String)
    /// The device goes on from this offset of the resource.
    case goesOn(offset: UInt64)
    /// The transfer begins again.
    case startsOver(Cause)

    /// Why a transfer does not go on from where it was.
    public struct Cause: Hashable, Sendable {
        package enum Reason: Hashable, Sendable {
            /// Nothing was moved yet.
            case nothingMoved
            /// The device speaks the legacy protocol, which has no offsets.
            case legacyProtocol
            /// The device refused to begin at this offset, or lost the transfer and cannot begin there.
            case refused(offset: UInt64)
            /// Nothing proves that the device has the beginning of the data of an interrupted write.
            case notResumable(WriteResumption.Cause)
            /// The write began at an offset, and nobody knows which bytes the device has before it.
            case unknownBeginning
        }

        private let reason: Reason

        package init(_ reason: Reason) {
            self.reason = reason
        }
    }
}

extension ReconnectionNews.Cause: CustomStringConvertible {
    /// The cause, as one sentence without a full stop.
    public var description: String {
        switch reason {
        case .nothingMoved: "nothing had been moved"
        case .legacyProtocol: "the legacy protocol has no offsets"
        case .refused(let offset): "the device cannot begin at offset \(offset)"
        case .notResumable(let cause): cause.sentence(source: "the data")
        case .unknownBeginning: "what the device has before the offset of the write is not known"
        }
    }
}

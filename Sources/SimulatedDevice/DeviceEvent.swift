public import PigweedRPC
public import PigweedTransfer

/// A transfer as the device sees it.
public struct DeviceTransfer: Hashable, Sendable {
    /// Which way the data goes.
    public var direction: Direction
    /// The resource asked for.
    public var resourceID: UInt32
    /// The id of the session; in the legacy protocol, the id of the resource.
    package var sessionID: UInt32
    /// The version that the client speaks.
    public var version: ProtocolVersion
    /// The offset in the resource at which the transfer begins.
    public var initialOffset: UInt32
}

/// An event in a simulated device.
public enum DeviceEvent: Hashable, Sendable {
    /// A client opened a stream of transfers.
    case streamOpened(Direction, callID: UInt32)
    /// A client cancelled the call of a stream.
    case streamClosed(Direction)
    /// A handler was prepared.
    case started(DeviceTransfer)
    /// A start was answered with an error.
    case refused(DeviceTransfer, Status)
    /// A transfer ended; `offset` is the end of the bytes that were sent or stored.
    case ended(DeviceTransfer, Status, offset: UInt32)
    /// The client did something that makes a real device abort; the simulated device rebooted.
    case crashed(CrashReason)
    /// The device lost its calls and transfers, because ``VirtualBoard/reboot()`` was called or by a fault such as
    /// `device:reset-after-chunks=20`.
    case rebooted
    /// The device restarted and its port went away: its driver closes it, and may open it again.
    case hungUp
    /// The device went away for good: its driver closes the port.
    case unplugged
    /// The device neither sends nor handles anything any more.
    case fellSilent
}

/// Something that a correct client never does, since real firmware then aborts or overwrites memory.
public struct CrashReason: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the client did.
    public let description: String

    package static let chunkLargerThanBuffer = CrashReason(description: "a chunk longer than the buffer")
    package static let startWithoutResource = CrashReason(description: "a start without a resource")
    package static let chunkWithoutType = CrashReason(description: "a chunk without a type")
    package static let completionWithoutStatus = CrashReason(description: "a completion without a status")
    package static let completionAckInHandshake = CrashReason(
        description: "a completion acknowledged before the handshake was finished")
}

/// Events that wait to be taken; the oldest are dropped beyond a limit.
struct EventQueue {
    private var events: [DeviceEvent] = []

    mutating func append(_ event: DeviceEvent) {
        if events.count == DeviceLimits.events { events.removeFirst() }
        events.append(event)
    }

    mutating func next() -> DeviceEvent? { events.isEmpty ? nil : events.removeFirst() }
}

/// A `pw_status` code; the numbers are those of gRPC.
///
/// Any number can arrive from a device, so this is no closed enumeration.
public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code on the wire.
    public var rawValue: UInt32

    /// Any code, also one that no current firmware uses.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Success.
    public static let ok = Status(rawValue: 0)
    /// Ended on request.
    public static let cancelled = Status(rawValue: 1)
    /// No better code fits.
    public static let unknown = Status(rawValue: 2)
    /// The request makes no sense.
    public static let invalidArgument = Status(rawValue: 3)
    /// The time for the request ran out.
    public static let deadlineExceeded = Status(rawValue: 4)
    /// What was asked for does not exist; for a transfer: no resource has this id.
    public static let notFound = Status(rawValue: 5)
    /// What was to be made exists already.
    public static let alreadyExists = Status(rawValue: 6)
    /// The request is not allowed; for a transfer: the resource does not support the direction.
    public static let permissionDenied = Status(rawValue: 7)
    /// There is no room left; for a transfer: also if no transfer context is free.
    public static let resourceExhausted = Status(rawValue: 8)
    /// The call or object is not in a state for this.
    public static let failedPrecondition = Status(rawValue: 9)
    /// Ended by the other side's own doing.
    public static let aborted = Status(rawValue: 10)
    /// The offset is behind the end.
    public static let outOfRange = Status(rawValue: 11)
    /// The device does not support the request.
    public static let unimplemented = Status(rawValue: 12)
    /// An invariant of the device is broken.
    public static let `internal` = Status(rawValue: 13)
    /// The device cannot do this now; a later attempt may succeed.
    public static let unavailable = Status(rawValue: 14)
    /// Data was lost or could not be stored.
    public static let dataLoss = Status(rawValue: 15)
    /// The caller has no valid credentials.
    public static let unauthenticated = Status(rawValue: 16)

    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// The name in Pigweed's documentation, such as `NOT_FOUND`; `STATUS_99` for a code without one.
    public var description: String {
        guard let index = Int(exactly: rawValue), Self.names.indices.contains(index) else {
            return "STATUS_\(rawValue)"
        }
        return Self.names[index]
    }
}

internal import PigweedRPC
internal import PigweedTransfer

/// What a status means when a device ends a transfer with it, and what to try.
///
/// Where Pigweed's server differs from its documentation, this says what the server does.
struct StatusText {
    let meaning: String
    let advice: String

    init(_ status: Status, direction: Direction) {
        let isRead = direction == .read
        (meaning, advice) =
            switch status {
            case .ok: ("success", "nothing needs to be done")
            case .cancelled: ("the device cancelled the transfer", "see what the device's log says")
            case .unknown: ("the handler of the resource failed without saying why", "see the device's log")
            case .invalidArgument:
                (
                    "the device could not make sense of a chunk",
                    "the firmware may be too old: --protocol legacy"
                )
            case .deadlineExceeded:
                ("the device waited too long for this side", "check the line, or try a lower --baud")
            case .notFound:
                ("the firmware has no resource of this number", "check the resource's number")
            case .alreadyExists:
                ("the resource holds something that must not be replaced", "remove it on the device first")
            case .permissionDenied:
                isRead
                    ? ("the resource can only be written", "check the resource's number, or use write")
                    : ("the resource can only be read", "check the resource's number, or use read")
            case .resourceExhausted:
                (
                    isRead
                        ? "the device has no free transfer, or the offset is behind the resource's end"
                        : "the device has no free transfer, or no room for the data",
                    "try again when its other transfers are over; check size and --offset"
                )
            case .failedPrecondition:
                ("the device is not in a state for this transfer", "see what the firmware expects first")
            case .aborted:
                ("the device dropped the transfer: it restarted it, or another client came", "try again")
            case .outOfRange: ("the offset is behind the end of the resource", "check --offset")
            case .unimplemented:
                (
                    "the resource's handler does not support this, most likely --offset",
                    "try it without --offset"
                )
            case .internal:
                ("the two sides no longer agree where they are", "try again; if it stays: --protocol legacy")
            case .unavailable: ("the resource is not available now", "try again later")
            case .dataLoss:
                isRead
                    ? (
                        "the device could not read or send its data",
                        "smaller chunks may help: --chunk-size 128"
                    )
                    : ("the device could not store or accept the data", "see the device's log; try again")
            case .unauthenticated: ("the device wants credentials first", "see what the firmware expects")
            default: ("a status that Pigweed does not define", "see the firmware's documentation")
            }
    }
}

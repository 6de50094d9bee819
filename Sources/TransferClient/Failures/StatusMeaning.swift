package import PigweedRPC
package import PigweedTransfer

/// The meaning of a status with which a device ends a transfer, and advice.
///
/// If Pigweed's server differs from its documentation, the meaning follows the server.
package struct StatusMeaning: Hashable, Sendable {
    /// The probable cause, as a clause.
    package let cause: String
    /// The next step, as a sentence without a full stop.
    package let advice: String

    /// The meaning of a status at the end of a transfer in this direction.
    package init(
        _ status: Status, direction: Direction, chunks: ChunkAdvice = ChunkAdvice(),
        naming: TransferSetting.Naming
    ) {
        let isRead = direction == .read
        let firmwareLog = "see the firmware's log: \(naming(.deviceOutput))"
        let offset = naming(.offset)
        (cause, advice) =
            switch status {
            case .ok: ("success", "nothing needs to be done")
            case .cancelled:
                (
                    "the device gave the transfer up on its own; pw_transfer sends this only as an echo of a client's",
                    "see whether another program used the port; then try again"
                )
            case .unknown: ("the handler of the resource failed without saying why", firmwareLog)
            case .invalidArgument:
                (
                    "a handler of the firmware refused; pw_transfer itself drops what it cannot understand",
                    "\(firmwareLog); very old firmware: \(naming(.legacyVersion))"
                )
            case .deadlineExceeded:
                (
                    "the device heard nothing for longer than its own patience, often 10 s: lost chunks, or a slow input",
                    "try again; if the line loses data: a lower \(naming(.baudRate)) on both sides"
                )
            case .notFound:
                (
                    "the firmware has no resource of this number",
                    "check the resource's number, and that the firmware registers a handler for it at startup"
                )
            case .alreadyExists:
                ("the resource holds something that must not be replaced", "remove it on the device first")
            case .permissionDenied:
                isRead
                    ? ("the resource can only be written", "check the resource's number, or use write")
                    : ("the resource can only be read", "check the resource's number, or use read")
            case .resourceExhausted:
                (
                    isRead
                        ? "all transfers of the device are taken, \(offset) is behind the end of the resource, or it can "
                            + "only be written"
                        : "all transfers of the device are taken, it has no room for the data, or the resource can only be "
                            + "read",
                    "try again after 10 seconds, when the device has dropped dead transfers; if it stays: check the "
                        + "resource's number, size and \(offset)"
                )
            case .failedPrecondition:
                (
                    "the device holds the transfer for finished, or a handler wants something else first",
                    "try again; if it stays, \(firmwareLog)"
                )
            case .aborted:
                (
                    "the device dropped the session: another transfer or client took its place, or it restarted",
                    "see that no other program uses the port; then try again"
                )
            case .outOfRange:
                (
                    "a handler of the firmware says that the offset is behind the end of the resource",
                    "check \(offset), or leave it out"
                )
            case .unimplemented:
                (
                    "the resource cannot begin at an offset, or cannot go back to what the line lost",
                    "try it without \(offset)"
                )
            case .internal:
                (
                    "the two sides no longer agree where they are; the device may have heard an old session",
                    "try again; if it stays: \(naming(.legacyVersion))"
                )
            case .unavailable:
                (
                    "a handler of the firmware is not ready; pw_transfer itself says RESOURCE_EXHAUSTED when busy",
                    "try again later"
                )
            case .dataLoss:
                isRead
                    ? (
                        "the handler could not open or read the resource, or a chunk did not fit the device's buffers",
                        "\(firmwareLog); \(chunks.text(naming))"
                    )
                    : (
                        "the handler could not open the resource, store the data or accept them in the end",
                        "\(firmwareLog); check that the file suits the resource"
                    )
            case .unauthenticated:
                (
                    "a handler of the firmware wants credentials first",
                    "see in the firmware how this resource is unlocked"
                )
            default:
                (
                    "a status that Pigweed does not define",
                    "see the firmware's log and documentation: \(naming(.deviceOutput))"
                )
            }
    }
}

/// Advice for failures against which smaller chunks may help.
package struct ChunkAdvice: Hashable, Sendable {
    /// The smallest size that is advised; smaller chunks make a frame hardly any shorter.
    private static let smallest: UInt32 = 16
    private static let usual: UInt32 = 128

    private let present: UInt32

    /// Advice for a transfer whose chunks have at most this many bytes.
    package init(present: UInt32 = 448) {
        self.present = present
    }

    /// The next step, as a sentence without a full stop.
    package func text(_ naming: TransferSetting.Naming) -> String {
        let next = present > Self.usual ? Self.usual : present / 2
        return next >= Self.smallest
            ? "smaller chunks: \(naming(.chunkSize)) \(next)" : "a lower \(naming(.baudRate)) on both sides"
    }
}

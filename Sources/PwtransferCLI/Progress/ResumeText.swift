internal import TransferClient

/// Texts that say why an earlier transfer is not continued.
enum ResumeText {
    /// - Parameter source: the name of the source.
    static func sentence(_ cause: WriteResumption.Cause, source: String) -> String {
        switch cause {
        case .notTold: "the device does not report how much it has of an earlier write"
        case .nothingKept: "the device has nothing of an earlier write"
        case .complete(let count):
            "the device has \(count) bytes, and whether they are complete is not known"
        case .moreThanSent(let count): "the device has \(count) bytes, which is more than were sent"
        case .noChecksum(let count): "the device reports no checksum of the \(count) bytes that it has"
        case .foreign(let count):
            "the \(count) bytes that the device has are not known to be those of \(source)"
        case .notComparable(let count):
            "\(source) came as a stream, and the first \(count) bytes are no longer there to compare with"
        }
    }

    static func sentence(_ refusal: PartialFileRefusal, _ path: String) -> String {
        switch refusal {
        case .noRecord: "\(path) has no record of where it came from"
        case .unreadableRecord: "the record beside \(path) makes no sense"
        case .othersCouldChange: "another user could have changed \(path) or its record"
        case .foreign(let origin):
            "\(path) is of resource \(origin.resource)\(origin.path.map { " (\($0))" } ?? "") of device "
                + "\(origin.device) from offset \(origin.offset) on"
        case .resourceChanged: "the resource has changed since \(path) was read, as the device reports"
        case .changed: "\(path) is not as it was left"
        }
    }
}

internal import TransferClient

/// Texts that say why an earlier transfer is not continued.
enum ResumeText {
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
